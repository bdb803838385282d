"""Account matters: what a resource says of them, and where a resource shows them. How they are kept dialects know."""

from __future__ import annotations

from app.directory.dialects.base import Account
from app.mapping.drafts import Draft, attributes_at
from app.mapping.model import Aspect, SchemaMap
from app.scim.errors import InvalidValue
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
    return Account(
        enabled=_flag(schema_map, resource, "enabled"),
        password=_secret(schema_map, resource, "password"),
        current_password=_secret(schema_map, resource, "current_password"),
        locked=_flag(schema_map, resource, "locked"),
        must_change=_flag(schema_map, resource, "must_change"),
    )


def refuse_current_password(
    schema_map: SchemaMap, account: Account, *, is_new: bool, is_asked: bool = True
) -> None:
    """Refuse a password until now that nobody compares with anything; ``is_asked`` tells whether the directory does.

    Raises:
        InvalidValue: saying what is amiss with it.
    """
    if account.current_password is None:
        return
    place = schema_map.path_of("current_password")
    if is_new or not is_asked:
        reason = "a new account has none yet" if is_new else "this directory does not compare it"
        raise InvalidValue(f"{place}: {reason}")
    if account.password is None:
        raise InvalidValue(f"{place}: it goes together with a new password")


def _secret(schema_map: SchemaMap, resource: Resource, aspect: Aspect) -> str | None:
    path = schema_map.path_of(aspect)
    value = resource.get(path) if path else None
    return value if isinstance(value, str) else None


def _flag(schema_map: SchemaMap, resource: Resource, aspect: Aspect) -> bool | None:
    path = schema_map.path_of(aspect)
    value = resource.get(path) if path else None
    return value if isinstance(value, bool) else None
