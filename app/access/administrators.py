"""The people and programs that administer Landbridge, with their roles.

They sign in to the console, use the command, call SCIM with Basic authentication and own tokens of the password grant.
Users of the directories are none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from app.access.passwords import MAX_LENGTH, RecentPasswords, hash_password, is_usable
from app.access.scopes import ALL_SCOPES, READ_SCOPES
from app.store.memory import Memory
from app.store.tables import AdministratorRow, TokenRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.store.database import Database

NAME_LENGTH = 255
OWNER_KINDS = ("administrator", "console")
"""What tokens say of their owner that were given for an administrator's password: SCIM's, and sessions."""

_FIND = select(AdministratorRow.name, AdministratorRow.role, AdministratorRow.enabled).where(
    AdministratorRow.name == bindparam("name")
)


class Role(StrEnum):
    """What an administrator may do: look, work with users and groups, or change the configuration too."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


_RANK = {role: rank for rank, role in enumerate(Role)}
ROLE_SCOPES = {Role.VIEWER: READ_SCOPES, Role.OPERATOR: ALL_SCOPES, Role.ADMINISTRATOR: ALL_SCOPES}


class AdministratorError(Exception):
    """What is asked of the administrators cannot be done."""


class NoSuchAdministrator(AdministratorError):
    """There is no administrator by that name."""


class AdministratorExists(AdministratorError):
    """The name is taken."""


class LastAdministrator(AdministratorError):
    """Nobody would be left to administer."""


class UnusableCredentials(AdministratorError):
    """A name or password is empty, too long, or cannot be sent in Basic authentication."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """One administrator."""

    name: str
    role: Role
    enabled: bool = True
    provider: str = ""
    """Who vouches for it, where that is not us: it has no password here, and is in no list."""

    def has(self, role: Role) -> bool:
        """Say whether the administrator has a role, or a higher one."""
        return _RANK[self.role] >= _RANK[role]

    @property
    def scopes(self) -> frozenset[str]:
        """Return the scopes that the role may have."""
        return ROLE_SCOPES[self.role]


class Administrators:
    """All administrators. ``random_text`` makes passwords, ``cache_key`` is this process's own."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        random_text: Callable[[], str],
        cache_key: bytes,
    ) -> None:
        self._database = database
        self._clock = clock
        self._random_text = random_text
        self._recent = RecentPasswords(cache_key, clock=clock)
        self._known: Memory[Administrator | None] = Memory(database.state, AdministratorRow.__tablename__)

    def bootstrap(self, name: str, password: str | None = None) -> str | None:
        """Make the first administrator where there is none; return its password, this once. Else return None."""
        wanted = password or self._random_text()
        try:
            with self._database.session() as session:
                if session.scalar(select(func.count()).select_from(AdministratorRow)):
                    return None
                self._add(session, name, wanted, role=Role.ADMINISTRATOR)
        except IntegrityError:  # another process was faster
            return None
        return wanted

    def authenticate(self, name: str, password: str) -> Administrator | None:
        """Return who that is. Unknown names take as long as wrong passwords."""
        with self._database.reading() as session:
            row = session.get(AdministratorRow, name) if _is_name(name) else None
        is_known = self._recent.verify(password, row.password_hash if row else None)
        return _administrator(row) if row and is_known and row.enabled else None

    def get(self, name: str) -> Administrator | None:
        """Return an administrator by name, if there is one."""
        return self._known.get(name, lambda: self._read(name))

    def _read(self, name: str) -> Administrator | None:
        with self._database.looking() as connection:
            row = connection.execute(_FIND, {"name": name}).one_or_none()
        return Administrator(row.name, Role(row.role), row.enabled) if row else None

    def list(self) -> list[Administrator]:
        """Return all administrators, by name."""
        with self._database.reading() as session:
            rows = session.scalars(select(AdministratorRow).order_by(AdministratorRow.name))
            return [_administrator(row) for row in rows]

    def add(self, name: str, password: str, role: Role) -> Administrator:
        """Make another administrator; raise AdministratorExists."""
        with self._database.session() as session:
            if session.get(AdministratorRow, name) is not None:
                raise AdministratorExists(f"there is an administrator {name} already")
            return _administrator(self._add(session, name, password, role=role))

    def set_password(self, name: str, password: str) -> None:
        """Give an administrator another password. What the old one opened ends: sessions and tokens."""
        _check(name, password)
        with self._database.session() as session:
            _row(session, name).password_hash = hash_password(password)
            self._end_tokens(session, name)

    def set_role(self, name: str, role: Role) -> None:
        """Give an administrator another role; raise LastAdministrator."""
        with self._database.session() as session:
            _row(session, name).role = role
            _keep_one(session)

    def set_enabled(self, name: str, *, enabled: bool) -> None:
        """Let an administrator in or keep it out; raise LastAdministrator."""
        with self._database.session() as session:
            _row(session, name).enabled = enabled
            _keep_one(session)

    def remove(self, name: str) -> None:
        """Remove an administrator; raise LastAdministrator."""
        with self._database.session() as session:
            session.delete(_row(session, name))
            self._end_tokens(session, name)
            _keep_one(session)

    def _end_tokens(self, session: Session, name: str) -> None:
        is_its = and_(TokenRow.subject == name, TokenRow.owner_kind.in_(OWNER_KINDS))
        session.execute(
            update(TokenRow).where(is_its, TokenRow.revoked.is_(None)).values(revoked=self._clock())
        )

    def _add(self, session: Session, name: str, password: str, *, role: Role) -> AdministratorRow:
        _check(name, password)
        row = AdministratorRow(
            name=name, password_hash=hash_password(password), role=role, enabled=True, created=self._clock()
        )
        session.add(row)
        return row


def _check(name: str, password: str) -> None:
    if not _is_name(name):
        raise UnusableCredentials("a name has 1 to 255 printable characters and no colon")
    if not is_usable(password):
        raise UnusableCredentials(f"a password has 1 to {MAX_LENGTH} printable characters")


def _is_name(text: str) -> bool:
    """Say whether a text can be a name: in RFC 7617 §2 a colon ends it."""
    return 0 < len(text) <= NAME_LENGTH and ":" not in text and text.isprintable()


def _row(session: Session, name: str) -> AdministratorRow:
    row = session.get(AdministratorRow, name)
    if row is None:
        raise NoSuchAdministrator(f"there is no administrator {name}")
    return row


def _keep_one(session: Session) -> None:
    """See to it that somebody can still administer; the error undoes the change."""
    session.flush()
    left = select(AdministratorRow).where(
        AdministratorRow.role == Role.ADMINISTRATOR, AdministratorRow.enabled
    )
    if session.scalars(left.limit(1)).first() is None:
        raise LastAdministrator("this is the last administrator")


def _administrator(row: AdministratorRow) -> Administrator:
    return Administrator(row.name, Role(row.role), row.enabled)
