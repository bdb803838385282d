"""Who is signed in: the cookie carries a token that the store knows, so that signing out ends it everywhere.

A session ends after an hour without a request, and after eight hours in any case.
"""

from __future__ import annotations

from datetime import timedelta

from flask import g, session

from app.access.administrators import Administrator
from app.access.identity_provider import IdentityProvider
from app.access.identity_providers import OWNER_KIND as PROVIDER
from app.access.tokens import Grant, Token
from app.web.current import services

IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=8)
CLIENT_ID = "console:"
"""No application can have this client id, so no session's token opens anything else."""
_SECONDS = int(LONGEST.total_seconds())
_TOKEN = "token"  # noqa: S105 - a key
_SEEN = "seen"
END_URL = "end_url"
"""Where in the session it stands where to sign out at the provider that somebody came by."""


def sign_in(administrator: Administrator) -> None:
    """Begin a session of one of our own administrators."""
    grant = Grant(
        client_id=CLIENT_ID,
        owner_kind="console",
        subject=administrator.name,
        scopes=frozenset(),
        access_seconds=_SECONDS,
    )
    _begin(administrator, grant)


def sign_in_by(provider: IdentityProvider, person: Administrator) -> None:
    """Begin a session of somebody for whom a provider vouches."""
    grant = services().identity_providers.grant(person, provider, seconds=_SECONDS, client=CLIENT_ID)
    _begin(person, grant)


def _begin(administrator: Administrator, grant: Grant) -> None:
    """Begin a session of its own; nothing of the one before is kept."""
    sign_out()
    session[_TOKEN] = services().tokens.issue(grant).access_token
    session[_SEEN] = _now()
    session.permanent = True
    g.administrator = administrator


def sign_out() -> None:
    """End this session."""
    token = session.get(_TOKEN)
    if token:
        services().tokens.revoke(token)
    session.clear()
    g.administrator = None


def signed_in() -> Administrator | None:
    """Return who is signed in, as it is now."""
    if "administrator" not in g:
        g.administrator = _find()
    administrator: Administrator | None = g.administrator
    return administrator


def keep_alive() -> None:
    """Note that somebody is still there."""
    session[_SEEN] = _now()


def _find() -> Administrator | None:
    token = _valid_token()
    if token is not None and token.owner_kind == PROVIDER:
        return services().identity_providers.person(token)
    administrator = services().administrators.get(token.subject) if token else None
    return administrator if administrator and administrator.enabled else None


def _valid_token() -> Token | None:
    is_idle = _now() - session.get(_SEEN, 0) > IDLE.total_seconds()
    found = None if is_idle else services().tokens.verify(session.get(_TOKEN, ""))
    return found if found and found.client_id == CLIENT_ID else None


def _now() -> int:
    return int(services().clock().timestamp())
