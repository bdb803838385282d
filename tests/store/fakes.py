"""Stand-ins that tests of several packages share: a clock that stands still, small kinds of documents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from marshmallow import Schema, fields, validate

from app.store.document import Document, DocumentKind, Lookup, Problem
from app.store.references import SecretReference, TextOrReference

if TYPE_CHECKING:
    from collections.abc import Iterable

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


class FrozenClock:
    """Tells the same time until it is told to go on."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class BindSchema(Schema):
    """Part of a domain."""

    dn = fields.String(required=True)
    password = SecretReference()


class DomainSchema(Schema):
    """A small domain."""

    url = TextOrReference(required=True)
    bind = fields.Nested(BindSchema)
    size = fields.Integer(strict=True, validate=validate.Range(min=1))
    attributes = fields.Dict(keys=fields.String(), values=fields.String())
    roles = fields.List(fields.String())


class RouteSchema(Schema):
    """A document that needs a domain."""

    domain = fields.String(required=True)


def domain_exists(document: Document, lookup: Lookup) -> Iterable[Problem]:
    """Check that a route's domain is there."""
    name = document.body["domain"]
    if lookup.get("Domain", name) is None:
        yield document.problem(("domain",), f"there is no domain {name}")


DOMAIN = DocumentKind("Domain", DomainSchema)
ROUTE = DocumentKind("Route", RouteSchema, domain_exists)


def domain(name: str = "PRIMARY", **body: object) -> Document:
    """Make a valid domain."""
    return Document("Domain", name, {"url": "ldap://127.0.0.1", **body})


def route(name: str = "hr", *, domain: str = "PRIMARY") -> Document:
    """Make a route to a domain."""
    return Document("Route", name, {"domain": domain})
