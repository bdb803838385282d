"""A provider by which people sign in to the console (OpenID Connect): its document, and what its people may do.

kind: IdentityProvider
name: entra
label: Example's Entra ID
issuer: https://login.microsoftonline.com/TENANT/v2.0
client_id: 6731de76-14a6-49ae-97bc-6eba6914391e
client_secret: {env: LANDBRIDGE_ENTRA_SECRET}
name_claim: preferred_username
roles: {claim: roles, values: {Landbridge.Admin: administrator, Landbridge.View: viewer}}

Speaking with it is left to ``openid``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marshmallow import Schema, ValidationError, fields, validate

from app.access.administrators import Administrator, Role
from app.store.document import Document, DocumentKind
from app.store.references import Reference, SecretReference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.store.document import Lookup, Problem

KIND = "IdentityProvider"
SCOPES = ("openid", "profile")
SUBJECT = "sub"
NAME_LENGTH = 200


class NoRole(Exception):
    """A person has none of the roles that open Landbridge."""


class UnusableName(Exception):
    """The claim that names a person is missing, or is no name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProvider:
    """Whom to ask who somebody is, and what its answers mean."""

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: Reference | None
    scopes: tuple[str, ...]
    name_claim: str
    role_claim: tuple[str, ...]
    """Its name, or the names of the objects that it is within and then its own."""
    roles: Mapping[str, Role]
    ca_file: str | None
    digest: str
    """Of the document: who came in by another one has to sign in again."""

    def person(self, claims: Mapping[str, Any]) -> Administrator:
        """Return who somebody is by verified claims; raise UnusableName and NoRole."""
        role, name = self._role(claims), claims.get(self.name_claim)
        if not isinstance(name, str) or not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
            raise UnusableName(f"the claim {self.name_claim} holds no name")
        # No administrator of our own has a colon in its name, and no document.
        return Administrator(f"{self.name}:{name}", role, provider=self.name)

    def _role(self, claims: Mapping[str, Any]) -> Role:
        found: Any = claims
        for name in self.role_claim:
            found = found.get(name) if isinstance(found, dict) else None
        values = found if isinstance(found, list) else [found]
        held = {self.roles[value] for value in values if isinstance(value, str) and value in self.roles}
        for role in reversed(Role):
            if role in held:
                return role
        raise NoRole(f"no value of the claim {self.role_claim[-1]} stands for a role")


class ClaimField(fields.Raw):
    """A claim's name; or a list of names, of which all but the last are objects that the next one is within."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[str, ...]:
        found = super()._deserialize(value, attr, data, **kwargs)
        names = found if isinstance(found, list) else [found]
        if not names or not all(isinstance(name, str) and name for name in names):
            raise ValidationError("is the name of a claim, or a list of names that lead to it")
        return tuple(names)


class _RolesSchema(Schema):
    claim = ClaimField(
        required=True,
        metadata={
            "description": "The claim of the ID token that holds roles or groups: its name, or a list of names that lead to it."
        },
    )
    values = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1)),
        values=fields.Enum(Role, by_value=True),
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "Which of its values is a viewer, operator or administrator here."},
    )


def _has_openid(scopes: list[str]) -> None:
    if "openid" not in scopes:
        raise ValidationError("lacks openid, without which there is no ID token")


class IdentityProviderSchema(Schema):
    """The keys of a provider's document."""

    label = fields.String(
        validate=validate.Length(min=1, max=60),
        metadata={"description": "What the button of the login page says; the name by default."},
    )
    enabled = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={"description": "Whether it opens the console; true by default."},
    )
    issuer = fields.Url(
        schemes={"https"},
        require_tld=False,
        required=True,
        metadata={"description": "The issuer, as its discovery document and its tokens name it."},
    )
    client_id = fields.String(
        required=True, validate=validate.Length(min=1), metadata={"description": "How it knows Landbridge."}
    )
    client_secret = SecretReference(
        metadata={"description": "The secret it gave to Landbridge; none where it asks for PKCE alone."}
    )
    scopes = fields.List(
        fields.String(validate=validate.Regexp(r"[!#-\[\]-~]+\Z")),
        validate=_has_openid,
        metadata={"description": "What is asked for; openid and profile by default."},
    )
    name_claim = fields.String(
        validate=validate.Length(min=1),
        metadata={"description": "The claim that names a person in the audit; sub by default."},
    )
    roles = fields.Nested(_RolesSchema, required=True, metadata={"description": "Who may do what."})
    ca_file = fields.String(
        metadata={"description": "PEM file of the authorities to trust there; the machine's by default."}
    )


def read(document: Document) -> IdentityProvider:
    """Make a provider of a valid document."""
    keys = IdentityProviderSchema().load(dict(document.body))
    return IdentityProvider(
        name=document.name,
        label=keys.get("label", document.name),
        issuer=keys["issuer"],
        client_id=keys["client_id"],
        client_secret=keys.get("client_secret"),
        scopes=tuple(keys.get("scopes", SCOPES)),
        name_claim=keys.get("name_claim", SUBJECT),
        role_claim=keys["roles"]["claim"],
        roles=keys["roles"]["values"],
        ca_file=keys.get("ca_file"),
        digest=document.digest,
    )


def _check(document: Document, lookup: Lookup) -> Iterable[Problem]:
    for other in lookup.list(KIND):
        if other.name != document.name and other.body.get("issuer") == document.body.get("issuer"):
            yield document.problem(("issuer",), f"is that of {other.name} already")


IDENTITY_PROVIDER = DocumentKind(KIND, IdentityProviderSchema, _check)
