"""The commands that look at directories and prepare them: doctor, prepare.

What is found and planned is left to ``app.preparation``; here it is asked, confirmed and told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from app.cli.findings import tell_all
from app.cli.output import output_option
from app.cli.refusals import told
from app.preparation.finding import has_errors
from app.preparation.preparations import Administrator, Administrators
from app.preparation.work import Work
from app.services import Services

P = ParamSpec("P")
R = TypeVar("R")
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


def administrator_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add the options that say who administrates the directory."""
    options = (
        click.option("--admin-dn", default="", help="Who may read and change the server's configuration."),
        click.option(
            "--admin-password-file", type=_FILE, help="What holds his password; - for standard input."
        ),
        click.option(
            "--admin-url", default="", help="Where he binds; ldapi:/// as whom the system knows him."
        ),
        click.option("--data-admin-dn", default="", help="Who may write entries, if that is somebody else."),
        click.option("--data-admin-password-file", type=_FILE, help="What holds his password."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _who(options: Mapping[str, object]) -> Administrators:
    dn, url, data_dn = (str(options[name]) for name in ("admin_dn", "admin_url", "data_admin_dn"))
    return Administrators(
        _administrator(dn, options["admin_password_file"], url) if dn or url else None,
        _administrator(data_dn, options["data_admin_password_file"], "") if data_dn else None,
    )


def _administrator(dn: str, password_file: object, url: str) -> Administrator:
    password = ""
    if isinstance(password_file, Path):
        with click.open_file(str(password_file), encoding="utf-8") as file:
            password = file.read().rstrip("\r\n")
    return Administrator(dn, password, _socket(url))


def _socket(url: str) -> str:
    # What ldap-utils understand by it: the socket that Debian's slapd listens on.
    return "ldapi://%2Fvar%2Frun%2Fslapd%2Fldapi" if url in {"ldapi://", "ldapi:///"} else url


@click.command()
@click.argument("name", metavar="DOMAIN")
@click.option(
    "--write-probe", is_flag=True, help="Make an entry and delete it, to see whether that is allowed."
)
@output_option
@administrator_options
@click.pass_context
@told
def doctor(context: click.Context, /, *, name: str, write_probe: bool, output: str, **who: object) -> None:
    """Look at DOMAIN's directory and say what keeps it from being provisioned. Nothing is changed.

    Exit with 1 where something cannot work.
    """
    services: Services = context.obj
    found = services.preparations.examine(name, _who(who), tries_writing=write_probe)
    tell_all({name: found}, output)
    context.exit(1 if has_errors(found) else 0)


@click.command()
@click.argument("name", metavar="DOMAIN")
@click.option("--apply/--dry-run", "applies", help="Do it; --dry-run, which only shows it, is the default.")
@click.option(
    "--files",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write it into this directory, for an administrator to run; cn=config need not be readable.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--extend-schema", is_flag=True, help="Active Directory: extend the schema, which is for ever.")
@click.option("--undo", type=_FILE, help="Take back what an earlier --apply wrote down in this file.")
@click.option(
    "--undo-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where --apply writes down how to take it back; prepared-DOMAIN.ldif, unless said otherwise.",
)
@administrator_options
@click.pass_obj
@told
def prepare(  # noqa: PLR0913 - click hands over one argument for each option
    services: Services,
    /,
    *,
    name: str,
    applies: bool,
    directory: Path | None,
    yes: bool,
    extend_schema: bool,
    undo: Path | None,
    undo_file: Path | None,
    **who: object,
) -> None:
    """Say what DOMAIN's directory needs before it is provisioned, as LDIF; with --apply do it.

    Run twice, the second time there is nothing left to do.
    """
    administrators = _who(who)
    if undo is not None:
        with click.open_file(str(undo), encoding="utf-8") as file:
            work = services.preparations.undo(name, file.read(), administrators)
        click.echo(f"{len(work.tasks)} steps taken back", err=True)
        return
    if directory is not None:
        if applies:
            raise click.UsageError("--apply does it; --files is for somebody else to do it")
        _hand_over(services.preparations.files(name, administrators, extends_schema=extend_schema), directory)
        return
    work = services.preparations.work(name, administrators, extends_schema=extend_schema)
    _show(work)
    if not work:
        click.echo(f"{name} needs nothing", err=True)
    while work and applies:
        _confirm(work, yes=yes)
        kept = written(undo_file or Path(f"prepared-{name}.ldif"), work.render_undo())
        services.preparations.apply(name, work, administrators)
        click.echo(f"{len(work.tasks)} steps done; --undo {kept} takes back what can be", err=True)
        # Some of what is needed is seen only once the rest is there.
        done, work = work, services.preparations.work(name, administrators, extends_schema=extend_schema)
        if work.digest == done.digest:
            raise click.ClickException("the directory took the steps, and has not changed by them")
        _show(work)


def _hand_over(files: Mapping[str, str], directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        click.echo(written(directory / name, text))
    if not files:
        click.echo("nothing is needed", err=True)


def _show(work: Work) -> None:
    for each in work.advice:
        click.echo("\n".join(f"# {line}" for line in each.splitlines()) + "\n")
    click.echo(work.render(), nl=False)


def written(path: Path, text: str) -> Path:
    """Write down beforehand how to take something back; never over what was written down before."""
    number = 1
    while True:
        numbered = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        try:
            with numbered.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            number += 1
        else:
            return numbered


def _confirm(work: Work, *, yes: bool) -> None:
    final = [task.why for task in work.tasks if task.is_final]
    if final:
        click.echo(f"{len(final)} of {len(work.tasks)} steps cannot be taken back", err=True)
    if not yes:
        click.confirm(f"Change the directory in {len(work.tasks)} steps?", abort=True, err=True)


PREPARING_COMMANDS = (doctor, prepare)
