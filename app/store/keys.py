"""The key that all who share a store have in common: whether ours is the one, and changing it.

A process with another key reads no secret of the others, and they none of its own. That would be found out request by
request, at one process and not at the next.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.store.import_tables import ImportPartRow
from app.store.outbound_tables import OutboxRow
from app.store.secrets import SecretBox, SecretsError, UnreadableSecret
from app.store.tables import Base, SecretRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Table

    from app.store.database import Database

NAME: Final = "landbridge/key"
"""Of a secret that is there to be read by whoever starts."""
_CONTENT: Final = "all who share this store have this key"
_ANOTHER: Final = (
    "secret_key: what the store keeps was encrypted with another key. All who share a store need the same one: the first one's,"
    " which is in secret.key in its data_dir unless it was set. Where that is lost: landbridge store rekey --forget-unreadable"
)
_ENCRYPTED: Final[Sequence[tuple[type[Base], str]]] = (
    (SecretRow, "ciphertext"),
    (OutboxRow, "secrets"),
    (ImportPartRow, "content"),
)


class OtherKey(SecretsError):
    """What is kept was encrypted with a key that is none of ours."""


@dataclass(slots=True)
class Rekeyed:
    """How many ciphertexts are the first key's now, and the names of those that no key reads."""

    encrypted: int = 0
    unreadable: list[str] = field(default_factory=list)


class Keys:
    """What is encrypted in a store, and the keys in ``box`` that it can be read with here."""

    def __init__(self, database: Database, box: SecretBox, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._box = box
        self._clock = clock

    def agree(self) -> None:
        """See that what others have encrypted can be read here; the first one leaves something to be read.

        Raises:
            OtherKey: if it cannot.
        """
        with self._database.reading() as session:
            left = session.get(SecretRow, NAME)
            # Where nothing was left yet, secrets may be there all the same: they are older.
            kept = session.scalars(select(SecretRow)).all() if left is None else [left]
        self._see(kept)
        if left is None:
            row = SecretRow(name=NAME, ciphertext=self._box.encrypt(_CONTENT), time=self._clock())
            # Somebody else may have been first meanwhile.
            with suppress(IntegrityError), self._database.session() as session:
                session.add(row)
            with self._database.reading() as session:
                self._see([session.get_one(SecretRow, NAME)])

    def rekey(self, *, forgets: bool = False) -> Rekeyed:
        """Encrypt all with the first of our keys; secrets that none of them reads stay as they are, or are forgotten."""
        done = Rekeyed()
        for kind, column in _ENCRYPTED:
            for key in self._rows(kind, column):
                with self._database.session() as session:
                    row = session.get(kind, key, with_for_update=True)
                    ciphertext = row and getattr(row, column)
                    if not ciphertext:
                        # It has gone meanwhile.
                        continue
                    try:
                        setattr(row, column, self._box.rotate(ciphertext))
                        done.encrypted += 1
                    except UnreadableSecret:
                        done.unreadable.append(_named(kind, key))
                        if forgets and kind is SecretRow:
                            session.delete(row)
        return done

    def _see(self, rows: Iterable[SecretRow]) -> None:
        try:
            for row in rows:
                self._box.decrypt(row.ciphertext)
        except UnreadableSecret as error:
            raise OtherKey(_ANOTHER) from error

    def _rows(self, kind: type[Base], column: str) -> Sequence[tuple[Any, ...]]:
        table = cast("Table", kind.__table__)
        key = tuple(table.primary_key.columns)
        with self._database.reading() as session:
            rows = session.execute(select(*key).where(table.c[column].is_not(None)).order_by(*key))
            return [tuple(row) for row in rows]


def _named(kind: type[Base], key: tuple[Any, ...]) -> str:
    """Name what cannot be read: a secret by its name, anything else by its table."""
    parts = key if kind is SecretRow else (kind.__tablename__, *key)
    return "/".join(map(str, parts))
