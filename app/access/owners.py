"""Resource owners: whoever a token of the password grant stands for.

Administrators are the only source so far; a further one is asked after them, by its own kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.access.administrators import Administrator, Administrators
    from app.access.application import Application

ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Owner:
    """A resource owner with the scopes that it may pass on."""

    kind: str
    name: str
    scopes: frozenset[str]


class Owners:
    """All resource owners, from wherever they come."""

    def __init__(self, administrators: Administrators) -> None:
        self._administrators = administrators

    def authenticate(self, name: str, password: str, application: Application) -> Owner | None:
        """Return whom name and password belong to, for a token of that application."""
        del application  # directory users will depend on its domain
        return _owner(self._administrators.authenticate(name, password))

    def find(self, kind: str, name: str) -> Owner | None:
        """Return an owner as it is now; None where it is gone or switched off."""
        if kind != ADMINISTRATOR:
            return None
        administrator = self._administrators.get(name)
        return _owner(administrator) if administrator and administrator.enabled else None


def _owner(administrator: Administrator | None) -> Owner | None:
    return Owner(ADMINISTRATOR, administrator.name, administrator.scopes) if administrator else None
