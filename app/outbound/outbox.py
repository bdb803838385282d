"""The outbox: changes that systems have yet to get, kept in the store until they have them.

Changes of one resource reach one connector in their order: none is handed out while an earlier one is there, unless
that one is dead and said no more than "see to it that the resource is as it is". A change is handed out under a lease,
so that several workers share the outbox, and what a worker that died was at is handed out again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Select, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, aliased

from app.outbound.edited import carried
from app.outbound.errors import Postponed
from app.outbound.health import Health
from app.outbound.task import Action, Cause, Change, State, Task, change_from, payload_of
from app.scim.schema import ResourceType
from app.store.database import Database
from app.store.outbound_tables import OutboxRow
from app.store.secrets import SecretBox

LEASE_SECONDS: Final = 60.0
HOLD_SECONDS: Final = 120.0
"""How long a request may take that delivers by itself what it has put into the outbox."""
MAX_PAGE: Final = 500


class NoSuchTask(Exception):
    """There is no such task, or it is not as it must be for this."""


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks to show; what is None does not matter."""

    connector: str | None = None
    state: State | None = None
    resource_type: str | None = None
    resource_id: str | None = None


ALL: Final = TaskFilter()


@dataclass(frozen=True, slots=True)
class Kept:
    """A task that has been kept, and the key that is its own however often it is carried out."""

    id: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the outbox works with. ``random_hex`` makes digits for n bytes."""

    box: SecretBox
    clock: Callable[[], datetime]
    random_hex: Callable[[int], str]
    resource_types: Mapping[str, ResourceType]


_DUE = select(OutboxRow.id).where(OutboxRow.state == "ready", OutboxRow.due <= bindparam("now")).limit(1)


class Outbox:
    """The tasks of all connectors."""

    def __init__(self, database: Database, means: Means, health: Health) -> None:
        self._database = database
        self._means = means
        self._health = health

    def add(
        self,
        changes: Iterable[tuple[str, Change]],
        cause: Cause,
        *,
        hold_seconds: float = 0.0,
        within: Session | Connection | None = None,
    ) -> list[Kept]:
        """Keep changes, each for a connector; return the tasks' ids and keys.

        ``within`` a transaction they are kept exactly if it is committed. Held ones are handed out after
        ``hold_seconds`` unless somebody takes them back or lets them go earlier.
        """
        due = self._means.clock() + timedelta(seconds=hold_seconds)
        rows = [self._row(connector, change, cause, due=due) for connector, change in changes]
        if within is not None:
            return [_inserted(within, row) for row in rows]
        with self._database.session() as session:
            return [_inserted(session, row) for row in rows]

    def remove(self, ids: Sequence[int]) -> None:
        """Take tasks back."""
        with self._database.session() as session:
            session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))

    def instead(self, ids: Sequence[int], changes: Iterable[tuple[str, Change]], cause: Cause) -> list[Kept]:
        """Put other changes, which are held, into the place of tasks, all in one transaction."""
        with self._database.session() as session:
            session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))
            return self.add(changes, cause, hold_seconds=HOLD_SECONDS, within=session)

    def settle(self, *, delivered: Sequence[int], released: Sequence[int], error: str = "") -> None:
        """End a hold: some tasks have been delivered, others may be handed out from now on."""
        now = self._means.clock()
        with self._database.session() as session:
            session.execute(delete(OutboxRow).where(OutboxRow.id.in_(delivered)))
            session.execute(update(OutboxRow).where(OutboxRow.id.in_(released)).values(due=now, error=error))

    def waiting(self, resource_type: str, resource_id: str, *, connector: str | None = None) -> int:
        """Count the tasks of a resource."""
        query = select(func.count()).where(
            OutboxRow.resource_type == resource_type, OutboxRow.resource_id == resource_id
        )
        if connector is not None:
            query = query.where(OutboxRow.connector == connector)
        with self._database.reading() as session:
            return session.scalar(query) or 0

    def is_waiting_for(self, connector: str, resource_id: str) -> bool:
        """Tell whether a connector is about to get a resource."""
        return self.due_of(connector, resource_id) is not None

    def due_of(self, connector: str, resource_id: str) -> datetime | None:
        """Tell when a connector is to get something of a resource; None where nothing waits but dead letters."""
        query = select(func.min(OutboxRow.due)).where(
            OutboxRow.connector == connector,
            OutboxRow.resource_id == resource_id,
            OutboxRow.state == "ready",
        )
        with self._database.reading() as session:
            return session.scalar(query)

    def claim(self, lease: str, *, seconds: float = LEASE_SECONDS) -> Task | None:
        """Hand out the next task that may be delivered now, under a lease; None where there is none."""
        now = self._means.clock()
        # Workers look all the time, and mostly there is nothing: that should cost little, and keep no writer waiting.
        with self._database.looking() as connection:
            if connection.execute(_DUE, {"now": now}).first() is None:
                return None
        with self._database.reading() as session:
            if session.scalars(_next(now, self._health.unusable(session))).first() is None:
                return None
        with self._database.session() as session:
            # SQLite, which lets one writer in at a time, leaves the locking out.
            wanted = _next(now, self._health.unusable(session)).with_for_update(skip_locked=True)
            row = session.scalars(wanted).first()
            if row is None or not self._health.admit(session, row.connector):
                return None
            row.lease, row.lease_until = lease, now + timedelta(seconds=seconds)
            return self._task(row, secrets=False)

    def opened(self, task: Task) -> Task:
        """Return a task that was handed out with all that it carries; raise SecretsError, ScimError, NoSuchTask."""
        with self._database.reading() as session:
            row = session.get(OutboxRow, task.id)
        if row is None or row.lease != task.lease:
            raise Postponed("somebody else has it")
        return self._task(row, secrets=True)

    def renew(self, task_id: int, lease: str, *, seconds: float = LEASE_SECONDS) -> None:
        """Keep a task for longer."""
        until = self._means.clock() + timedelta(seconds=seconds)
        with self._database.session() as session:
            session.execute(_held(task_id, lease).values(lease_until=until))

    def delivered(self, session: Session, task: Task) -> bool:
        """Note within a transaction that a task is done; False where the lease was lost."""
        found = session.execute(
            delete(OutboxRow).where(OutboxRow.id == task.id, OutboxRow.lease == task.lease)
        )
        if task.change.action == "sync" and not task.change.operations:
            # It covers whatever could not be delivered before.
            session.execute(
                delete(OutboxRow).where(
                    *_same_resource(task), OutboxRow.id < task.id, OutboxRow.state == "dead"
                )
            )
        return bool(cast("Any", found).rowcount)

    def failed(self, session: Session, task: Task, *, error: str, due: datetime | None) -> bool:
        """Note within a transaction that a task failed: it is due again, or else dead; False if the lease was lost."""
        values: dict[str, Any] = {"attempts": task.attempts + 1, "error": error}
        values |= {"lease": None, "lease_until": None}
        values |= {"due": due} if due else {"state": "dead"}
        found = session.execute(_held(task.id, task.lease or "").values(**values))
        return bool(cast("Any", found).rowcount)

    def postponed(self, session: Session, task: Task, *, due: datetime, reason: str) -> None:
        """Note that a task has to wait for another one, which is no failure."""
        values = {"due": due, "error": reason, "lease": None, "lease_until": None}
        session.execute(_held(task.id, task.lease or "").values(**values))

    def page(self, wanted: TaskFilter = ALL, *, limit: int = 50, after: int = 0) -> list[Task]:
        """Return tasks in their order. ``after`` is the id of the last task of the page before."""
        query = _fitting(select(OutboxRow), wanted).where(OutboxRow.id > after)
        query = query.order_by(OutboxRow.id).limit(max(0, min(limit, MAX_PAGE)))
        with self._database.reading() as session:
            return [self._task(row, secrets=False) for row in session.scalars(query)]

    def get(self, task_id: int) -> Task:
        """Return a task, without its secrets; raise NoSuchTask."""
        with self._database.reading() as session:
            row = session.get(OutboxRow, task_id)
        if row is None:
            raise NoSuchTask(f"there is no task {task_id}")
        return self._task(row, secrets=False)

    def payload(self, task_id: int) -> Mapping[str, Any]:
        """Return what a task carries, without its secrets; raise NoSuchTask."""
        with self._database.reading() as session:
            row = session.get(OutboxRow, task_id)
        if row is None:
            raise NoSuchTask(f"there is no task {task_id}")
        return row.payload or {}

    def counts(self) -> dict[tuple[str, str], int]:
        """Count the tasks by connector and state."""
        query = select(OutboxRow.connector, OutboxRow.state, func.count()).group_by(
            OutboxRow.connector, OutboxRow.state
        )
        with self._database.reading() as session:
            return {(row[0], row[1]): row[2] for row in session.execute(query)}

    def oldest(self) -> dict[str, datetime]:
        """Tell since when each connector has something waiting."""
        query = select(OutboxRow.connector, func.min(OutboxRow.created)).group_by(OutboxRow.connector)
        with self._database.reading() as session:
            return {row[0]: row[1] for row in session.execute(query.where(OutboxRow.state == "ready"))}

    def retry(self, wanted: TaskFilter = ALL, *, task_id: int | None = None) -> int:
        """Let dead tasks be tried again, from the beginning; return how many."""
        change = update(OutboxRow).where(OutboxRow.state == "dead")
        for name in ("connector", "resource_type", "resource_id"):
            value = getattr(wanted, name)
            change = change if value is None else change.where(getattr(OutboxRow, name) == value)
        change = change if task_id is None else change.where(OutboxRow.id == task_id)
        with self._database.session() as session:
            found = session.execute(change.values(state="ready", attempts=0, due=self._means.clock()))
            count: int = cast("Any", found).rowcount
        if task_id is not None and not count:
            raise NoSuchTask(f"there is no dead task {task_id}")
        return count

    def skip(self, task_id: int) -> Task:
        """Give a dead task up; what is behind it goes on. Raise NoSuchTask."""
        task = self.get(task_id)
        with self._database.session() as session:
            found = session.execute(
                delete(OutboxRow).where(OutboxRow.id == task_id, OutboxRow.state == "dead")
            )
            if not cast("Any", found).rowcount:
                raise NoSuchTask(f"the task {task_id} is not dead: it may be on its way this moment")
        return task

    def edit(self, task_id: int, payload: Mapping[str, Any]) -> Task:
        """Put another content into a dead task, which stays dead until it is retried.

        Raises:
            NoSuchTask: if there is none that is dead.
            ScimError: if the content is none for the task's action.
        """
        with self._database.session() as session:
            row = session.get(OutboxRow, task_id, with_for_update=True)
            if row is None or row.state != "dead":
                raise NoSuchTask(f"there is no dead task {task_id}")
            action = cast("Action", row.action)
            whole = carried(action, payload, shown=row.payload or {}, whole=self._whole(row))
            resource_type = self._means.resource_types[row.resource_type]
            change = change_from(action, resource_type, row.resource_id, payload=whole)
            row.payload, secret = payload_of(change)
            row.secrets = None if secret is None else self._means.box.encrypt(secret)
            return self._task(row, secrets=False)

    def _row(self, connector: str, change: Change, cause: Cause, *, due: datetime) -> dict[str, Any]:
        payload, secret = payload_of(change)
        return {
            "key": self._means.random_hex(16),
            "connector": connector,
            "application": cause.application,
            "domain": cause.domain,
            "actor": cause.actor,
            "request_id": cause.request_id,
            "resource_type": change.resource_type,
            "resource_id": change.resource_id,
            "action": change.action,
            "payload": payload,
            "secrets": None if secret is None else self._means.box.encrypt(secret),
            "state": "ready",
            "attempts": 0,
            "created": self._means.clock(),
            "due": due,
            "error": "",
        }

    def _task(self, row: OutboxRow, *, secrets: bool) -> Task:
        action = cast("Action", row.action)
        change = Change(action=action, resource_type=row.resource_type, resource_id=row.resource_id)
        if secrets:
            found = self._means.resource_types[row.resource_type]
            change = change_from(action, found, row.resource_id, payload=self._whole(row))
        return Task(
            id=row.id,
            key=row.key,
            connector=row.connector,
            cause=Cause(
                application=row.application, domain=row.domain, actor=row.actor, request_id=row.request_id
            ),
            change=change,
            attempts=row.attempts,
            created=row.created,
            due=row.due,
            state=cast("State", row.state),
            error=row.error,
            lease=row.lease,
            lease_until=row.lease_until,
        )

    def _whole(self, row: OutboxRow) -> Mapping[str, Any]:
        if row.secrets is None:
            return row.payload or {}
        whole: Mapping[str, Any] = json.loads(self._means.box.decrypt(row.secrets))
        return whole


def _next(now: datetime, unusable: Sequence[str]) -> Select[OutboxRow]:
    earlier = aliased(OutboxRow)
    is_blocked = exists().where(
        earlier.connector == OutboxRow.connector,
        earlier.resource_type == OutboxRow.resource_type,
        earlier.resource_id == OutboxRow.resource_id,
        earlier.id < OutboxRow.id,
        or_(earlier.state != "dead", earlier.action != "sync", OutboxRow.action != "sync"),
    )
    query = select(OutboxRow).where(
        OutboxRow.state == "ready",
        OutboxRow.due <= now,
        or_(OutboxRow.lease_until.is_(None), OutboxRow.lease_until < now),
        ~is_blocked,
    )
    if unusable:
        query = query.where(OutboxRow.connector.not_in(unusable))
    return query.order_by(OutboxRow.id).limit(1)


def _held(task_id: int, lease: str) -> Any:
    return update(OutboxRow).where(and_(OutboxRow.id == task_id, OutboxRow.lease == lease))


def _same_resource(task: Task) -> tuple[Any, ...]:
    return (
        OutboxRow.connector == task.connector,
        OutboxRow.resource_type == task.change.resource_type,
        OutboxRow.resource_id == task.change.resource_id,
    )


def _fitting(query: Select[OutboxRow], wanted: TaskFilter) -> Select[OutboxRow]:
    for name in ("connector", "state", "resource_type", "resource_id"):
        value = getattr(wanted, name)
        query = query if value is None else query.where(getattr(OutboxRow, name) == value)
    return query


def _inserted(transaction: Session | Connection, row: Mapping[str, Any]) -> Kept:
    task_id = transaction.scalar(insert(OutboxRow).values(**row).returning(OutboxRow.id))
    return Kept(cast("int", task_id), row["key"])
