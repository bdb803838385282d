"""Names of what works once: each is remembered, by its digest, until it would have ended anyway."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from app.store.purge import Expiry
from app.store.tables import UsedAssertionRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from app.store.database import Database

EXPIRED_USES = Expiry(UsedAssertionRow, lambda now: UsedAssertionRow.expires <= now)


class SingleUse:
    """What was used, for all processes together."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def use(self, name: str, until: datetime) -> bool:
        """Use something up that ends at ``until``; say whether this was the first time."""
        digest = sha256(name.encode(errors="backslashreplace")).hexdigest()
        try:
            with self._database.session() as session:
                session.execute(delete(UsedAssertionRow).where(UsedAssertionRow.expires <= self._clock()))
                session.add(UsedAssertionRow(digest=digest, expires=until))
        except IntegrityError:  # it was used before
            return False
        return True
