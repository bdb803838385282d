"""What can be allowed: the API resources with their scopes, and the scopes that each operation asks for.

The names are those of WSO2 Identity Server, so that its clients and guides work unchanged. An operation without a rule
is allowed to nobody.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOGIN = "internal_login"
BULK = "internal_bulk_resource_create"
ADMIN = "landbridge_admin"
"""Our own: what a token needs to be good for the Admin API. What its owner may do there is its role's matter."""


class Operation(StrEnum):
    """What is done at an endpoint, as the matched route knows it."""

    LIST = "list"
    SEARCH = "search"
    CREATE = "create"
    VIEW = "view"
    UPDATE = "update"
    DELETE = "delete"


READS = frozenset({Operation.LIST, Operation.SEARCH, Operation.VIEW})
"""The operations that change nothing."""


class Endpoint(StrEnum):
    """The endpoints of the SCIM service. ROOT is the service itself, which can be searched."""

    USERS = "Users"
    GROUPS = "Groups"
    BULK = "Bulk"
    ME = "Me"
    ROOT = ""
    SCHEMAS = "Schemas"
    RESOURCE_TYPES = "ResourceTypes"
    SERVICE_PROVIDER_CONFIG = "ServiceProviderConfig"


class NoRule(LookupError):
    """Nothing says who may do this, so nobody may."""


def _user(verb: str) -> str:
    return f"internal_user_mgt_{verb}"


def _group(verb: str) -> str:
    return f"internal_group_mgt_{verb}"


def _custom(verb: str) -> str:
    return f"internal_custom_resource_mgt_{verb}"


API_SCOPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "SCIM2 Users API": tuple(_user(verb) for verb in ("list", "view", "create", "update", "delete")),
        "SCIM2 Groups API": tuple(_group(verb) for verb in ("view", "create", "update", "delete")),
        "SCIM2 Custom Resources API": tuple(
            _custom(verb) for verb in ("list", "view", "create", "update", "delete")
        ),
        "SCIM2 Bulk API": (BULK,),
        "SCIM2 Me API": (LOGIN,),
        "Landbridge Admin API": (ADMIN,),
    }
)
ALL_SCOPES = frozenset(scope for scopes in API_SCOPES.values() for scope in scopes)
READ_SCOPES = frozenset(
    {_user("list"), _user("view"), _group("view"), _custom("list"), _custom("view"), LOGIN, ADMIN}
)

_OWN = frozenset(str(endpoint).lower() for endpoint in Endpoint)
_NOTHING: frozenset[str] = frozenset()
_RULES: Mapping[tuple[str, str], frozenset[str]] = MappingProxyType(
    {
        (Endpoint.USERS, Operation.LIST): frozenset({_user("list")}),
        (Endpoint.USERS, Operation.SEARCH): frozenset({_user("list")}),
        (Endpoint.USERS, Operation.CREATE): frozenset({_user("create")}),
        (Endpoint.USERS, Operation.VIEW): frozenset({_user("view")}),
        (Endpoint.USERS, Operation.UPDATE): frozenset({_user("update")}),
        (Endpoint.USERS, Operation.DELETE): frozenset({_user("delete")}),
        (Endpoint.GROUPS, Operation.LIST): frozenset({_group("view")}),
        (Endpoint.GROUPS, Operation.SEARCH): frozenset({_group("view")}),
        (Endpoint.GROUPS, Operation.CREATE): frozenset({_group("create")}),
        (Endpoint.GROUPS, Operation.VIEW): frozenset({_group("view")}),
        (Endpoint.GROUPS, Operation.UPDATE): frozenset({_group("update")}),
        (Endpoint.GROUPS, Operation.DELETE): frozenset({_group("delete")}),
        # Each operation in a bulk request asks for its own scope besides.
        (Endpoint.BULK, Operation.CREATE): frozenset({BULK}),
        (Endpoint.ME, Operation.VIEW): frozenset({LOGIN}),
        (Endpoint.ME, Operation.CREATE): frozenset({_user("create")}),
        (Endpoint.ME, Operation.UPDATE): frozenset({LOGIN}),
        (Endpoint.ME, Operation.DELETE): frozenset({_user("delete")}),
        (Endpoint.ROOT, Operation.SEARCH): frozenset({_user("list"), _group("view")}),
        (Endpoint.SCHEMAS, Operation.LIST): _NOTHING,
        (Endpoint.SCHEMAS, Operation.VIEW): _NOTHING,
    }
)
_CUSTOM_RULES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        Operation.LIST: frozenset({_custom("list")}),
        Operation.SEARCH: frozenset({_custom("list")}),
        Operation.CREATE: frozenset({_custom("create")}),
        Operation.VIEW: frozenset({_custom("view")}),
        Operation.UPDATE: frozenset({_custom("update")}),
        Operation.DELETE: frozenset({_custom("delete")}),
    }
)
"""For resource types that an administrator defines: one API for all of them."""
# RFC 7644 §4: what the service is may be read before authenticating.
_OPEN = frozenset(
    {
        (Endpoint.RESOURCE_TYPES, Operation.LIST),
        (Endpoint.RESOURCE_TYPES, Operation.VIEW),
        (Endpoint.SERVICE_PROVIDER_CONFIG, Operation.VIEW),
    }
)


def scopes_for(endpoint: str, operation: str) -> frozenset[str]:
    """Return the scopes that a caller needs, all of them; none means any known caller. Raise NoRule."""
    try:
        is_own = endpoint.lower() in _OWN
        return _RULES[endpoint, operation] if is_own else _CUSTOM_RULES[operation]
    except KeyError:
        raise NoRule(f"no rule allows {operation} at /{endpoint}") from None


def is_open(endpoint: str, operation: str) -> bool:
    """Say whether this needs no caller at all."""
    return (endpoint, operation) in _OPEN


def granted(asked: str | None, allowed: Iterable[str]) -> frozenset[str]:
    """Keep the asked scopes that are allowed; whoever asks for none gets all that are."""
    wanted = frozenset((asked or "").split())
    return frozenset(allowed) & wanted if wanted else frozenset(allowed)
