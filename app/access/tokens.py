"""Opaque access and refresh tokens, kept as digests.

Tokens that come from one grant share a family; a refresh token works once, and one that comes again ends its family.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from sqlalchemy import and_, bindparam, delete, or_, select, update

from app.store.memory import Memory
from app.store.purge import Expiry
from app.store.tables import TokenRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row

    from app.store.database import Database

TokenType: TypeAlias = Literal["access", "refresh"]
APPLICATION = "application"
KEEP_NAMED = timedelta(days=30)
NOTE_USE_EVERY = timedelta(minutes=10)
_FIND = select(TokenRow.__table__).where(TokenRow.digest == bindparam("digest"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a client is given: for whom, for what and for how long."""

    client_id: str
    owner_kind: str
    subject: str
    scopes: frozenset[str]
    access_seconds: int
    refresh_seconds: int | None = None
    refresh_scopes: frozenset[str] | None = None
    """What the refresh token is for, where that is more than the access token is for."""
    family: str | None = None
    name: str | None = None
    """What people call it, where it is one of ``named_tokens``."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The tokens of a grant, in clear this once."""

    access_token: str
    refresh_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token."""

    type: TokenType
    family: str
    client_id: str
    owner_kind: str
    subject: str
    scopes: frozenset[str]
    issued: datetime
    expires: datetime
    revoked: datetime | None
    name: str | None = None
    last_used: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        """Say whether the token is good."""
        return self.revoked is None and now < self.expires


class Tokens:
    """All tokens. ``random_text`` makes them."""

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime], random_text: Callable[[], str]
    ) -> None:
        self._database = database
        self._clock = clock
        self._random_text = random_text
        self._known: Memory[Token | None] = Memory(database.state, TokenRow.__tablename__)

    def issue(self, grant: Grant) -> Issued:
        """Make an access token, and a refresh token where the grant says for how long. Forget the expired ones."""
        issued = Issued(self._random_text(), self._random_text() if grant.refresh_seconds else None)
        family = grant.family or _digest(issued.access_token)
        with self._database.session() as session:
            session.execute(delete(TokenRow).where(_is_over(self._clock())))
            session.add(self._row(issued.access_token, "access", grant, family=family))
            if issued.refresh_token:
                session.add(self._row(issued.refresh_token, "refresh", grant, family=family))
        return issued

    def verify(self, token: str, kind: TokenType = "access") -> Token | None:
        """Return what an active token of that type stands for."""
        found = self.find(token)
        if found is None or found.type != kind or not found.is_active(self._clock()):
            return None
        self._note_use(token, found)
        return found

    def find(self, token: str) -> Token | None:
        """Return what is known of a token, active or not."""
        digest = _digest(token)
        return self._known.get(digest, lambda: self._read(digest))

    def _read(self, digest: str) -> Token | None:
        with self._database.looking() as connection:
            row = connection.execute(_FIND, {"digest": digest}).one_or_none()
        return _token(row) if row else None

    def consume(self, token: str) -> bool:
        """Use a refresh token up; of several callers one succeeds. A second use ends the family."""
        used = self._revoke(TokenRow.digest == _digest(token)) == 1
        if not used and (found := self.find(token)):
            self.revoke_family(found.family)
        return used

    def revoke(self, token: str) -> None:
        """End a token; with a refresh token all that came from the same grant."""
        found = self.find(token)
        if found and found.type == "refresh":
            self.revoke_family(found.family)
        elif found:
            self._revoke(TokenRow.digest == _digest(token))

    def revoke_family(self, family: str) -> None:
        """End all tokens of a grant."""
        self._revoke(TokenRow.family == family)

    def revoke_client(self, client_id: str) -> None:
        """End all tokens of a client."""
        self._revoke(TokenRow.client_id == client_id)

    def _note_use(self, token: str, found: Token) -> None:
        """Note when a token with a name was used, now and then: not every request shall write."""
        now = self._clock()
        is_noted = found.last_used is not None and now - found.last_used < NOTE_USE_EVERY
        if found.name is None or is_noted:
            return
        with self._database.session() as session:
            session.execute(update(TokenRow).where(TokenRow.digest == _digest(token)).values(last_used=now))

    def _revoke(self, which: ColumnElement[bool]) -> int:
        change = update(TokenRow).where(which, TokenRow.revoked.is_(None)).values(revoked=self._clock())
        with self._database.session() as session:
            return len(session.execute(change.returning(TokenRow.digest)).all())

    def _row(self, token: str, kind: TokenType, grant: Grant, *, family: str) -> TokenRow:
        is_access, now = kind == "access", self._clock()
        seconds = grant.access_seconds if is_access else grant.refresh_seconds or 0
        scopes = grant.scopes if is_access or grant.refresh_scopes is None else grant.refresh_scopes
        return TokenRow(
            digest=_digest(token),
            type=kind,
            family=family,
            client_id=grant.client_id,
            owner_kind=grant.owner_kind,
            subject=grant.subject,
            scopes=" ".join(sorted(scopes)),
            issued=now,
            expires=now + timedelta(seconds=seconds),
            revoked=None,
            name=grant.name,
            last_used=None,
        )


def _is_over(now: datetime) -> ColumnElement[bool]:
    """Match what has expired; those with names are shown for a while, so that people see why it ended."""
    return or_(and_(TokenRow.name.is_(None), TokenRow.expires <= now), TokenRow.expires <= now - KEEP_NAMED)


EXPIRED_TOKENS = Expiry(TokenRow, _is_over)


def _digest(token: str) -> str:
    """Tokens are long and random, so a plain digest of one tells nothing."""
    return sha256(token.encode()).hexdigest()


def _token(row: Row[Any]) -> Token:
    return Token(
        type=cast("TokenType", row.type),
        family=row.family,
        client_id=row.client_id,
        owner_kind=row.owner_kind,
        subject=row.subject,
        scopes=frozenset(row.scopes.split()),
        issued=row.issued,
        expires=row.expires,
        revoked=row.revoked,
        name=row.name,
        last_used=row.last_used,
    )
