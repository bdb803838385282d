"""What users of the directory may do besides looking after themselves: the key ``user_roles`` of an application's document.

    user_roles:
      9b1d6a2e-2f6a-4c39-8f0e-0d5f0a1c7b11: operator
      4f7c1e88-51a5-4c7b-9d83-6a1f2f0f5f10: [internal_user_mgt_view, internal_user_mgt_list]

The keys are ids of groups and not their names: who may create or rename groups must not get rights by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from marshmallow import ValidationError, fields

from app.access.administrators import ROLE_SCOPES, Role
from app.access.scopes import ALL_SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UserRoles: TypeAlias = "tuple[tuple[str, frozenset[str]], ...]"


class RoleField(fields.Field[Any]):
    """What a role may do: a list of scopes, or the name of one of our roles."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> frozenset[str]:
        del attr, data, kwargs
        if isinstance(value, str) and value in set(Role):
            return ROLE_SCOPES[Role(value)]
        if isinstance(value, list) and all(isinstance(scope, str) and scope in ALL_SCOPES for scope in value):
            return frozenset(value)
        raise ValidationError(f"is a list of scopes, or one of {', '.join(Role)}")


def user_roles_field() -> fields.Dict:
    """Make the field for the roles of groups."""
    return fields.Dict(
        keys=fields.UUID(),
        values=RoleField(),
        metadata={
            "description": "What members of groups may do, by the groups' ids; their own affairs by default."
        },
    )


def read_user_roles(keys: Mapping[Any, frozenset[str]]) -> UserRoles:
    """Make the roles of a valid document."""
    return tuple((str(group), scopes) for group, scopes in keys.items())


def scopes_in(groups: Iterable[str], roles: UserRoles) -> frozenset[str]:
    """Return what the members of some groups may do."""
    held = frozenset(groups)
    return frozenset[str]().union(*(scopes for group, scopes in roles if group in held))
