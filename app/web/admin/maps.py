"""Schema maps: what they make of resources and filters, and how they fit the directories. Nothing is written."""

from __future__ import annotations

from http import HTTPStatus

from marshmallow import Schema, fields

from app.access.administrators import Role
from app.directory import filters as ldap
from app.mapping.documents import build_map
from app.mapping.language import InvalidMap
from app.mapping.model import SchemaMap
from app.provisioning.domain import Domain
from app.provisioning.preview import preview_create, preview_search, with_map
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
    """What to explain in a domain: a resource or a SCIM filter."""

    domain = fields.String(required=True)
    resource = fields.Dict(keys=fields.String())
    filter = fields.String()


def explain(name: str) -> Answer:
    """Show the LDIF that a resource becomes, or the LDAP filter that a SCIM filter becomes."""
    wanted = read(ExplainSchema)
    if ("resource" in wanted) == ("filter" in wanted):
        raise InvalidRequest("give one of resource and filter", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    schema_map = _map(name)
    entries = with_map(_domain(wanted["domain"]), schema_map)
    if "resource" in wanted:
        planned = preview_create(entries, ResourceCodec(schema_map.resource_type).load(wanted["resource"]))
        findings = [{"place": str(each.place), "message": each.message} for each in planned.findings]
        return {"ldif": planned.plan.render(), "findings": findings}
    compiled = preview_search(entries, resolve(parse(wanted["filter"]), schema_map.resource_type))
    is_never = isinstance(compiled.filter, ldap.Nothing)
    return {
        "filter": None if is_never else ldap.render(compiled.filter),
        "residue": render(compiled.residue) if compiled.residue else None,
        "indexes": [{"attribute": attribute, "kind": kind} for attribute, kind in compiled.indexes],
    }


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
    Operation(method="GET", path="/maps/<name>/check", role=Role.VIEWER, view=check, query={"domain": TEXT}),
)


def _map(name: str) -> SchemaMap:
    document = services().documents.get("SchemaMap", name)
    try:
        return build_map(document, services().resource_types, services().documents.current())
    except InvalidMap as error:
        raise InvalidRequest(str(error), status=HTTPStatus.UNPROCESSABLE_ENTITY) from error


def _domain(name: str) -> Domain:
    configuration = services().configurations.current()
    if name in configuration.broken:
        raise InvalidRequest(configuration.broken[name], status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if name not in configuration.domains:
        raise NoSuchDocument(f"there is no Domain {name}")
    return configuration.domains[name]
