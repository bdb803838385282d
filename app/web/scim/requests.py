"""What a SCIM request says: its body, its query, its preconditions, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from app.provisioning.routing import Destination
from app.provisioning.target import Query, Target
from app.scim.errors import InvalidValue, UnsupportedMediaType
from app.scim.filters.parser import parse as parse_filter
from app.scim.filters.resolve import resolve as resolve_filter
from app.scim.json_text import parse_json
from app.scim.schema import ResourceType, Value
from app.web.auth import caller
from app.web.current import services
from app.web.recording import recorder

MEDIA_TYPES = frozenset({"application/scim+json", "application/json"})
DEFAULT_COUNT = 100
MAX_COUNT = 1000


def target(resource_type: ResourceType) -> Target:
    """Find where the caller's requests for a type go."""
    return services().router.target(
        resource_type.name, destination(), record=recorder(caller().subject, caller().application.name)
    )


def destination() -> Destination:
    """Say where the caller's requests go."""
    application = caller().application
    return Destination(application.name, application.provisioning.domain, application.provisioning.proxy_mode)


def body() -> Value:
    """Read the JSON body.

    Raises:
        UnsupportedMediaType: if it is announced as something else.
        InvalidSyntax: if it is not JSON.
    """
    # Clients that say nothing mean JSON; curl says "form" of whatever it is given.
    if request.mimetype and request.mimetype not in MEDIA_TYPES:
        raise UnsupportedMediaType(f"send application/scim+json or application/json, not {request.mimetype}")
    return parse_json(request.get_data())


def query(resource_type: ResourceType) -> Query:
    """Read what a list request asks for."""
    text = request.args.get("filter")
    return Query(
        filter=resolve_filter(parse_filter(text), resource_type) if text else None,
        start_index=max(1, _number("startIndex", 1)),
        count=min(MAX_COUNT, max(0, _number("count", DEFAULT_COUNT))),
    )


def wanted_version() -> str | None:
    """Return the version that If-Match names, as the directory knows it."""
    tags: Sequence[str] = list(request.if_match.as_set(include_weak=True))
    return tags[0] if tags else None


def _number(name: str, default: int) -> int:
    text = request.args.get(name, "")
    try:
        return int(text) if text else default
    except ValueError as error:
        raise InvalidValue(f"{name} is a whole number") from error
