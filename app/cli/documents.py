"""The commands for configuration documents: apply, diff, get, export, revisions, rollback, delete.

What a document may say, and what changes when, is left to ``app.store``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from getpass import getuser
from pathlib import Path

import click

from app.cli.findings import tell
from app.cli.output import JSON, TABLE, YAML, output_option, show, table
from app.cli.refusals import NotThere, Refusal, Refused, told
from app.services import Services
from app.store.document import Document
from app.store.documents import FILE, Applied, Documents, InvalidDocuments, NoSuchDocument
from app.store.loading import Loaded, load, read_stream

STDIN = Path("-")
DIRECTORIES = {"SchemaMap": "maps", "MapExamples": "maps/examples"}
TIME = "%Y-%m-%d %H:%M:%SZ"

_files = click.option(
    "-f",
    "--file",
    "paths",
    multiple=True,
    required=True,
    type=click.Path(exists=True, allow_dash=True, path_type=Path),
    help="A file or directory of documents; - for standard input. May be given several times.",
)
author_option = click.option(
    "--author", default=getuser, show_default="who runs the command", help="Who makes the change."
)
_comment = click.option("--comment", default="", help="Why, for the revision.")


@click.command()
@_files
@author_option
@_comment
@click.option("--check/--no-check", "checks", default=True, help="Hold maps against the live directories.")
@click.option("--force", is_flag=True, help="Apply maps that a live directory cannot hold, too.")
@click.pass_obj
@told
def apply(  # noqa: PLR0913 - click hands over one argument for each option
    services: Services, *, paths: tuple[Path, ...], author: str, comment: str, checks: bool, force: bool
) -> None:
    """Put documents in force, all or none. Maps that a live directory cannot hold are refused; the rest is told."""
    documents = _checked(services.documents, load_paths(paths))
    if checks and not force:
        _refuse_unfit(services, documents)
    origin = "cli" if STDIN in paths else FILE
    applied = services.documents.apply(documents, author=author, comment=comment, origin=origin)
    _tell(applied)
    if checks:
        _tell_findings(services, applied)


def _refuse_unfit(services: Services, documents: Sequence[Document]) -> None:
    if services.documents.problems(documents):
        return  # Applying them tells.
    try:
        services.map_checks.refuse_unfit(documents)
    except InvalidDocuments as error:
        outcome = "nothing applied; --force applies what the directory cannot hold"
        raise Refused(error.problems, outcome=outcome) from error


def _tell_findings(services: Services, applied: Applied) -> None:
    changed = {
        each.name for each in applied.outcomes if each.kind == "SchemaMap" and each.result != "unchanged"
    }
    for checked in services.map_checks.check_saved(changed) if changed else ():
        worse = [finding for finding in checked.findings if finding.severity != "note"]
        if worse:
            tell(worse, about=f"{checked.map_name} in {checked.domain}", to_errors=True)


@click.command()
@_files
@click.option("--exit-code", is_flag=True, help="Exit with 1 where something differs.")
@click.pass_context
@told
def diff(context: click.Context, paths: tuple[Path, ...], exit_code: bool) -> None:  # noqa: FBT001 - a click flag
    """Show what applying these documents would change."""
    documents: Documents = context.obj.documents
    loaded = load_paths(paths)
    if loaded.problems:
        raise Refused(loaded.problems)
    lines = [d.text for d in documents.diff(loaded.documents) if d.text]
    lines += [
        f"Only in the store: {kind} {name}\n" for kind, name in _only_stored(documents, loaded.documents)
    ]
    click.echo("".join(lines), nl=False)
    context.exit(1 if exit_code and lines else 0)


@click.command()
@click.argument("kind")
@click.argument("name", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Choice((TABLE, JSON, YAML)),
    help="How to show it; YAML for one, a table for all.",
)
@click.option("--revision", type=int, help="An earlier revision of the document.")
@click.pass_obj
@told
def get(services: Services, kind: str, name: str | None, output: str | None, revision: int | None) -> None:
    """Show the documents of a kind, or one of them."""
    kind = _kind(services.documents, kind)
    if name is None:
        click.echo(_FORMATS[output or "table"](services.documents.list(kind)), nl=False)
        return
    document = _one(services.documents, kind, name, revision=revision)
    one = json.dumps(document.content(), indent=2, ensure_ascii=False) + "\n"
    click.echo(one if output == "json" else _FORMATS[output or "yaml"]([document]), nl=False)


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Write into a directory that has files in it.")
@click.pass_obj
@told
def export(services: Services, directory: Path, force: bool) -> None:  # noqa: FBT001 - a click flag
    """Write all documents to files. Secrets are not in them, only where each is kept."""
    if not force and directory.exists() and any(directory.iterdir()):
        raise Refusal(f"{directory} is not empty; --force writes into it all the same")
    for document in services.documents.current().documents.values():
        path = (
            directory / DIRECTORIES.get(document.kind, f"{document.kind.lower()}s") / f"{document.name}.yaml"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document.text(), encoding="utf-8")
        click.echo(str(path))


@click.command()
@click.argument("kind")
@click.argument("name")
@output_option
@click.pass_obj
@told
def revisions(services: Services, kind: str, name: str, output: str) -> None:
    """List the revisions of a document, newest first."""
    kind = _kind(services.documents, kind)
    found = services.documents.revisions(kind, name)
    if not found:
        raise NoSuchDocument(f"there is no {kind} {name}")
    content = [
        {
            "revision": str(r.number),
            "time": r.time.strftime(TIME),
            "author": r.author,
            "origin": r.origin,
            "comment": r.comment or ("" if r.document else "deleted"),
        }
        for r in found
    ]
    head = ("REVISION", "TIME", "AUTHOR", "ORIGIN", "COMMENT")
    show(output, content, head=head, rows=[tuple(each.values()) for each in content])


@click.command()
@click.argument("kind")
@click.argument("name")
@click.option("--revision", type=int, required=True, help="The revision to go back to.")
@author_option
@click.pass_obj
@told
def rollback(services: Services, kind: str, name: str, revision: int, author: str) -> None:
    """Put an earlier revision in force again."""
    kind = _kind(services.documents, kind)
    _tell(services.documents.rollback(kind, name, revision, author=author))


@click.command()
@click.argument("kind")
@click.argument("name")
@author_option
@_comment
@click.pass_obj
@told
def delete(services: Services, kind: str, name: str, author: str, comment: str) -> None:
    """Take a document out of force. Its revisions stay."""
    kind = _kind(services.documents, kind)
    services.documents.get(kind, name)
    _tell(services.documents.delete(kind, name, author=author, comment=comment, origin="cli"))


COMMANDS: tuple[click.Command, ...] = (apply, diff, get, export, revisions, rollback, delete)


def load_paths(paths: Sequence[Path]) -> Loaded:
    """Read the documents of files, directories and standard input."""
    loads = [load(path for path in paths if path != STDIN)]
    if STDIN in paths:
        loads.append(read_stream(sys.stdin.buffer, file="standard input"))
    return Loaded(
        tuple(document for loaded in loads for document in loaded.documents),
        tuple(problem for loaded in loads for problem in loaded.problems),
    )


def _checked(documents: Documents, loaded: Loaded) -> Sequence[Document]:
    """Report what is wrong with the files together with what is wrong with the documents in them."""
    if loaded.problems:
        raise Refused((*loaded.problems, *documents.problems(loaded.documents)))
    return loaded.documents


def _tell(applied: Applied) -> None:
    for outcome in applied.outcomes:
        click.echo(f"{outcome.kind} {outcome.name} {outcome.result} (revision {outcome.revision})")


def _only_stored(documents: Documents, given: Iterable[Document]) -> list[tuple[str, str]]:
    return sorted(documents.current().documents.keys() - {document.identity for document in given})


def _kind(documents: Documents, text: str) -> str:
    """Find the kind that is meant: in any case, one or many."""
    for kind in documents.kinds():
        if text.lower() in {kind.lower(), f"{kind.lower()}s", DIRECTORIES.get(kind)}:
            return kind
    raise NotThere(f"there is no kind {text}, only {', '.join(documents.kinds())}")


def _one(documents: Documents, kind: str, name: str, *, revision: int | None) -> Document:
    if revision is None:
        return documents.get(kind, name)
    document = documents.revision(kind, name, revision).document
    if document is None:
        raise NoSuchDocument(f"revision {revision} is the deletion of {kind} {name}")
    return document


def _as_yaml(documents: Sequence[Document]) -> str:
    return "---\n".join(document.text() for document in documents)


def _as_json(documents: Sequence[Document]) -> str:
    return json.dumps([document.content() for document in documents], indent=2, ensure_ascii=False) + "\n"


def _as_table(documents: Sequence[Document]) -> str:
    return table(("NAME", "DESCRIPTION"), [(document.name, document.description) for document in documents])


_FORMATS: dict[str, Callable[[Sequence[Document]], str]] = {
    "yaml": _as_yaml,
    "json": _as_json,
    "table": _as_table,
}
