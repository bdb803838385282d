"""The commands for schema maps: explain.

What a map does is left to ``app.provisioning.preview``; here it is asked and told.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from app.cli.documents import load_paths
from app.cli.refusals import NotThere, Refusal, Refused, told
from app.directory import filters as ldap
from app.directory.dialects.base import Dialect
from app.directory.dn import Dn, InvalidDn
from app.directory.ldif_text import InvalidLdif
from app.mapping.documents import build_map
from app.mapping.model import ReferenceRule, SchemaMap
from app.provisioning import preview
from app.provisioning.accounts import DIALECTS
from app.provisioning.domain import Domain
from app.provisioning.preview import CreatePreview, EntryPreview, SearchPreview
from app.scim.codec import ResourceCodec
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.filters.text import render
from app.scim.json_text import parse_json
from app.services import Services
from app.store.document import Document, Snapshot
from app.store.documents import NoSuchDocument

_EXISTING = click.Path(exists=True, dir_okay=True, allow_dash=True, path_type=Path)
file_option = click.option(
    "-f", "--file", "paths", multiple=True, type=_EXISTING, help="Read the map from a file, not yet applied."
)


class DnParam(click.ParamType[Dn]):
    """A distinguished name."""

    name = "dn"

    def convert(self, value: str | Dn, param: click.Parameter | None, ctx: click.Context | None) -> Dn:
        if isinstance(value, Dn):
            return value
        try:
            return Dn.parse(value)
        except InvalidDn as error:
            self.fail(str(error), param, ctx)


@dataclass(frozen=True, slots=True)
class Explained:
    """What is to be explained by which map, in a domain or without one."""

    map: SchemaMap
    domain: Domain | None
    base: Dn | None
    dialect: Dialect


@click.group("map")
def maps() -> None:
    """Schema maps, and what they do."""


@maps.command()
@click.argument("name", metavar="MAP")
@click.option(
    "--resource",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="A file with a SCIM resource as JSON; - for standard input.",
)
@click.option("--entry", type=DnParam(), help="The name of a live entry of the domain.")
@click.option(
    "--ldif",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="A file with an entry as LDIF; - for standard input.",
)
@click.option("--filter", "text", help="A SCIM filter, such as 'userName sw \"a\"'.")
@click.option("--domain", "domain_name", help="The user store domain to look things up in.")
@click.option("--base", type=DnParam(), help="Without a domain: the name below which entries would be made.")
@click.option(
    "--product",
    type=click.Choice(list(DIALECTS)),
    default="openldap",
    show_default=True,
    help="Without a domain: whose directory.",
)
@file_option
@click.pass_obj
@told
def explain(  # noqa: PLR0913 - click hands over one argument for each option
    services: Services,
    *,
    name: str,
    resource: Path | None,
    entry: Dn | None,
    ldif: Path | None,
    text: str | None,
    domain_name: str | None,
    base: Dn | None,
    product: str,
    paths: tuple[Path, ...],
) -> None:
    """Show what MAP makes of a resource, an entry or a filter. Nothing is written."""
    if [resource, entry, ldif, text].count(None) != 3:  # noqa: PLR2004 - one of four
        raise click.UsageError("give one of --resource, --entry, --ldif and --filter")
    domain = find_domain(services, domain_name) if domain_name else None
    dialect = domain.dialect if domain else DIALECTS[product]()
    explained = Explained(find_map(services, name, paths), domain, base, dialect)
    if resource is not None:
        _explain_resource(explained, resource)
    elif entry is not None:
        _explain_entry(explained, entry)
    elif ldif is not None:
        _explain_ldif(explained, ldif)
    else:
        _explain_filter(explained, text or "")


def find_map(services: Services, name: str, paths: tuple[Path, ...]) -> SchemaMap:
    """Build a map: the one in force, or, where files are given, the one that is in them."""
    document, lookup = find_document(services, name, paths)
    return build_map(document, services.resource_types, lookup)


def find_document(services: Services, name: str, paths: tuple[Path, ...]) -> tuple[Document, Snapshot]:
    """Find a map's document, and all those that it may extend."""
    if not paths:
        return services.documents.get("SchemaMap", name), services.documents.current()
    read = _read_documents(services, paths)
    return _named(name, read), _with(read, services.documents.current())


def with_files(services: Services, paths: tuple[Path, ...]) -> Snapshot:
    """Return what is in force, with what the files say in its place."""
    current = services.documents.current()
    return _with(_read_documents(services, paths), current) if paths else current


def _read_documents(services: Services, paths: tuple[Path, ...]) -> tuple[Document, ...]:
    loaded = load_paths(paths)
    problems = (*loaded.problems, *services.documents.problems(loaded.documents))
    if problems:
        raise Refused(problems, outcome="nothing explained")
    return loaded.documents


def _with(documents: Iterable[Document], snapshot: Snapshot) -> Snapshot:
    added = {document.identity: document for document in documents}
    return Snapshot(snapshot.generation, {**snapshot.documents, **added})


def _named(name: str, documents: Iterable[Document]) -> Document:
    known = {document.name: document for document in documents if document.kind == "SchemaMap"}
    if name not in known:
        there_are = f"only {', '.join(sorted(known))}" if known else "and no other one"
        raise NoSuchDocument(f"there is no SchemaMap {name} in the files, {there_are}")
    return known[name]


def find_domain(services: Services, name: str) -> Domain:
    """Return a domain in force, or refuse the command."""
    configuration = services.configurations.current()
    if name in configuration.broken:
        raise Refusal(f"{name}: {configuration.broken[name]}")
    if name not in configuration.domains:
        known = ", ".join(sorted(configuration.domains)) or "none"
        raise NotThere(f"there is no domain {name}; there are: {known}")
    return configuration.domains[name]


def _explain_resource(explained: Explained, path: Path) -> None:
    base = explained.domain.base if explained.domain else explained.base
    if base is None:
        raise click.UsageError("--resource needs --domain NAME or --base DN: below which name?")
    resource = ResourceCodec(explained.map.resource_type).load(parse_json(_bytes_of(path)))
    if explained.domain:
        found = preview.preview_create(preview.with_map(explained.domain, explained.map), resource)
    elif explained.base:
        found = preview.preview_create_alone(explained.map, explained.dialect, resource, base=explained.base)
    else:
        raise click.UsageError("--resource needs --domain NAME or --base DN: below which name?")
    click.echo(_ldif(found), nl=False)


def _ldif(found: CreatePreview) -> str:
    left_out = (
        f"# {rule.attribute} is left out: without --domain nobody knows the names behind the ids in {rule.place}\n"
        for rule in found.left_out
    )
    findings = (f"# {finding.place}: {finding.message}\n" for finding in found.findings)
    generated = (f"# {wanted.attribute} is generated: {wanted.what}\n" for wanted in found.generated)
    unmapped = (f"# {name}: no rule takes it\n" for name in found.unmapped)
    return "".join((*left_out, *findings, *unmapped, *generated, found.plan.render()))


def _explain_entry(explained: Explained, name: Dn) -> None:
    if explained.domain is None:
        raise click.UsageError("--entry needs --domain NAME: whose entry?")
    _tell_entry(explained, preview.preview_entry(preview.with_map(explained.domain, explained.map), name))


def _explain_ldif(explained: Explained, path: Path) -> None:
    text = _bytes_of(path).decode("utf-8", "replace")
    try:
        if explained.domain:
            found = preview.preview_ldif(preview.with_map(explained.domain, explained.map), text)
        else:
            found = preview.preview_ldif_alone(explained.map, explained.dialect, text)
    except InvalidLdif as error:
        raise Refusal(f"{path}: {error}") from error
    _tell_entry(explained, found)


def _bytes_of(path: Path) -> bytes:
    return sys.stdin.buffer.read() if path == Path("-") else path.read_bytes()


def _tell_entry(explained: Explained, found: EntryPreview) -> None:
    document = ResourceCodec(found.resource.type).dump(found.resource)
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    if not found.is_in_scope:
        scope = ldap.render(explained.map.entry.scope)
        click.echo(f"SCIM clients do not see this entry: the map's scope is {scope}", err=True)
    _tell_left_out(found.left_out)


def _explain_filter(explained: Explained, text: str) -> None:
    condition = resolve(parse(text), explained.map.resource_type)
    if explained.domain:
        found = preview.preview_search(preview.with_map(explained.domain, explained.map), condition)
    else:
        found = preview.preview_search_alone(explained.map, explained.dialect, condition)
    click.echo("".join(f"{line}\n" for line in _lines(found)), nl=False)
    _tell_left_out(found.left_out)


def _tell_left_out(rules: Iterable[ReferenceRule]) -> None:
    places = ", ".join(str(rule.place) for rule in rules)
    if places:
        click.echo(f"without --domain nobody knows the names that stand behind {places}", err=True)


def _lines(found: SearchPreview) -> Iterable[str]:
    is_never = isinstance(found.filter, ldap.Nothing)
    yield f"filter:   {'none, for no entry can match' if is_never else ldap.render(found.filter)}"
    yield f"residue:  {render(found.residue) if found.residue else 'none, the directory decides alone'}"
    indexes = ", ".join(f"{attribute} ({kind})" for attribute, kind in found.indexes)
    yield f"indexes:  {indexes or 'none'}"
