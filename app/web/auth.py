"""Authenticate SCIM requests by bearer token or Basic, and hold each operation to its scopes.

A view says what it does, ``@requires(Endpoint.USERS, Operation.CREATE)``; which scopes that takes is left to
``app.access.scopes``, who is calling to ``app.access.callers``, and the body of a refusal to the error handlers. The
challenges that go with a refusal are added to the response by what ``init_app`` registers.
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import wraps
from typing import TYPE_CHECKING, NoReturn, ParamSpec, TypeVar

from flask import Flask, Response
from flask_httpauth import HTTPBasicAuth, HTTPTokenAuth

from app.access.scopes import READS, is_open, scopes_for
from app.access.throttle import Attempt, TooManyAttempts
from app.scim.errors import Forbidden, TooManyRequests, Unauthorized
from app.web import rates
from app.web.addresses import remote_address
from app.web.certificates import client_certificate
from app.web.current import header, notes, services

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.access.callers import Caller

P = ParamSpec("P")
R = TypeVar("R")

REALM = "Landbridge"
BEARER = f'Bearer realm="{REALM}"'
# RFC 7617 §2.1: credentials are UTF-8.
BASIC = f'Basic realm="{REALM}", charset="UTF-8"'


_bearer = HTTPTokenAuth(realm=REALM)
_basic = HTTPBasicAuth(realm=REALM)


def init_app(app: Flask) -> None:
    """Have challenges added to refusals."""
    app.after_request(_add_challenges)


def requires(endpoint: str, operation: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only callers in who may do this; raise NoRule, when the view is declared, where nothing says who may."""
    if is_open(endpoint, operation):
        return _unchanged
    scopes = scopes_for(endpoint, operation)
    only_reads = operation in READS

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def authorised(*args: P.args, **kwargs: P.kwargs) -> R:
            # What only reads may go by what was in force when it came.
            with services().database.at_one_look() if only_reads else nullcontext():
                _hold_to(scopes, _enter())
                return view(*args, **kwargs)

        return authorised

    return decorate


def authenticated(view: Callable[P, R]) -> Callable[P, R]:
    """Let only known callers in, whatever they may do."""

    @wraps(view)
    def entered(*args: P.args, **kwargs: P.kwargs) -> R:
        _enter()
        return view(*args, **kwargs)

    return entered


def is_known() -> bool:
    """Say whether the request comes with good credentials, where none are needed."""
    return known() is not None


def known() -> Caller | None:
    """Return who makes a request that needs no credentials; None where it has none, or none that are good here."""
    found = _authenticate()
    return found if found and found.application.admission.admits(remote_address()) else None


def authorise(endpoint: str, operation: str) -> None:
    """Hold the caller to the scopes of one more operation, as those within a bulk request; raise Forbidden.

    The response is not challenged for it: the request itself was allowed.
    """
    missing = scopes_for(endpoint, operation) - caller().scopes
    if missing:
        raise _forbidden(missing)


def is_allowed(endpoint: str, operation: str) -> bool:
    """Say whether the caller may do this too, without refusing anything."""
    return scopes_for(endpoint, operation) <= caller().scopes


def caller() -> Caller:
    """Return who makes this request; raise Unauthorized where nobody was authenticated."""
    known: Caller | None = notes().get("caller")
    if known is None:
        _refuse_stranger()
    return known


def _enter() -> Caller:
    """Find out who calls, and hold the request to what its application's document says of all of them."""
    found = _authenticate()
    if found is None:
        _refuse_stranger()
    notes().caller = found
    admission = found.application.admission
    if admission.networks and not admission.admits(remote_address()):
        raise Forbidden("the application may not be used from this address")
    if admission.rates:
        rates.count(found.application)
    return found


def _authenticate() -> Caller | None:
    """Return who calls, by what the request says or else by a TLS certificate alone."""
    credentials = header("HTTP_AUTHORIZATION")
    if credentials is None:
        return _by_certificate()
    # RFC 9110 §11.1: schemes may be in any case.
    scheme = _basic if credentials[:6].lower() == "basic " else _bearer
    found: Caller | None = scheme.authenticate(scheme.get_auth(), None)
    return found


def _unchanged(view: Callable[P, R]) -> Callable[P, R]:
    return view


def _hold_to(scopes: frozenset[str], found: Caller) -> None:
    missing = scopes - found.scopes
    if not missing:
        return
    names = " ".join(sorted(scopes))
    if found.kind == "token":
        # RFC 6750 §3.1
        notes().challenges = (f'{BEARER}, error="insufficient_scope", scope="{names}"',)
    raise _forbidden(missing)


def _forbidden(missing: frozenset[str]) -> Forbidden:
    return Forbidden(f"this needs the scope {' '.join(sorted(missing))}")


@_bearer.verify_token  # type: ignore[untyped-decorator]  # Flask-HTTPAuth has no types
def _verify_token(token: str) -> Caller | None:
    if not token:
        return None
    bridge = services()
    with bridge.database.at_one_look():
        return bridge.callers.by_token(token)


@_basic.verify_password  # type: ignore[untyped-decorator]  # the same
def _verify_password(name: str, password: str) -> Caller | None:
    if not name:
        return None
    try:
        return services().throttle.attempt(
            Attempt("person", name, remote_address()), lambda: services().callers.by_password(name, password)
        )
    except TooManyAttempts as error:
        raise TooManyRequests(str(error), retry_after_seconds=error.retry_after_seconds) from error


def _by_certificate() -> Caller | None:
    certificate = client_certificate()
    return services().callers.by_certificate(certificate) if certificate else None


def _refuse_stranger() -> NoReturn:
    """Raise what is wrong with the credentials, if there are any."""
    scheme = (header("HTTP_AUTHORIZATION") or "").partition(" ")[0].lower()
    if scheme == "bearer":
        notes().challenges = (f'{BEARER}, error="invalid_token"', BASIC)
        raise Unauthorized("the access token is unknown, expired or revoked")
    notes().challenges = (BEARER, BASIC)
    if scheme == "basic":
        raise Unauthorized("name and password are not known")
    raise Unauthorized("this needs an access token, or name and password")


def _add_challenges(response: Response) -> Response:
    for challenge in notes().get("challenges", ()):
        response.headers.add("WWW-Authenticate", challenge)
    return response
