"""All of outbound, wired."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import uuid4

from app.outbound.connector import ConnectorType, Offer, Surroundings
from app.outbound.delivery import Delivery
from app.outbound.document import Limits
from app.outbound.following import Following
from app.outbound.health import Health
from app.outbound.legs import Legs
from app.outbound.opened import Connectors
from app.outbound.outbox import Means, Outbox
from app.outbound.proxy import Proxies
from app.outbound.reconcile import Reconciliation
from app.outbound.serving import serving
from app.outbound.sources import Source
from app.outbound.worker import Bench, Worker
from app.provisioning.connection import Resolve
from app.provisioning.events import Done
from app.provisioning.routing import Destination, Router
from app.provisioning.target import Target
from app.scim.errors import NotFound
from app.scim.schema import ResourceType
from app.store.audit import Audit
from app.store.database import Database
from app.store.documents import Documents
from app.store.links import Links
from app.store.secrets import SecretBox
from app.telemetry import OUTBOX


@dataclass(frozen=True, slots=True)
class Outbound:
    """What there is for pushing on."""

    connectors: Connectors
    links: Links
    legs: Legs
    outbox: Outbox
    health: Health
    proxies: Proxies
    following: Following
    parts: Parts

    def worker(self, router: Router, audit: Audit) -> Worker:
        """Make what delivers tasks; several may work at once."""
        parts = self.parts
        bench = Bench(
            database=parts.database,
            outbox=self.outbox,
            health=self.health,
            delivery=Delivery(
                self.legs,
                self.outbox,
                find_source=_Sources(router),
                find_serving=partial(serving, parts.documents),
            ),
            audit=audit,
            limits=lambda name: _limits(self.connectors, name),
            clock=parts.clock,
            random_hex=parts.random_hex,
        )
        return Worker(bench)

    def measure(self) -> None:
        """Bring the gauges up to date."""
        counts = self.outbox.counts()
        for name in self.connectors.names():
            for state in ("ready", "dead"):
                OUTBOX.labels(name, state).set(counts.get((name, state), 0))

    def reconciliation(self, router: Router) -> Reconciliation:
        """Make what holds connectors against domains."""
        return Reconciliation(
            self.legs,
            self.outbox,
            find_source=_Sources(router),
            find_serving=partial(serving, self.parts.documents),
            request_id=lambda: self.parts.random_hex(16),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What outbound is made of."""

    database: Database
    documents: Documents
    resource_types: Mapping[str, ResourceType]
    types: Mapping[str, ConnectorType]
    resolve: Resolve
    domain_target: Callable[[str, str], Target]
    """Finds the target of a resource type in a domain that is a connector's."""
    domain_offer: Callable[[str], Offer]
    """Says what such a domain can do."""
    connectors_of: Callable[[str], Sequence[str]]
    """Names the connectors of an application that stores."""
    box: SecretBox = field(repr=False)
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    random_hex: Callable[[int], str]


def wire(parts: Parts) -> Outbound:
    """Put outbound together."""
    surroundings = Surroundings(
        resolve=parts.resolve,
        monotonic=parts.monotonic,
        clock=parts.clock,
        domain_target=parts.domain_target,
        domain_offer=parts.domain_offer,
    )
    connectors = Connectors(
        parts.documents, parts.resource_types, types=parts.types, surroundings=surroundings
    )
    links = Links(parts.database, new_id=lambda: str(uuid4()))
    health = Health(parts.database, clock=parts.clock, limits=lambda name: _limits(connectors, name))
    means = Means(
        box=parts.box,
        clock=parts.clock,
        random_hex=parts.random_hex,
        resource_types=parts.resource_types,
    )
    outbox = Outbox(parts.database, means, health)
    legs = Legs(connectors, links)
    following = Following(
        connectors, outbox, connectors_of=parts.connectors_of, resource_types=parts.resource_types
    )
    return Outbound(connectors, links, legs, outbox, health, Proxies(legs, outbox), following, parts)


@dataclass(frozen=True, slots=True)
class _Sources:
    """Finds where resources are stored."""

    router: Router

    def __call__(self, domain: str, application: str, resource_type: str) -> Source:
        destination = Destination(application, domain)
        types = {found.name: found for found in self.router.resource_types(destination)}
        if resource_type not in types:
            raise NotFound(f"the user store domain {domain} has no {resource_type} resources")
        target = self.router.target(resource_type, destination, record=_unexpected)
        return Source(target, types[resource_type])


def _unexpected(done: Done) -> None:
    raise AssertionError(f"{done.action} by a worker, which only reads")


def _limits(connectors: Connectors, name: str) -> Limits:
    rules = connectors.find_rules(name)
    return rules.limits if rules else Limits()
