"""Resource owners: whoever a token of the password grant stands for.

Administrators are asked first, then the users of the application's directory, who may look after themselves, and what
the application's document allows the groups that they are in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.access.scopes import LOGIN
from app.access.user_roles import scopes_in

if TYPE_CHECKING:
    from app.access.administrators import Administrator, Administrators
    from app.access.application import Application

ADMINISTRATOR = "administrator"
USER = "user"
USER_SCOPES = frozenset({LOGIN})


class DirectoryUsers(Protocol):
    """The users of the user store domains."""

    def authenticate(self, domain: str, name: str, password: str) -> str | None:
        """Return the userName of whom name and password belong to."""
        ...

    def is_user(self, domain: str, name: str) -> bool:
        """Tell whether a domain has a user of that name who may sign in."""
        ...

    def groups_of(self, domain: str, name: str) -> frozenset[str]:
        """Return the ids of the groups that a user of that name is in."""
        ...


@dataclass(frozen=True, slots=True)
class Owner:
    """A resource owner with the scopes that it may pass on."""

    kind: str
    name: str
    scopes: frozenset[str]


class Owners:
    """All resource owners, from wherever they come."""

    def __init__(self, administrators: Administrators, users: DirectoryUsers) -> None:
        self._administrators = administrators
        self._users = users

    def authenticate(self, name: str, password: str, application: Application) -> Owner | None:
        """Return whom name and password belong to, for a token of that application."""
        owner = _administrator(self._administrators.authenticate(name, password))
        domain = application.provisioning.domain
        if owner is not None or domain is None or application.provisioning.proxy_mode:
            return owner
        user_name = self._users.authenticate(domain, name, password)
        return self._user(domain, user_name, application) if user_name else None

    def find(self, kind: str, name: str, application: Application) -> Owner | None:
        """Return an owner as it is now; None where it is gone or switched off."""
        if kind == ADMINISTRATOR:
            administrator = self._administrators.get(name)
            return _administrator(administrator) if administrator and administrator.enabled else None
        domain = application.provisioning.domain
        if kind != USER or domain is None or not self._users.is_user(domain, name):
            return None
        return self._user(domain, name, application)

    def _user(self, domain: str, name: str, application: Application) -> Owner:
        # Groups are looked up only where one could make a difference.
        groups = self._users.groups_of(domain, name) if application.user_roles else ()
        return Owner(USER, name, USER_SCOPES | scopes_in(groups, application.user_roles))


def _administrator(administrator: Administrator | None) -> Owner | None:
    return Owner(ADMINISTRATOR, administrator.name, administrator.scopes) if administrator else None
