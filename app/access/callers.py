"""Who is calling: a token or a name with its password becomes a caller, with the scopes that hold at this moment.

Nothing is taken from a token but what it was issued for: an application or owner that has been switched off since, or
has lost a scope, takes its tokens along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.access.owners import ADMINISTRATOR
from app.access.tokens import APPLICATION

if TYPE_CHECKING:
    from app.access.administrators import Administrators
    from app.access.application import Application
    from app.access.applications import Applications
    from app.access.external_tokens import ExternalTokens
    from app.access.owners import Owners
    from app.access.tokens import Token, Tokens


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, through which application, and what it may do."""

    subject: str
    application: Application
    scopes: frozenset[str]
    kind: Literal["token", "basic", "certificate"]
    owner_kind: str = ADMINISTRATOR
    """What the subject is: an administrator, an application that calls for itself, or a user of its directory."""


class Callers:
    """Finds out who is calling."""

    def __init__(
        self,
        applications: Applications,
        tokens: Tokens,
        *,
        owners: Owners,
        administrators: Administrators,
        external: ExternalTokens,
    ) -> None:
        self._applications = applications
        self._tokens = tokens
        self._owners = owners
        self._administrators = administrators
        self._external = external

    def by_token(self, access_token: str) -> Caller | None:
        """Return who calls with this access token, ours or that of an issuer which the application trusts."""
        token = self._tokens.verify(access_token)
        if token is not None:
            return self.of(token)
        found = self._external.find(access_token)
        return Caller(found.subject, found.application, found.scopes, "token", APPLICATION) if found else None

    def by_certificate(self, der: bytes) -> Caller | None:
        """Return which application calls with this TLS certificate, for itself."""
        application = self._applications.by_certificate(der)
        if application is None:
            return None
        return Caller(application.name, application, application.scopes, "certificate", APPLICATION)

    def of(self, token: Token) -> Caller | None:
        """Return for whom a token stands now."""
        application = self._applications.by_client_id(token.client_id)
        if application is None or not application.enabled:
            return None
        if token.owner_kind == APPLICATION:
            return Caller(
                application.name, application, token.scopes & application.scopes, "token", APPLICATION
            )
        owner = self._owners.find(token.owner_kind, token.subject, application)
        if owner is None:
            return None
        scopes = token.scopes & application.scopes & owner.scopes
        return Caller(owner.name, application, scopes, "token", owner.kind)

    def by_password(self, name: str, password: str) -> Caller | None:
        """Return which administrator calls with name and password, through the resident application."""
        administrator = self._administrators.authenticate(name, password)
        application = self._applications.resident()
        if administrator is None or not application.enabled:
            return None
        return Caller(administrator.name, application, application.scopes & administrator.scopes, "basic")
