"""Who examines which domain's directory: one process of all at a time.

A claim is a lease, as that of an intent is: whose process has ended is passed on, at once on the same machine, elsewhere
after a while without a sign of life. Nobody gives one back: it lapses. When a domain is due is left to ``Checkups``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from sqlalchemy import bindparam, select, text, update

from app.store.database import Database
from app.store.processes import has_ended, this_process
from app.store.tables import CheckupClaimRow, UtcDateTime

LEASE: Final = timedelta(minutes=1)
"""How long a process on another machine is taken to live after its last sign."""
_FIRST: Final = text(
    "INSERT INTO checkup_claims (domain, holder, alive_until) VALUES (:domain, :holder, :alive_until)"
    " ON CONFLICT (domain) DO NOTHING"
).bindparams(bindparam("alive_until", type_=UtcDateTime()))


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim as it was seen; one that nobody has made yet has no holder and no time."""

    domain: str
    holder: str = ""
    alive_until: datetime | None = None


class CheckupClaims:
    """The claims of all domains. ``holder`` names this process."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        holder: Callable[[], str] = this_process,
    ) -> None:
        self._database = database
        self._clock = clock
        self._holder = holder
        self._lock = Lock()
        self._own: set[str] = set()

    def free(self, domains: Iterable[str]) -> list[Claim]:
        """Return, as they are now, the claims of those that nobody is examining."""
        with self._database.reading() as session:
            made = {row.domain: row for row in session.scalars(select(CheckupClaimRow))}
        seen = (
            Claim(name, made[name].holder, made[name].alive_until) if name in made else Claim(name)
            for name in domains
        )
        return [claim for claim in seen if self._is_free(claim)]

    @contextmanager
    def held(self, seen: Claim) -> Iterator[bool]:
        """Claim a domain while the block lasts; False where it is not any more as it was seen: somebody was faster."""
        is_ours = self._claim(seen)
        if not is_ours:
            yield False
            return
        with self._lock:
            self._own.add(seen.domain)
        try:
            yield True
        finally:
            with self._lock:
                self._own.discard(seen.domain)

    def keep_alive(self) -> None:
        """Give a sign of life for what this process is examining just now."""
        with self._lock:
            names = list(self._own)
        if names:
            is_own = CheckupClaimRow.domain.in_(names), CheckupClaimRow.holder == self._holder()
            alive = update(CheckupClaimRow).where(*is_own)
            self._database.apply(alive, {"alive_until": self._clock() + LEASE})

    def _is_free(self, claim: Claim) -> bool:
        return claim.alive_until is None or claim.alive_until <= self._clock() or has_ended(claim.holder)

    def _claim(self, seen: Claim) -> bool:
        held = {"holder": self._holder(), "alive_until": self._clock() + LEASE}
        if seen.alive_until is None:
            return self._database.apply(_FIRST, {"domain": seen.domain, **held}) == 1
        is_as_seen = (
            CheckupClaimRow.domain == seen.domain,
            CheckupClaimRow.holder == seen.holder,
            CheckupClaimRow.alive_until == seen.alive_until,
        )
        return self._database.apply(update(CheckupClaimRow).where(*is_as_seen), held) == 1
