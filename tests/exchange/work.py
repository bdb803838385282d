"""Importing into a domain in memory, without a service around it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from io import BytesIO
from secrets import token_hex
from typing import TYPE_CHECKING

from app.exchange.batch import Ground as Goal
from app.exchange.importing import Import, Order
from app.exchange.results import Result
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.events import noting
from app.provisioning.external_ids import Keeping, WithExternalIds
from app.provisioning.guard import Sentry
from app.provisioning.rehearsal import rehearsal_of
from app.provisioning.scales import Populations
from app.provisioning.search import Paging
from app.provisioning.target import Query
from app.store.allocations import Allocations
from app.store.change_limits import UNLIMITED, ChangeLimits
from app.store.external_ids import ExternalIds, Shelf
from app.store.held_changes import HeldChanges
from app.store.snapshots import Snapshots
from tests.provisioning.conftest import Ground, memory_ground, shown, store

if TYPE_CHECKING:
    from app.provisioning.protection import Protection
    from app.scim.schema import Value


@dataclass
class Work:
    """A domain, and tables that are imported into it."""

    ground: Ground = field(default_factory=memory_ground)
    limits: ChangeLimits = UNLIMITED
    protection: Protection | None = None

    def goal(self, *, is_rehearsal: bool = False) -> Goal:
        """Return where rows go."""
        domain = self.ground.domain()
        if self.protection:
            domain = replace(domain, protection=self.protection)
        clock, user_map = self.ground.clock, domain.maps["User"]
        book = HeldChanges(store(), clock=clock, random_hex=token_hex)
        application = self.ground.application
        sentry = Sentry(book, Populations(lambda: 0.0), "ann", application, self.limits)
        behaviour = Behaviour(
            Paging(Snapshots(store(), clock=clock, random_hex=token_hex), b"key", application),
            Allocations(store(), clock=clock),
            sentry=rehearsal_of(sentry) if is_rehearsal else sentry,
        )
        record = noting(self.ground.recorded.append)
        target = DomainTarget(domain, user_map, record, behaviour=behaviour)
        shelf = Shelf(application, domain.name, "User")
        keeping = Keeping(ExternalIds(store()), shelf, user_map.resource_type, noting(record))
        return Goal(WithExternalIds(target, keeping), record.take, is_rehearsal)

    def open(self, table: str | bytes, order: Order | None = None) -> Import:
        """Read a table's header."""
        sent = table.encode() if isinstance(table, str) else table
        return Import(BytesIO(sent), self.ground.domain().maps["User"], order or Order())

    def run(
        self, table: str | bytes, order: Order | None = None, *, is_rehearsal: bool = False
    ) -> list[Result]:
        """Import a table."""
        return list(self.open(table, order).run(self.goal(is_rehearsal=is_rehearsal)))

    def users(self) -> list[dict[str, Value]]:
        """Return all users, by their names."""
        found = [shown(each) for each in self.goal().target.search(Query()).resources]
        return sorted(found, key=lambda each: str(each["userName"]))


def told(results: list[Result]) -> list[tuple[int, str, str]]:
    """Say what became of rows, and why."""
    return [
        (
            each.row,
            each.outcome,
            "; ".join(f"{p.column}|{p.value}|{p.message}" for p in each.problems),
        )
        for each in results
    ]
