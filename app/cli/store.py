"""The commands for the store itself: copies of it, and its key."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.documents import TIME
from app.cli.output import output_option, show_one
from app.cli.refusals import Exit, Refusal
from app.services import Services
from app.store.copies import NoCopy, SetAside, copy_to, set_aside


@click.group("store")
def store() -> None:
    """What Landbridge keeps for itself: copies of it, putting one back, and its key."""


@store.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@output_option
@click.pass_obj
def backup(services: Services, file: Path, output: str) -> None:
    """Copy the store to a new FILE, while it is served.

    The key to what is encrypted in it (secret_key, or secret.key in data_dir) is not copied: keep that elsewhere. In the copy
    all that is under way just now waits for people.
    """
    made = services.clock().strftime(TIME)
    try:
        aside = copy_to(file, services.database, _reason(f"from the copy that was made at {made}"))
    except NoCopy as error:
        raise Refusal(str(error)) from error
    show_one(output, {"file": str(file), "bytes": file.stat().st_size, **_shown(aside)})


@store.command("restored")
@output_option
@click.pass_obj
def restored(services: Services, output: str) -> None:
    """Say that the store was put back from a copy of another kind (pg_dump, a snapshot), before Landbridge is served again.

    Whatever was under way when that was made then waits for people. Copies made by `store backup` need no such word.
    """
    aside = set_aside(services.database, _reason("from a copy"))
    show_one(output, _shown(aside))


@store.command("rekey")
@click.option("--forget-unreadable", is_flag=True, help="Take away the secrets that no key reads.")
@output_option
@click.pass_context
def rekey(context: click.Context, *, forget_unreadable: bool, output: str) -> None:
    """Encrypt all secrets with the first of several keys in secret_key, after which the others are of no use any more.

    Exit with 1 where some cannot be read by any of them: those are to be given anew once they are forgotten.
    """
    services: Services = context.obj
    done = services.keys.rekey(forgets=forget_unreadable)
    show_one(output, {"encrypted": done.encrypted, "unreadable": done.unreadable})
    context.exit(Exit.FOUND if done.unreadable and not forget_unreadable else Exit.DONE)


def _reason(where: str) -> str:
    return f"the store was put back {where}, when this was on its way"


def _shown(aside: SetAside) -> dict[str, object]:
    return {"writes set aside": aside.intents, "connectors paused": list(aside.connectors)}
