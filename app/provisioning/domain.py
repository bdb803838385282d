"""User store domains: a directory, its product's dialect, and the maps by which resources live in it.

kind: Domain
name: PRIMARY
product: openldap
servers: [ldaps://ldap.example.org]
base: dc=example,dc=org
bind: {dn: "cn=landbridge,dc=example,dc=org", password: {env: LDAP_PASSWORD}}
tls: {ca_file: /etc/ssl/ldap-ca.pem}
maps: {User: openldap-user}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, fields, validate

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dialects.base import Dialect
from app.directory.dn import Dn
from app.directory.port import Directory
from app.mapping.inheritance import resource_type_of
from app.mapping.model import SchemaMap
from app.provisioning.accounts import DIALECTS, AccountsSchema, account_problems
from app.provisioning.names import Names
from app.store.document import Document, DocumentKind, Lookup, Problem
from app.store.references import Reference, SecretReference, TextOrReference, UnresolvedReference

Resolve = Callable[[str | Reference], str]


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain, wired and ready to be used."""

    name: str
    directory: Directory
    dialect: Dialect
    base: Dn
    maps: Mapping[str, SchemaMap]
    """By the resource type's name."""
    digest: str = ""
    """Another one where the documents behind it say something else."""
    names: Names = field(default_factory=Names, repr=False, compare=False)
    """Where this process has seen the domain's resources last."""


class InvalidDomain(ValueError):
    """A domain cannot be used as its document stands. The message says why, without secrets."""


class BindSchema(Schema):
    """Who Landbridge is to the directory."""

    dn = TextOrReference(required=True)
    password = SecretReference(required=True)


class TlsSchema(Schema):
    """How the directory's servers are trusted."""

    start_tls = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    ca_file = TextOrReference(load_default=None)
    verify = fields.Boolean(truthy={True}, falsy={False}, load_default=True)


class LimitsSchema(Schema):
    """How much and how long."""

    connections = fields.Integer(strict=True, load_default=8, validate=validate.Range(1, 1000))
    wait_seconds = fields.Float(load_default=10.0, validate=validate.Range(0.1, 300))
    connect_seconds = fields.Float(load_default=5.0, validate=validate.Range(0.1, 300))
    operation_seconds = fields.Float(load_default=30.0, validate=validate.Range(1, 3600))
    page_size = fields.Integer(strict=True, load_default=500, validate=validate.Range(1, 10_000))


class DomainSchema(Schema):
    """A Domain document's own keys."""

    product = fields.String(required=True, validate=validate.OneOf(tuple(DIALECTS)))
    servers = fields.List(TextOrReference(), required=True, validate=validate.Length(min=1))
    base = TextOrReference(required=True)
    bind = fields.Nested(BindSchema, required=True)
    tls = fields.Nested(TlsSchema, load_default=lambda: TlsSchema().load({}))
    limits = fields.Nested(LimitsSchema, load_default=lambda: LimitsSchema().load({}))
    accounts = fields.Nested(AccountsSchema)
    maps = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, validate=validate.Length(min=1)
    )


def _check(document: Document, lookup: Lookup) -> Iterable[Problem]:
    yield from _literal_problems(document)
    yield from account_problems(document)
    for resource_type, name in document.body["maps"].items():
        found = lookup.get("SchemaMap", name)
        if found is None:
            yield document.problem(("maps", resource_type), f"there is no SchemaMap {name}")
        elif resource_type_of(found, lookup) not in {resource_type, None}:
            yield document.problem(
                ("maps", resource_type), f"the SchemaMap {name} is for another resource type"
            )


def _literal_problems(document: Document) -> Iterable[Problem]:
    """Check what stands in the document itself; what it refers to is checked when it is used."""
    places: list[tuple[tuple[str | int, ...], Any, Callable[[str], object]]] = [
        (("base",), document.body["base"], Dn.parse),
        (("bind", "dn"), document.body["bind"]["dn"], Dn.parse),
        *(
            (("servers", index), url, ServerAddress.parse)
            for index, url in enumerate(document.body["servers"])
        ),
    ]
    for key, value, read in places:
        if isinstance(value, str):
            try:
                read(value)
            except ValueError as error:
                yield document.problem(key, str(error))


DOMAIN = DocumentKind("Domain", DomainSchema, _check)


def read_settings(document: Document, resolve: Resolve) -> tuple[ConnectionSettings, Dn]:
    """Read how a domain's directory is reached, and its base.

    Raises:
        InvalidDomain: if something that the document refers to is missing or is not what it should be.
    """
    loaded = DomainSchema().load(dict(document.body))
    tls, limits = loaded["tls"], loaded["limits"]
    try:
        settings = ConnectionSettings(
            servers=tuple(ServerAddress.parse(resolve(url)) for url in loaded["servers"]),
            bind_dn=Dn.parse(resolve(loaded["bind"]["dn"])),
            bind_password=resolve(loaded["bind"]["password"]),
            tls=Tls(tls["start_tls"], resolve(tls["ca_file"]) if tls["ca_file"] else None, tls["verify"]),
            pool_size=limits["connections"],
            wait_seconds=limits["wait_seconds"],
            connect_seconds=limits["connect_seconds"],
            operation_seconds=limits["operation_seconds"],
            page_size=limits["page_size"],
            replica=DIALECTS[loaded["product"]]().replica,
        )
        return settings, Dn.parse(resolve(loaded["base"]))
    except (ValueError, UnresolvedReference) as error:
        raise InvalidDomain(f"the user store domain {document.name} cannot be used: {error}") from error
