"""Links: which id a resource of ours has in another system, and the other way round.

Ours never change. What another system calls a resource may, when it was made there anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.store.database import Database
from app.store.outbound_tables import LinkRow

BATCH = 500


@dataclass(frozen=True, slots=True)
class Link:
    """A resource of ours, and what a system calls it."""

    connector: str
    resource_type: str
    resource_id: str
    remote_id: str


class Links:
    """The links of all connectors. ``new_id`` makes ids for resources that are seen for the first time."""

    def __init__(self, database: Database, *, new_id: Callable[[], str]) -> None:
        self._database = database
        self.new_id = new_id

    def remote_ids(self, connector: str, resource_ids: Iterable[str]) -> dict[str, str]:
        """Return what a system calls those of our resources that it is known to have."""
        found: dict[str, str] = {}
        with self._database.reading() as session:
            for batch in _batches(resource_ids):
                rows = session.scalars(
                    select(LinkRow).where(LinkRow.connector == connector, LinkRow.resource_id.in_(batch))
                )
                found.update((row.resource_id, row.remote_id) for row in rows)
        return found

    def resource_ids(self, connector: str, resource_type: str, remote_ids: Iterable[str]) -> dict[str, str]:
        """Return our ids of what a system shows; what is seen for the first time gets one."""
        wanted = list(dict.fromkeys(remote_ids))
        with self._database.reading() as session:
            known = _known(session, connector, resource_type, wanted)
        missing = [each for each in wanted if each not in known]
        if not missing:
            return known
        try:
            return known | self._new(connector, resource_type, missing)
        except IntegrityError:
            # Another process has just seen the same for the first time.
            return known | self._new(connector, resource_type, missing)

    def known_resource_ids(
        self, connector: str, resource_type: str, remote_ids: Iterable[str]
    ) -> dict[str, str]:
        """Return our ids of what is linked, and none for anything else."""
        with self._database.reading() as session:
            return _known(session, connector, resource_type, remote_ids)

    def of(self, resource_type: str, resource_id: str) -> Mapping[str, str]:
        """Return what each system calls a resource, by connector."""
        query = select(LinkRow).where(
            LinkRow.resource_id == resource_id, LinkRow.resource_type == resource_type
        )
        with self._database.reading() as session:
            return {row.connector: row.remote_id for row in session.scalars(query)}

    def put(self, link: Link) -> None:
        """Link a resource. Whatever else was linked to the same remote id no longer is."""
        with self._database.session() as session:
            put_link(session, link)

    def forget(self, connector: str, resource_type: str, resource_id: str) -> None:
        """Forget that a system has a resource."""
        with self._database.session() as session:
            row = session.get(LinkRow, (connector, resource_type, resource_id))
            if row is not None:
                session.delete(row)

    def all(self, connector: str, resource_type: str) -> Iterator[Link]:
        """Yield the links of a connector."""
        query = select(LinkRow).where(LinkRow.connector == connector, LinkRow.resource_type == resource_type)
        with self._database.reading() as session:
            for row in session.scalars(query.execution_options(yield_per=BATCH)):
                yield Link(row.connector, row.resource_type, row.resource_id, row.remote_id)

    def _new(self, connector: str, resource_type: str, remote_ids: list[str]) -> dict[str, str]:
        with self._database.session() as session:
            known = _known(session, connector, resource_type, remote_ids)
            made = {each: self.new_id() for each in remote_ids if each not in known}
            for remote_id, resource_id in made.items():
                session.add(
                    LinkRow(
                        connector=connector,
                        resource_type=resource_type,
                        resource_id=resource_id,
                        remote_id=remote_id,
                    )
                )
        return known | made


def put_link(session: Session, link: Link) -> None:
    """Link a resource within a transaction."""
    session.execute(
        delete(LinkRow).where(
            LinkRow.connector == link.connector,
            LinkRow.resource_type == link.resource_type,
            LinkRow.remote_id == link.remote_id,
            LinkRow.resource_id != link.resource_id,
        )
    )
    session.merge(
        LinkRow(
            connector=link.connector,
            resource_type=link.resource_type,
            resource_id=link.resource_id,
            remote_id=link.remote_id,
        )
    )


def _known(session: Session, connector: str, resource_type: str, remote_ids: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for batch in _batches(remote_ids):
        rows = session.scalars(
            select(LinkRow).where(
                LinkRow.connector == connector,
                LinkRow.resource_type == resource_type,
                LinkRow.remote_id.in_(batch),
            )
        )
        found.update((row.remote_id, row.resource_id) for row in rows)
    return found


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH)):
        yield batch
