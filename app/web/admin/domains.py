"""User store domains: how they are, and the resources in them as SCIM clients see them. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from app.access.administrators import Role
from app.access.application import RESIDENT
from app.provisioning.events import Done
from app.provisioning.health import State, state_of, states_of
from app.provisioning.paging import query_of
from app.provisioning.routing import Destination
from app.provisioning.target import Target
from app.scim.codec import ResourceCodec
from app.scim.errors import NotFound
from app.scim.query import query_from_parameters
from app.scim.resource import Resource
from app.store.documents import NoSuchDocument
from app.web.admin.routes import NUMBER, TEXT, Answer, Operation
from app.web.current import services

QUERY = {
    "filter": TEXT,
    "sortBy": TEXT,
    "sortOrder": TEXT,
    "startIndex": NUMBER,
    "count": NUMBER,
    "cursor": TEXT,
}


def list_domains() -> Answer:
    """List user store domains with their states; each directory is asked."""
    states = states_of(services().configurations.current())
    return [_shown(name, state) for name, state in sorted(states.items())]


def health(domain: str) -> Answer:
    """Ask a domain's directory whether it answers."""
    configuration = services().configurations.current()
    if domain in configuration.broken:
        reason = configuration.broken[domain]
        return _shown(domain, State("Cannot be used", is_usable=False, reason=reason))
    if domain not in configuration.domains:
        raise NoSuchDocument(f"there is no Domain {domain}")
    return _shown(domain, state_of(configuration.domains[domain]))


def findings(domain: str) -> Answer:
    """Show what the doctor found of a domain's directory when it looked last."""
    services().documents.get("Domain", domain)
    found = services().checkups.all().get(domain)
    return {
        "domain": domain,
        "time": found.time.isoformat() if found else None,
        "findings": list(found.findings) if found else [],
    }


def list_resources(domain: str, resource_type: str) -> Answer:
    """List a domain's resources of a type, by SCIM's parameters."""
    target = _target(domain, resource_type)
    asked = query_from_parameters(request.args.to_dict())
    page = target.search(query_of(asked, services().resource_types[resource_type]))
    return {
        "totalResults": page.total,
        "startIndex": page.start_index,
        "nextCursor": page.next_cursor,
        "Resources": [_document(each) for each in page.resources],
    }


def show_resource(domain: str, resource_type: str, resource_id: str) -> Answer:
    """Show one resource of a domain."""
    return _document(_target(domain, resource_type).read(resource_id))


_TYPE = "/domains/<domain>/resources/<resource_type>"
OPERATIONS = (
    Operation(method="GET", path="/domains", role=Role.VIEWER, view=list_domains),
    Operation(method="GET", path="/domains/<domain>", role=Role.VIEWER, view=health),
    Operation(method="GET", path="/domains/<domain>/findings", role=Role.VIEWER, view=findings),
    Operation(method="GET", path=_TYPE, role=Role.VIEWER, view=list_resources, query=QUERY),
    Operation(method="GET", path=f"{_TYPE}/<resource_id>", role=Role.VIEWER, view=show_resource),
)


def _shown(name: str, state: State) -> Mapping[str, Any]:
    return {"name": name, "state": state.word, "is_usable": state.is_usable, "reason": state.reason}


def _target(domain: str, resource_type: str) -> Target:
    if resource_type not in services().resource_types:
        raise NotFound(f"there is no resource type {resource_type}")
    return services().router.target(resource_type, Destination(RESIDENT, domain), record=_unexpected)


def _unexpected(done: Done) -> None:
    raise AssertionError(f"{done.action} by an operation that only reads")


def _document(resource: Resource) -> Mapping[str, Any]:
    return ResourceCodec(resource.type).dump(resource)
