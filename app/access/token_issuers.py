"""Others whose access tokens an application takes: the key ``token_issuers`` of its document.

token_issuers:
  - issuer: https://login.example.org/
    audience: api://landbridge
    keys: {url: https://login.example.org/jwks.json}
    claims: {azp: the-hr-system}
    roles: {claim: roles, values: {Provisioner: operator, Auditor: [internal_user_mgt_view]}}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from app.access.key_sets import KeySource, KeySourceSchema, read_source
from app.access.scopes import ALL_SCOPES
from app.access.user_roles import RoleField

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCOPE_CLAIM = "scope"


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """An issuer, what its tokens must say to be taken, and how they say what they are good for."""

    issuer: str
    audience: str
    keys: KeySource
    claims: tuple[tuple[str, str], ...] = ()
    scope_claim: str = SCOPE_CLAIM
    role_claim: str = ""
    roles: tuple[tuple[str, frozenset[str]], ...] = ()

    def accepts(self, claims: Mapping[str, Any]) -> bool:
        """Say whether a token's claims are those that are asked for."""
        return all(claims.get(name) == value for name, value in self.claims)

    def scopes(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """Return our scopes that a token is good for, by its scopes and its roles."""
        named = frozenset(_texts(claims.get(self.scope_claim)))
        held = frozenset(_texts(claims.get(self.role_claim))) if self.role_claim else frozenset()
        by_role = (scopes for role, scopes in self.roles if role in held)
        return (named & ALL_SCOPES).union(*by_role)


class _RolesSchema(Schema):
    claim = fields.String(
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "The claim that holds roles."},
    )
    values = fields.Dict(
        keys=fields.String(),
        values=RoleField(),
        required=True,
        metadata={"description": "What each role may do: scopes, or viewer, operator or administrator."},
    )


class TokenIssuerSchema(Schema):
    """One issuer, as an application's document has it."""

    issuer = fields.String(
        required=True, validate=validate.Length(min=1), metadata={"description": "The claim iss."}
    )
    audience = fields.String(
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "One value of the claim aud."},
    )
    keys = fields.Nested(
        KeySourceSchema, required=True, metadata={"description": "Where the issuer's public keys are."}
    )
    claims = fields.Dict(
        keys=fields.String(), values=fields.String(), metadata={"description": "Claims that must be just so."}
    )
    scope_claim = fields.String(
        metadata={"description": "The claim that holds our scopes; scope by default, Entra ID's is scp."}
    )
    roles = fields.Nested(_RolesSchema, metadata={"description": "What the issuer's roles may do."})


def read_issuers(keys: Iterable[Mapping[str, Any]]) -> tuple[TokenIssuer, ...]:
    """Make the issuers of a valid document."""
    return tuple(map(_read, keys))


def _read(keys: Mapping[str, Any]) -> TokenIssuer:
    roles = keys.get("roles", {})
    return TokenIssuer(
        issuer=keys["issuer"],
        audience=keys["audience"],
        keys=read_source(keys["keys"]),
        claims=tuple(sorted(keys.get("claims", {}).items())),
        scope_claim=keys.get("scope_claim", SCOPE_CLAIM),
        role_claim=roles.get("claim", ""),
        roles=tuple(roles.get("values", {}).items()),
    )


def _texts(value: object) -> list[str]:
    """Read a claim of several texts: a list, or one text with blanks between them (RFC 8693 §4.2)."""
    if isinstance(value, str):
        return value.split()
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
