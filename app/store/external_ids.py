"""The clients' own names for resources (``externalId``), for directories that have no attribute for them.

RFC 7643 §3.1: an externalId is the client's, so each application has its own for the same resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, delete, insert, select

from app.store.database import Database
from app.store.memory import Memory
from app.store.tables import ExternalIdRow

BATCH = 500


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the externalIds of one application for one kind of resource are."""

    application: str
    domain: str
    resource_type: str


class ExternalIds:
    """externalIds by the ids of the resources that they name. They are compared exactly (RFC 7643 §3.1)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._empty: Memory[bool] = Memory(database.state, ExternalIdRow.__tablename__)
        self._used: set[Shelf] = set()

    def get(self, shelf: Shelf, resource_ids: Iterable[str]) -> dict[str, str]:
        """Return the externalIds of those resources that have one."""
        found: dict[str, str] = {}
        if self._is_empty(shelf):
            return found
        remaining = iter(resource_ids)
        with self._database.looking() as connection:
            while batch := list(islice(remaining, BATCH)):
                rows = connection.execute(
                    select(ExternalIdRow.resource_id, ExternalIdRow.external_id).where(
                        *_on(shelf), ExternalIdRow.resource_id.in_(batch)
                    )
                )
                found.update((row.resource_id, row.external_id) for row in rows)
        return found

    def find(self, shelf: Shelf, external_id: str) -> list[str]:
        """Return the ids of the resources of that externalId; mostly one or none."""
        query = select(ExternalIdRow.resource_id).where(*_on(shelf), ExternalIdRow.external_id == external_id)
        with self._database.looking() as connection:
            return list(connection.scalars(query))

    def all(self, shelf: Shelf) -> Iterator[tuple[str, str]]:
        """Yield every id with its externalId."""
        query = select(ExternalIdRow.resource_id, ExternalIdRow.external_id).where(*_on(shelf))
        with self._database.reading() as session:
            for row in session.execute(query.execution_options(yield_per=BATCH)):
                yield row.resource_id, row.external_id

    def put(self, shelf: Shelf, resource_id: str, external_id: str | None) -> bool:
        """Set a resource's externalId, or remove it where it is None; tell whether it was another one before."""
        return bool(self.put_all(shelf, {resource_id: external_id}))

    def put_all(self, shelf: Shelf, external_ids: Mapping[str, str | None]) -> set[str]:
        """Set the externalIds of resources, by their ids, all or none; what is None is removed. Return whose changed."""
        place = {
            "application": shelf.application,
            "domain": shelf.domain,
            "resource_type": shelf.resource_type,
        }
        changed: set[str] = set()
        with self._database.writing() as connection:
            for resource_id, external_id in external_ids.items():
                named = {**place, "resource_id": resource_id}
                taken = delete(ExternalIdRow).filter_by(**named).returning(ExternalIdRow.external_id)
                if connection.scalar(taken) != external_id:
                    changed.add(resource_id)
                if external_id is not None:
                    connection.execute(insert(ExternalIdRow).values(**named, external_id=external_id))
        return changed

    def forget(self, domain: str, resource_type: str, resource_id: str) -> None:
        """Remove what every application called a resource that is gone."""
        with self._database.session() as session:
            session.execute(
                delete(ExternalIdRow).where(
                    ExternalIdRow.domain == domain,
                    ExternalIdRow.resource_type == resource_type,
                    ExternalIdRow.resource_id == resource_id,
                )
            )

    def _is_empty(self, shelf: Shelf) -> bool:
        """Tell whether nothing is on a shelf: many applications send no externalIds at all.

        One that has been used before is not asked again.
        """
        if shelf in self._used:
            return False
        is_empty = self._empty.get(shelf, lambda: self._has_none(shelf))
        if not is_empty:
            self._used.add(shelf)
        return is_empty

    def _has_none(self, shelf: Shelf) -> bool:
        with self._database.looking() as connection:
            return connection.scalar(select(ExternalIdRow.resource_id).where(*_on(shelf)).limit(1)) is None


def _on(shelf: Shelf) -> tuple[ColumnElement[bool], ...]:
    return (
        ExternalIdRow.application == shelf.application,
        ExternalIdRow.domain == shelf.domain,
        ExternalIdRow.resource_type == shelf.resource_type,
    )
