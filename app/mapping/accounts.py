"""Account matters: what a resource says of them, and where a resource shows them. How they are kept dialects know."""

from __future__ import annotations

from app.directory.dialects.base import Account
from app.mapping.drafts import Draft, attributes_at
from app.mapping.model import Aspect, SchemaMap
from app.scim.resource import Resource


def place(draft: Draft, schema_map: SchemaMap, state: Account) -> None:
    """Show the state of an account where the map wants it."""
    shown = {"enabled": state.enabled, "locked": state.locked, "must_change": state.must_change}
    for aspect, path in schema_map.aspects:
        value = shown.get(aspect)
        if value is not None:
            attributes_at(draft, path)[path.attribute] = value


def wanted(schema_map: SchemaMap, resource: Resource) -> Account:
    """Read off what a resource says about its account."""
    password = schema_map.path_of("password")
    secret = resource.get(password) if password else None
    return Account(
        enabled=_flag(schema_map, resource, "enabled"),
        password=secret if isinstance(secret, str) else None,
        locked=_flag(schema_map, resource, "locked"),
        must_change=_flag(schema_map, resource, "must_change"),
    )


def _flag(schema_map: SchemaMap, resource: Resource, aspect: Aspect) -> bool | None:
    path = schema_map.path_of(aspect)
    value = resource.get(path) if path else None
    return value if isinstance(value, bool) else None
