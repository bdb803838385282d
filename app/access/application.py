"""An application as its document describes it: a client of ours with its grants, scopes and provisioning route.

Finding, making and changing applications is left to ``applications``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.access.admission import ANYBODY, Admission, networks_field, rate_field, read_admission
from app.access.certificates import ClientCertificate, ClientCertificateSchema, read_certificates
from app.access.client_profile import SELF_SERVICE, ClientSchema, read_client, self_service_field
from app.access.client_templates import TEMPLATES
from app.access.key_sets import KeySource, KeySourceSchema, read_source
from app.access.scopes import ALL_SCOPES, API_SCOPES
from app.access.token_issuers import TokenIssuer, TokenIssuerSchema, read_issuers
from app.access.user_roles import UserRoles, read_user_roles, user_roles_field
from app.scim.client_profile import STRICT, ClientProfile
from app.store.change_limits import UNLIMITED, ChangeLimits, ChangeLimitsSchema, read_limits
from app.store.document import Document, DocumentKind, Lookup, Problem
from app.store.references import Reference, SecretReference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

KIND = "Application"
RESIDENT = "resident"
GRANTS = ("password", "client_credentials", "refresh_token")
ALL = "all"
FAIL, PARTIAL = "fail", "partial"
ACCESS_SECONDS = 3600
REFRESH_SECONDS = 86_400
MAX_SECONDS = 10 * 365 * 86_400
# RFC 6749 §A.1: visible characters; a colon would end the name in Basic authentication.
_CLIENT_ID = validate.Regexp(r"[\x21-\x39\x3b-\x7e]{1,200}\Z", error="holds visible ASCII without a colon")


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """Where one of the client's secrets is kept, and until when it is good."""

    value: Reference
    expires: datetime | None = None

    @property
    def id(self) -> str:
        """Name the secret among those of its application."""
        return self.value.name.rpartition("/")[2]

    def is_valid(self, now: datetime) -> bool:
        """Say whether the secret has not expired."""
        return self.expires is None or now < self.expires


@dataclass(frozen=True, slots=True)
class Provisioning:
    """Where requests of the application go."""

    domain: str | None = None
    proxy_mode: bool = False
    connectors: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Further user store domains; new resources go to the first one unless they are addressed to another."""
    unreachable: str = FAIL
    """What becomes of lists where one of several domains does not answer."""

    @property
    def domains(self) -> tuple[str, ...]:
        """Name all user store domains, the one that creates first."""
        return () if self.domain is None else (self.domain, *self.others)


@dataclass(frozen=True, slots=True)
class Application:
    """A client of Landbridge."""

    name: str
    display_name: str = ""
    description: str = ""
    enabled: bool = True
    client_id: str | None = None
    client_secrets: tuple[ClientSecret, ...] = ()
    grants: frozenset[str] = frozenset()
    apis: Mapping[str, frozenset[str]] = field(default_factory=dict)
    provisioning: Provisioning = Provisioning()
    access_token_seconds: int = ACCESS_SECONDS
    refresh_token_seconds: int = REFRESH_SECONDS
    client: ClientProfile = STRICT
    self_service: tuple[str, ...] = SELF_SERVICE
    """The attributes that users may change of themselves."""
    admission: Admission = ANYBODY
    guard: ChangeLimits = UNLIMITED
    user_roles: UserRoles = ()
    client_keys: KeySource | None = None
    client_certificates: tuple[ClientCertificate, ...] = ()
    token_issuers: tuple[TokenIssuer, ...] = ()
    template: str = ""
    """Which kind of client it was made for."""

    @property
    def scopes(self) -> frozenset[str]:
        """Return all scopes that the application is authorised for."""
        return frozenset().union(*self.apis.values())

    @property
    def title(self) -> str:
        """Return the name to show to people."""
        return self.display_name or self.name


class _Scopes(fields.Field[Any]):
    """The scopes of an API: a list, or the word "all"."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        del attr, data, kwargs
        is_list = isinstance(value, list) and all(isinstance(scope, str) for scope in value)
        if value != ALL and not is_list:
            raise ValidationError('is a list of scopes, or "all"')
        return value


class _ClientSecretSchema(Schema):
    value = SecretReference(required=True, metadata={"description": "Where the secret is kept."})
    expires = fields.AwareDateTime(metadata={"description": "Until when it is good; left out: for good."})


class _ProvisioningSchema(Schema):
    domain = fields.String(metadata={"description": "The user store domain that requests go to."})
    domains = fields.List(
        fields.String(),
        validate=validate.Length(min=1),
        metadata={"description": "Several of them in the place of one; the first one creates."},
    )
    unreachable = fields.String(
        validate=validate.OneOf((FAIL, PARTIAL)),
        metadata={
            "description": "Whether lists fail where one of several domains does not answer, or lack it."
        },
    )
    proxy_mode = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={"description": "Store nothing; send requests on to the connectors."},
    )
    connectors = fields.List(fields.String(), metadata={"description": "The outbound connectors, in order."})


class _TokensSchema(Schema):
    access_seconds = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=MAX_SECONDS),
        metadata={"description": "How long an access token lives; 3600 by default."},
    )
    refresh_seconds = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=MAX_SECONDS),
        metadata={"description": "How long a refresh token lives; 86400 by default."},
    )


class ApplicationSchema(Schema):
    """The keys of an application's document."""

    display_name = fields.String(
        validate=validate.Length(max=200), metadata={"description": "What people see; the name by default."}
    )
    enabled = fields.Boolean(
        truthy={True}, falsy={False}, metadata={"description": "Whether it may do anything; true by default."}
    )
    client_id = fields.String(
        validate=_CLIENT_ID, metadata={"description": "How the client names itself to OAuth."}
    )
    template = fields.String(
        validate=validate.OneOf(tuple(TEMPLATES)),
        metadata={"description": "Which kind of client it is for: the console says what to paste there."},
    )
    client_secrets = fields.List(
        fields.Nested(_ClientSecretSchema),
        validate=validate.Length(max=10),
        metadata={"description": "The client's secrets; each valid one will do."},
    )
    client_keys = fields.Nested(
        KeySourceSchema, metadata={"description": "The client's public keys, for private_key_jwt."}
    )
    client_certificates = fields.List(
        fields.Nested(ClientCertificateSchema),
        metadata={"description": "TLS certificates that the client may prove itself by."},
    )
    token_issuers = fields.List(
        fields.Nested(TokenIssuerSchema),
        metadata={"description": "Others whose access tokens the application takes."},
    )
    grants = fields.List(
        fields.String(validate=validate.OneOf(GRANTS)),
        metadata={"description": "The OAuth grants it may use."},
    )
    apis = fields.Dict(
        keys=fields.String(validate=validate.OneOf(tuple(API_SCOPES))),
        values=_Scopes(),
        metadata={
            "description": 'The API resources it is authorised for, each with a list of scopes or "all".'
        },
    )
    provisioning = fields.Nested(_ProvisioningSchema, metadata={"description": "Where its requests go."})
    tokens = fields.Nested(_TokensSchema, metadata={"description": "How long its tokens live."})
    guard = fields.Nested(
        ChangeLimitsSchema, metadata={"description": "How much it may change before somebody is asked."}
    )
    user_roles = user_roles_field()
    networks = networks_field()
    rate = rate_field()
    client = fields.Nested(
        ClientSchema, metadata={"description": "Where its client means other than RFC 7644 says."}
    )
    self_service = self_service_field()

    @validates_schema
    def _check_scopes(self, values: Mapping[str, Any], **_: Any) -> None:
        foreign = {
            api: [f"has no scope {scope}" for scope in scopes if scope not in API_SCOPES[api]]
            for api, scopes in values.get("apis", {}).items()
            if scopes != ALL
        }
        if any(foreign.values()):
            raise ValidationError({"apis": {api: messages for api, messages in foreign.items() if messages}})


def read(document: Document) -> Application:
    """Make an application from a valid document."""
    keys = ApplicationSchema().load(dict(document.body))
    tokens = keys.get("tokens", {})
    return Application(
        name=document.name,
        description=document.description,
        display_name=keys.get("display_name", ""),
        enabled=keys.get("enabled", True),
        client_id=keys.get("client_id"),
        client_secrets=tuple(ClientSecret(**secret) for secret in keys.get("client_secrets", ())),
        grants=frozenset(keys.get("grants", ())),
        apis={api: _scopes(api, scopes) for api, scopes in keys.get("apis", {}).items()},
        provisioning=_provisioning(keys.get("provisioning", {})),
        access_token_seconds=tokens.get("access_seconds", ACCESS_SECONDS),
        refresh_token_seconds=tokens.get("refresh_seconds", REFRESH_SECONDS),
        client=read_client(keys.get("client", {})),
        self_service=tuple(keys.get("self_service", SELF_SERVICE)),
        admission=read_admission(keys),
        user_roles=read_user_roles(keys.get("user_roles", {})),
        guard=read_limits(keys.get("guard")),
        client_keys=read_source(keys["client_keys"]) if "client_keys" in keys else None,
        client_certificates=read_certificates(keys.get("client_certificates", ())),
        token_issuers=read_issuers(keys.get("token_issuers", ())),
        template=keys.get("template", ""),
    )


def resident(domain: str | None) -> Application:
    """Make the application of callers that have none: those who authenticate with name and password."""
    return Application(
        RESIDENT,
        display_name="Resident application",
        apis={api: frozenset(scopes) for api, scopes in API_SCOPES.items()},
        provisioning=Provisioning(domain),
    )


def _scopes(api: str, scopes: str | list[str]) -> frozenset[str]:
    return frozenset(API_SCOPES[api] if scopes == ALL else scopes) & ALL_SCOPES


def _provisioning(keys: Mapping[str, Any]) -> Provisioning:
    domain, *others = keys.get("domains", [keys.get("domain")])
    return Provisioning(
        domain,
        keys.get("proxy_mode", False),
        tuple(keys.get("connectors", ())),
        tuple(others),
        keys.get("unreachable", FAIL),
    )


def _check(document: Document, lookup: Lookup) -> Iterable[Problem]:
    yield from _check_route(document, lookup)
    client_id = document.body.get("client_id")
    for other in lookup.list(KIND) if client_id is not None else ():
        if other.name != document.name and other.body.get("client_id") == client_id:
            yield document.problem(("client_id",), f"is the client_id of application {other.name} already")


def _check_route(document: Document, lookup: Lookup) -> Iterator[Problem]:
    provisioning = document.body.get("provisioning", {})
    domain = provisioning.get("domain")
    if domain is not None and lookup.get("Domain", domain) is None:
        yield document.problem(("provisioning", "domain"), f"there is no domain {domain}")
    yield from _check_domains(document, lookup)
    for index, connector in enumerate(provisioning.get("connectors", ())):
        if lookup.get("Connector", connector) is None:
            yield document.problem(
                ("provisioning", "connectors", index), f"there is no connector {connector}"
            )


def _check_domains(document: Document, lookup: Lookup) -> Iterator[Problem]:
    provisioning = document.body.get("provisioning", {})
    domains = provisioning.get("domains", [])
    if domains and "domain" in provisioning:
        yield document.problem(
            ("provisioning", "domains"), "takes the place of domain; name one or the other"
        )
    for index, name in enumerate(domains):
        key = ("provisioning", "domains", index)
        if lookup.get("Domain", name) is None:
            yield document.problem(key, f"there is no domain {name}")
        if name.lower() in {other.lower() for other in domains[:index]}:
            yield document.problem(key, "is named twice")
        if "/" in name:
            yield document.problem(
                key, "a domain among several is part of names, and cannot have a slash in its own"
            )


APPLICATION = DocumentKind(KIND, ApplicationSchema, _check)
