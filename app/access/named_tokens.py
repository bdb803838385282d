"""Long-lived access tokens for clients that can do nothing but send one: named, shown once, ended one by one.

Such a token stands for its application, like one of client credentials; Entra ID calls it the secret token, Okta the API
token. Whether it is good is asked of ``tokens`` like of all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import and_, select, update

from app.access.scopes import granted
from app.access.tokens import APPLICATION, Grant
from app.store.tables import TokenRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Select

    from app.access.application import Application
    from app.access.tokens import Tokens
    from app.store.database import Database

LONGEST = timedelta(days=10 * 365)
NAME_LENGTH = 100
ID_LENGTH = 12


class NamedTokenError(Exception):
    """What is asked of the named tokens cannot be done."""


class NoSuchToken(NamedTokenError):
    """The application has no token by that id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedToken:
    """What is known of a token. ``id`` names it and opens nothing."""

    id: str
    name: str
    scopes: frozenset[str]
    issued: datetime
    expires: datetime
    last_used: datetime | None
    revoked: datetime | None

    def state(self, now: datetime) -> Literal["active", "expired", "revoked"]:
        """Say how the token is."""
        if self.revoked is not None:
            return "revoked"
        return "active" if now < self.expires else "expired"


class NamedTokens:
    """The named tokens of all applications."""

    def __init__(self, database: Database, tokens: Tokens, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock

    def create(
        self, application: Application, name: str, *, lifetime: timedelta, scopes: str | None = None
    ) -> str:
        """Make a token and return it, this once. It is good for ``scopes``, or for all that the application has.

        Raises:
            NamedTokenError: if the application cannot have one, or the name or lifetime will not do.
        """
        allowed = granted(scopes, application.scopes)
        self._check(application, name, lifetime=lifetime, allowed=allowed)
        grant = Grant(
            client_id=application.client_id or "",
            owner_kind=APPLICATION,
            subject=application.name,
            scopes=allowed,
            access_seconds=int(lifetime.total_seconds()),
            name=name,
        )
        return self._tokens.issue(grant).access_token

    def list(self, application: Application) -> list[NamedToken]:
        """Return an application's tokens, newest first; those that ended are kept for a while."""
        with self._database.reading() as session:
            return [_named(row) for row in session.scalars(_of(application))]

    def get(self, application: Application, token_id: str) -> NamedToken:
        """Return one of an application's tokens; raise NoSuchToken."""
        found = next((token for token in self.list(application) if token.id == token_id), None)
        if found is None:
            raise NoSuchToken(f"{application.name} has no token {token_id}")
        return found

    def revoke(self, application: Application, token_id: str) -> NamedToken:
        """End a token; raise NoSuchToken."""
        found = self.get(application, token_id)
        is_it = and_(TokenRow.digest.startswith(token_id), TokenRow.client_id == application.client_id)
        with self._database.session() as session:
            session.execute(
                update(TokenRow).where(is_it, TokenRow.revoked.is_(None)).values(revoked=self._clock())
            )
        return found

    def _check(
        self, application: Application, name: str, *, lifetime: timedelta, allowed: frozenset[str]
    ) -> None:
        if application.client_id is None:
            raise NamedTokenError(f"{application.name} has no client_id, so no token can be its own")
        if not (0 < len(name) <= NAME_LENGTH and name.isprintable()):
            raise NamedTokenError(f"a token's name has 1 to {NAME_LENGTH} printable characters")
        if not timedelta(0) < lifetime <= LONGEST:
            raise NamedTokenError(f"a token lives for 1 to {LONGEST.days} days")
        if not allowed:
            raise NamedTokenError(f"{application.name} is authorised for none of these scopes")
        if any(
            token.name == name and token.state(self._clock()) == "active" for token in self.list(application)
        ):
            raise NamedTokenError(f"{application.name} has a token {name} already")


def _of(application: Application) -> Select[TokenRow]:
    return (
        select(TokenRow)
        .where(TokenRow.client_id == application.client_id, TokenRow.name.is_not(None))
        .order_by(TokenRow.issued.desc(), TokenRow.name)
    )


def _named(row: TokenRow) -> NamedToken:
    return NamedToken(
        id=row.digest[:ID_LENGTH],
        name=row.name or "",
        scopes=frozenset(row.scopes.split()),
        issued=row.issued,
        expires=row.expires,
        last_used=row.last_used,
        revoked=row.revoked,
    )
