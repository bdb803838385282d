"""Schema maps: what they make of resources and filters, and how they fit the directories. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields

from app.access.administrators import Role
from app.directory import filters as ldap
from app.directory.dn import Dn, InvalidDn
from app.directory.errors import DirectoryError
from app.directory.ldif_text import InvalidLdif
from app.mapping.documents import build_map
from app.mapping.language import InvalidMap
from app.mapping.model import SchemaMap
from app.preparation.coverage import coverage
from app.preparation.examples import try_examples
from app.preparation.live import read_live
from app.preparation.proposal import PROPOSED, propose
from app.provisioning.accounts import DIALECTS
from app.provisioning.domain import Domain
from app.provisioning.entries import Entries
from app.provisioning.failures import to_scim_error
from app.provisioning.preview import (
    EntryPreview,
    preview_create,
    preview_entry,
    preview_ldif,
    preview_search,
    with_map,
)
from app.scim.codec import ResourceCodec
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.filters.text import render
from app.store.documents import NoSuchDocument
from app.web.admin.bodies import read, text
from app.web.admin.errors import InvalidRequest
from app.web.admin.routes import TEXT, Answer, Operation
from app.web.current import services


class ExplainSchema(Schema):
    """What to explain in a domain: a resource, a SCIM filter, or an entry as LDIF."""

    domain = fields.String(required=True)
    resource = fields.Dict(keys=fields.String())
    filter = fields.String()
    ldif = fields.String()


class EntrySchema(Schema):
    """A live entry of a domain, by its name (DN)."""

    domain = fields.String(required=True)
    entry = fields.String(required=True)


def explain(name: str) -> Answer:
    """Show the LDIF of a resource, the LDAP filter of a SCIM filter, or the resource of an entry that stands in LDIF."""
    wanted = read(ExplainSchema)
    questions = wanted.keys() & _ANSWERS.keys()
    if len(questions) != 1:
        raise _unfit("give one of resource, filter and ldif")
    [question] = questions
    return _ANSWERS[question](with_map(_domain(wanted["domain"]), _map(name)), wanted[question])


def _of_resource(entries: Entries, resource: Mapping[str, Any]) -> Answer:
    planned = preview_create(entries, ResourceCodec(entries.map.resource_type).load(resource))
    return {
        "ldif": planned.plan.render(),
        "findings": [{"place": str(each.place), "message": each.message} for each in planned.findings],
        "generated": [{"attribute": each.attribute, "what": each.what} for each in planned.generated],
        "unmapped": list(planned.unmapped),
    }


def _of_filter(entries: Entries, written: str) -> Answer:
    compiled = preview_search(entries, resolve(parse(written), entries.map.resource_type))
    is_never = isinstance(compiled.filter, ldap.Nothing)
    return {
        "filter": None if is_never else ldap.render(compiled.filter),
        "residue": render(compiled.residue) if compiled.residue else None,
        "indexes": [{"attribute": attribute, "kind": kind} for attribute, kind in compiled.indexes],
    }


def _of_ldif(entries: Entries, written: str) -> Answer:
    try:
        return _shown(preview_ldif(entries, written))
    except InvalidLdif as error:
        raise _unfit(str(error)) from error


_ANSWERS: Mapping[str, Callable[[Entries, Any], Answer]] = {
    "resource": _of_resource,
    "filter": _of_filter,
    "ldif": _of_ldif,
}


def show_entry(name: str) -> Answer:
    """Show the resource of a live entry, whether SCIM clients see it or not."""
    wanted = read(EntrySchema)
    try:
        dn = Dn.parse(wanted["entry"])
    except InvalidDn as error:
        raise _unfit(str(error)) from error
    return _shown(preview_entry(with_map(_domain(wanted["domain"]), _map(name)), dn))


def _shown(found: EntryPreview) -> Answer:
    resource = ResourceCodec(found.resource.type).dump(found.resource)
    return {"resource": resource, "is_in_scope": found.is_in_scope}


def show_coverage(name: str) -> Answer:
    """Tell of each SCIM attribute that a client may send what becomes of it."""
    product = text("product") or "openldap"
    if product not in DIALECTS:
        raise InvalidRequest(f"product is one of {', '.join(DIALECTS)}")
    return [asdict(each) for each in coverage(_map(name), DIALECTS[product]())]


def try_all(name: str) -> Answer:
    """Try the examples that are kept beside a map."""
    documents = services().documents.current()
    services().documents.get("SchemaMap", name)
    kept = [each for each in documents.list("MapExamples") if each.body["map"] == name]
    tried = [each for found in kept for each in try_examples(found, documents, services().resource_types)]
    return [{**asdict(each), "passed": each.passed} for each in tried]


def propose_map(domain: str) -> Answer:
    """Propose a first map from the live schema and a sample of the entries of a domain."""
    kind, found = text("type") or "User", _domain(domain)
    if kind not in PROPOSED:
        raise InvalidRequest(f"type is one of {', '.join(PROPOSED)}")
    try:
        live = read_live(found.directory, found.dialect, found.base)
        return {"document": propose(found, live, kind, name=text("name") or "proposed")}
    except DirectoryError as error:
        raise to_scim_error(error) from error


def check(name: str) -> Answer:
    """Hold a map against the live schema of the domains that use it, or of one."""
    document, checks = services().documents.get("SchemaMap", name), services().map_checks
    names = [text("domain")] if text("domain") else checks.using(name)
    found = (
        checks.check(document, services().documents.current(), domain=_domain(each or "")) for each in names
    )
    return {each.domain: [finding.as_json() for finding in each.findings] for each in found}


OPERATIONS = (
    Operation(method="POST", path="/maps/<name>/explain", role=Role.VIEWER, view=explain, body=ExplainSchema),
    Operation(
        method="POST", path="/maps/<name>/entry", role=Role.ADMINISTRATOR, view=show_entry, body=EntrySchema
    ),
    Operation(
        method="GET",
        path="/maps/<name>/coverage",
        role=Role.VIEWER,
        view=show_coverage,
        query={"product": TEXT},
    ),
    Operation(method="GET", path="/maps/<name>/examples", role=Role.VIEWER, view=try_all),
    Operation(
        method="GET",
        path="/domains/<domain>/map-proposal",
        role=Role.OPERATOR,
        view=propose_map,
        query={"type": TEXT, "name": TEXT},
    ),
    Operation(method="GET", path="/maps/<name>/check", role=Role.VIEWER, view=check, query={"domain": TEXT}),
)


def _map(name: str) -> SchemaMap:
    document = services().documents.get("SchemaMap", name)
    try:
        return build_map(document, services().resource_types, services().documents.current())
    except InvalidMap as error:
        raise _unfit(str(error)) from error


def _unfit(message: str) -> InvalidRequest:
    return InvalidRequest(message, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _domain(name: str) -> Domain:
    configuration = services().configurations.current()
    if name in configuration.broken:
        raise _unfit(configuration.broken[name])
    if name not in configuration.domains:
        raise NoSuchDocument(f"there is no Domain {name}")
    return configuration.domains[name]
