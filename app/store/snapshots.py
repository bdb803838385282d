"""Which resources a list had when it was begun, so that its pages fit together: their ids, in order.

Where no more is known of a list than its beginning and its length, the rest is added when somebody reads on.

Short-lived: a snapshot is forgotten some time after its last use, or sooner where there is no more room. All processes
share them. What a list is, and who may read it, is up to the caller, who puts both into the key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import LargeBinary, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.store.database import Database
from app.store.purge import Expiry
from app.store.tables import SnapshotIdsRow, SnapshotRow

KEEP_SECONDS = 120
ID_BYTES = 16
_FAR = 2**26
"""So many ids no list has, and no number in SQL need be larger."""
_READERS = 64
"""How many readers of one snapshot are known to be on their way."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept. ``per_key`` is for clients that begin a list again and again and never read on."""

    seconds: int = KEEP_SECONDS
    per_key: int = 16
    number: int = 1000
    bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Some ids of a snapshot, and how many its list has in all."""

    snapshot: str
    total: int
    ids: Sequence[bytes]
    is_short: bool = False
    """Whether ids are missing that belong to it, and are not known yet."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest snapshot of a list, with its first ids, and the state of the directory that it was begun in."""

    part: Part
    state: str | None
    positions: str
    expires: datetime


DEFAULT_LIMITS = Limits()
EXPIRED_SNAPSHOTS = Expiry(SnapshotRow, lambda now: SnapshotRow.expires <= now)
_IDS = func.substr(SnapshotIdsRow.ids, bindparam("first"), bindparam("size"), type_=LargeBinary())
_KEPT = (
    select(
        SnapshotRow.id,
        SnapshotRow.total,
        SnapshotRow.held,
        SnapshotRow.state,
        SnapshotRow.positions,
        SnapshotRow.expires,
        _IDS.label("ids"),
    )
    .join_from(SnapshotRow, SnapshotIdsRow)
    .where(SnapshotRow.key == bindparam("key"), SnapshotRow.expires > bindparam("now"))
    .order_by(SnapshotRow.number.desc())
    .limit(1)
)
_NEWEST = _KEPT.where(SnapshotRow.begun > bindparam("oldest"))
_NAMED = _KEPT.where(SnapshotRow.id == bindparam("snapshot")).with_for_update(of=SnapshotRow)
_EXPECTING = (
    _KEPT.order_by(None)
    .order_by(SnapshotRow.positions.contains(bindparam("position")).desc(), SnapshotRow.number.desc())
    .with_for_update(of=SnapshotRow)
)
_BEGUN = (
    select(SnapshotRow.total, SnapshotRow.held, SnapshotIdsRow.ids)
    .join_from(SnapshotRow, SnapshotIdsRow)
    .where(SnapshotRow.id == bindparam("snapshot"))
    .with_for_update(of=SnapshotRow)
)
_COMPLETE = (
    update(SnapshotRow)
    .where(SnapshotRow.id == bindparam("snapshot"))
    .values(total=bindparam("whole"), held=bindparam("whole"))
)
_COMPLETE_IDS = (
    update(SnapshotIdsRow).where(SnapshotIdsRow.snapshot == bindparam("name")).values(ids=bindparam("joined"))
)
_POSITIONS = select(SnapshotRow.positions).where(SnapshotRow.id == bindparam("snapshot")).with_for_update()
_MOVE = (
    update(SnapshotRow)
    .where(SnapshotRow.id == bindparam("snapshot"))
    .values(positions=bindparam("moved"), expires=bindparam("until"))
)


class Snapshots:
    """All snapshots. ``random_hex`` names them."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        random_hex: Callable[[int], str],
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._random_hex = random_hex
        self._limits = limits

    def keep(
        self,
        key: str,
        ids: Sequence[bytes],
        *,
        position: int,
        state: str | None = None,
        total: int | None = None,
    ) -> str:
        """Keep the ids of a list and return the snapshot's name. ``position`` is where reading will go on.

        ``state`` is what was told of the directory before they were read, if anything was. Where a ``total`` is given,
        the list has that many, and begins with these.
        """
        name = self._random_hex(ID_BYTES)
        # Not the time: the clocks of several nodes need not agree on what is newest.
        number = select(func.coalesce(func.max(SnapshotRow.number), 0) + 1).scalar_subquery()
        with self._database.session() as session:
            self._make_room(session, key, len(ids))
            whole = len(ids) if total is None else total
            values = {"id": name, "key": key, "total": whole, "held": len(ids), "number": number}
            told = {"state": state, "begun": self._clock(), "expires": self._expiry()}
            session.execute(insert(SnapshotRow).values(**values, **told, positions=f" {position} "))
            session.execute(insert(SnapshotIdsRow).values(snapshot=name, ids=b"".join(ids)))
        return name

    def read(self, key: str, *, start: int, count: int, name: str | None = None) -> Part | None:
        """Return at most ``count`` ids from ``start``, which counts from 0; None where nothing is kept.

        Of several snapshots the one that is named is read, or else the one whose reader has come to ``start``, so that
        clients who walk through the same list at the same time each stay with their own; or else the newest. Who has read a
        part that is short is expected to read it again.
        """
        asked = {"key": key, "now": self._clock(), **_part(start, count)}
        which, chosen = (
            (_EXPECTING, {"position": f" {start} "}) if name is None else (_NAMED, {"snapshot": name})
        )
        with self._database.writing() as connection:
            row = connection.execute(which, {**asked, **chosen}).one_or_none()
            if row is None:
                return None
            is_short = _is_short(row.held, row.total, start, count)
            if not is_short:
                moved = {"moved": _moved(row.positions, start, start + count), "until": self._expiry()}
                connection.execute(_MOVE, {"snapshot": row.id, **moved})
        return Part(row.id, row.total, _split(row.ids), is_short=is_short)

    def complete(self, name: str, ids: Iterable[bytes]) -> bool:
        """Have a snapshot go on with those ``ids`` that it does not begin with; tell whether it is still there."""
        with self._database.session() as session:
            row = session.execute(_BEGUN, {"snapshot": name}).one_or_none()
            if row is None:
                return False
            if row.held < row.total:
                begun = _split(row.ids)
                known = set(begun)
                whole = [*begun, *(each for each in ids if each not in known)]
                session.execute(_COMPLETE, {"snapshot": name, "whole": len(whole)})
                session.execute(_COMPLETE_IDS, {"name": name, "joined": b"".join(whole)})
        return True

    def newest(self, key: str, *, count: int) -> Newest | None:
        """Return the newest snapshot of a list with its first ids, if it is not too old to begin the list again."""
        now = self._clock()
        # A filter may hold what is so by the time of day.
        oldest = now - timedelta(seconds=self._limits.seconds)
        asked = {"key": key, "now": now, "oldest": oldest, **_part(0, count)}
        with self._database.looking() as connection:
            row = connection.execute(_NEWEST, asked).one_or_none()
        if row is None:
            return None
        part = Part(row.id, row.total, _split(row.ids), is_short=_is_short(row.held, row.total, 0, count))
        return Newest(part, row.state, row.positions, row.expires)

    def begin_again(self, newest: Newest, *, count: int) -> bool:
        """Have one more reader go on behind the first ids; tell whether the snapshot is still there."""
        positions, now = _joined(newest.positions, count), self._clock()
        is_kept = newest.expires - now > timedelta(seconds=self._limits.seconds / 2)
        if is_kept and positions == newest.positions:
            return True
        with self._database.writing() as connection:
            known = connection.scalar(_POSITIONS, {"snapshot": newest.part.snapshot})
            if known is None:
                return False
            moved = {"moved": _joined(known, count), "until": self._expiry()}
            connection.execute(_MOVE, {"snapshot": newest.part.snapshot, **moved})
        return True

    def _expiry(self) -> datetime:
        return self._clock() + timedelta(seconds=self._limits.seconds)

    def _make_room(self, session: Session, key: str, size: int) -> None:
        """Forget what is too old, and what was not used for the longest time where there is too much."""
        columns = SnapshotRow.id, SnapshotRow.key, SnapshotRow.held, SnapshotRow.expires
        kept = session.execute(select(*columns).order_by(SnapshotRow.expires.desc())).all()
        surplus = select(SnapshotRow.id).where(SnapshotRow.id.in_(self._surplus(kept, key, size)))
        # What somebody is reading just now can go next time.
        free = session.scalars(surplus.with_for_update(skip_locked=True)).all()
        session.execute(delete(SnapshotRow).where(SnapshotRow.id.in_(free)))

    def _surplus(self, kept: Sequence[Row[str, str, int, datetime]], key: str, size: int) -> list[str]:
        """Name what cannot stay beside a new snapshot of ``size`` ids."""
        return [
            row.id
            for row, (number, same, ids) in zip(kept, _running(kept, key, size), strict=True)
            if row.expires <= self._clock()
            or number > self._limits.number
            or (row.key == key and same > self._limits.per_key)
            or ids * ID_BYTES > self._limits.bytes
        ]


def _moved(positions: str, start: int, following: int) -> str:
    """Have the reader who was expected at ``start`` be expected where he will go on."""
    return _joined(positions.replace(f" {start} ", " ", 1), following)


def _joined(positions: str, position: int) -> str:
    """Expect one reader more; who has not come for long is no longer expected."""
    return f" {' '.join([*positions.split(), str(position)][-_READERS:])} "


def _running(
    kept: Sequence[Row[str, str, int, datetime]], key: str, size: int
) -> Iterator[tuple[int, int, int]]:
    """Count, up to each row, all snapshots, those of the key, and ids; the new snapshot comes before all."""
    number, same, ids = 1, 1, size
    for row in kept:
        number, same, ids = number + 1, same + (row.key == key), ids + row.held
        yield number, same, ids


def _part(start: int, count: int) -> dict[str, int]:
    """Say where in the bytes of all ids some of them are, as SQL counts."""
    return {
        "first": min(start, _FAR) * ID_BYTES + 1,
        "size": min(max(0, count), _FAR) * ID_BYTES,
    }


def _is_short(held: int, total: int, start: int, count: int) -> bool:
    return held < min(start + count, total)


def _split(ids: bytes) -> list[bytes]:
    return [ids[index : index + ID_BYTES] for index in range(0, len(ids), ID_BYTES)]
