"""How a Domain document says its directory is reached: servers, trust, credentials, limits and patience.

servers: [ldaps://ldap1.example.org, {url: ldaps://replica.example.org, priority: 1, use: read}]
bind: {dn: "cn=landbridge,dc=example,dc=org", password: {env: LDAP_PASSWORD}}
tls: {ca_file: /etc/ssl/ldap-ca.pem, minimum_version: "1.3"}
limits: {connections: 8, search_seconds: 60}
patience: {failures: 3}
referrals: refuse
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.directory.connection import ConnectionSettings, Discovery, Patience, ServerAddress, Tls
from app.directory.dn import Dn
from app.store.document import Document, Problem
from app.store.references import Reference, SecretReference, TextOrReference

Resolve = Callable[[str | Reference], str]


class ServerSchema(Schema):
    """One server, with what is said of it."""

    url = TextOrReference(required=True)
    priority = fields.Integer(strict=True, load_default=None, validate=validate.Range(0, 65535))
    use = fields.String(load_default="all", validate=validate.OneOf(("all", "read", "write")))


class ServerField(fields.Field[Mapping[str, Any]]):
    """A server's URL, or a mapping that says more of it."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Mapping[str, Any]:
        del attr, data, kwargs
        written = value if isinstance(value, Mapping) and "url" in value else {"url": value}
        loaded = ServerSchema().load(dict(written))
        return dict(loaded)


class BindSchema(Schema):
    """Who Landbridge is to the directory."""

    method = fields.String(load_default="simple", validate=validate.OneOf(("simple", "external", "gssapi")))
    dn = TextOrReference(load_default="")
    password = SecretReference(load_default=None)
    keytab = TextOrReference(load_default=None)

    @validates_schema
    def _fits_its_method(self, loaded: Mapping[str, Any], **_: object) -> None:
        if loaded["method"] == "simple":
            missing = [key for key in ("dn", "password") if not loaded[key]]
            if missing:
                raise ValidationError({key: ["is required for a simple bind"] for key in missing})
        elif loaded["password"] is not None:
            raise ValidationError({"password": [f"is not used by {loaded['method']}"]})
        if loaded["keytab"] is not None and loaded["method"] != "gssapi":
            raise ValidationError({"keytab": ["is used by gssapi alone"]})


class TlsSchema(Schema):
    """How the directory's servers are trusted, and how they know us."""

    start_tls = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    ca_file = TextOrReference(load_default=None)
    verify = fields.Boolean(truthy={True}, falsy={False}, load_default=True)
    minimum_version = fields.String(load_default="1.2", validate=validate.OneOf(("1.2", "1.3")))
    certificate = TextOrReference(load_default=None)
    key = TextOrReference(load_default=None)

    @validates_schema
    def _has_both(self, loaded: Mapping[str, Any], **_: object) -> None:
        if loaded["key"] and not loaded["certificate"]:
            raise ValidationError({"key": ["is of no use without a certificate"]})


def _seconds(default: float, *, least: float = 0.1, most: float = 3600) -> fields.Float:
    return fields.Float(load_default=default, validate=validate.Range(least, most))


class LimitsSchema(Schema):
    """How much and how long."""

    connections = fields.Integer(strict=True, load_default=8, validate=validate.Range(1, 1000))
    wait_seconds = _seconds(10.0, most=300)
    idle_seconds = _seconds(300.0, least=1)
    lifetime_seconds = _seconds(3600.0, least=1, most=86_400)
    connect_seconds = _seconds(5.0, most=300)
    operation_seconds = _seconds(30.0, least=1)
    search_seconds = _seconds(60.0, least=1)
    page_size = fields.Integer(strict=True, load_default=500, validate=validate.Range(1, 10_000))


class PatienceSchema(Schema):
    """When a server is taken for down, and how soon it is asked again."""

    failures = fields.Integer(strict=True, load_default=3, validate=validate.Range(1, 1000))
    silent_seconds = _seconds(1.0)
    retry_seconds = _seconds(1.0)
    longest_retry_seconds = _seconds(30.0)


_DNS_NAME = validate.Regexp(r"[\w-]+(\.[\w-]+)*\Z", error="is no name of DNS")


class DiscoverySchema(Schema):
    """How servers are found by DNS."""

    domain = fields.String(required=True, validate=_DNS_NAME)
    site = fields.String(load_default=None, validate=_DNS_NAME)
    tls_port = fields.Integer(strict=True, load_default=636, validate=validate.Range(1, 65535))
    nameserver = fields.String(load_default=None, validate=validate.Regexp(r"[0-9A-Fa-f.:\[\]]+\Z"))

    @validates_schema
    def _names_somebody(self, loaded: Mapping[str, Any], **_: object) -> None:
        try:
            _nameserver(loaded["nameserver"])
        except ValueError as error:
            raise ValidationError(
                {"nameserver": [f"is no address, with or without a port: {error}"]}
            ) from error


class ConnectionSchema(Schema):
    """The part of a Domain document that says how its directory is reached."""

    servers = fields.List(ServerField(), load_default=list)
    dns = fields.Nested(DiscoverySchema, load_default=None)
    bind = fields.Nested(BindSchema, required=True)
    tls = fields.Nested(TlsSchema, load_default=lambda: TlsSchema().load({}))
    limits = fields.Nested(LimitsSchema, load_default=lambda: LimitsSchema().load({}))
    patience = fields.Nested(PatienceSchema, load_default=lambda: PatienceSchema().load({}))
    referrals = fields.String(load_default="refuse", validate=validate.OneOf(("refuse", "follow")))
    read_own_writes_seconds = _seconds(10.0, least=0)

    @validates_schema
    def _has_servers(self, loaded: Mapping[str, Any], **_: object) -> None:
        if bool(loaded["servers"]) is (loaded["dns"] is not None):
            raise ValidationError({"servers": ["name servers, or have them found by dns; one of the two"]})


def connection_problems(document: Document) -> Iterable[Problem]:
    """Check what stands in the document itself; what it refers to is checked when it is used."""
    servers = document.body.get("servers", ())
    for index, server in enumerate(servers):
        url = url_of(server)
        if isinstance(url, str):
            yield from _problems_of(document, ("servers", index), url, ServerAddress.parse)
    dn = document.body["bind"].get("dn", "")
    if isinstance(dn, str):
        yield from _problems_of(document, ("bind", "dn"), dn, Dn.parse)
    uses = {server.get("use", "all") for server in servers if isinstance(server, Mapping)}
    if len(uses) == 1 and uses != {"all"} and all(isinstance(s, Mapping) for s in servers):
        yield document.problem(("servers",), f"are all for {uses.pop()}: nobody is there for the rest")


def url_of(server: Any) -> Any:
    """Return what names a server, as the document has it."""
    return server["url"] if isinstance(server, Mapping) and "url" in server else server


def read_connection(loaded: Mapping[str, Any], resolve: Resolve) -> ConnectionSettings:
    """Read how a directory is reached.

    Raises:
        ValueError: if something referred to is not what it should be.
        UnresolvedReference: if it is missing.
    """
    bind, tls, limits = loaded["bind"], loaded["tls"], loaded["limits"]

    def optional(value: str | Reference | None) -> str | None:
        return None if value is None else resolve(value)

    return ConnectionSettings(
        servers=tuple(_server(number, server, resolve) for number, server in enumerate(loaded["servers"])),
        bind_dn=Dn.parse(resolve(bind["dn"])),
        bind_password=optional(bind["password"]) or "",
        bind_method=bind["method"],
        keytab=optional(bind["keytab"]),
        tls=Tls(
            tls["start_tls"],
            optional(tls["ca_file"]),
            tls["verify"],
            tls["minimum_version"],
            optional(tls["certificate"]),
            optional(tls["key"]),
        ),
        pool_size=limits["connections"],
        **{name: value for name, value in limits.items() if name != "connections"},
        patience=Patience(**loaded["patience"]),
        follow_referrals=loaded["referrals"] == "follow",
        discovery=_discovery(loaded["dns"]),
        read_own_writes_seconds=loaded["read_own_writes_seconds"],
    )


def _discovery(dns: Mapping[str, Any] | None) -> Discovery | None:
    if dns is None:
        return None
    return Discovery(dns["domain"], dns["site"], dns["tls_port"], _nameserver(dns["nameserver"]))


def _nameserver(text: str | None) -> tuple[str, int] | None:
    """Read an IP address, or one with a port as URLs write it; raise ValueError."""
    if text is None:
        return None
    with contextlib.suppress(ValueError):
        return str(ip_address(text)), 53
    parts = urlsplit(f"//{text}")
    return str(ip_address(parts.hostname or "")), parts.port or 53


def _server(number: int, server: Mapping[str, Any], resolve: Resolve) -> ServerAddress:
    # In the order in which they are listed, unless they say otherwise.
    priority = number if server["priority"] is None else server["priority"]
    return ServerAddress.parse(resolve(server["url"]), priority=priority, use=server["use"])


def _problems_of(
    document: Document, key: tuple[str | int, ...], value: str, read: Callable[[str], object]
) -> Iterable[Problem]:
    try:
        read(value)
    except ValueError as error:
        yield document.problem(key, str(error))
