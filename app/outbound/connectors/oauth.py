"""Access tokens for another system by the client credentials grant (RFC 6749 §4.4), fetched when one is needed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import Final

import httpx

from app.outbound.errors import Misconfigured, Unreachable

EARLY_SECONDS: Final = 30
LIFETIME_SECONDS: Final = 300
"""For tokens that do not say how long they live."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are to the authorization server."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None


class ClientCredentials(httpx.Auth):
    """Puts an access token on each request; a token that is refused is thrown away, and one more is tried."""

    requires_response_body = True

    def __init__(self, client: Client, *, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._monotonic = monotonic
        self._lock = Lock()
        self._token = ""
        self._expires = float("-inf")

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self._known()
        if token is None:
            token = self._keep((yield self._question(request)))
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            self._forget(token)
            request.headers["Authorization"] = f"Bearer {self._keep((yield self._question(request)))}"
            yield request

    def _known(self) -> str | None:
        with self._lock:
            return self._token if self._monotonic() < self._expires else None

    def _forget(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._expires = float("-inf")

    def _question(self, request: httpx.Request) -> httpx.Request:
        form = {"grant_type": "client_credentials"}
        if self._client.scope:
            form["scope"] = self._client.scope
        basic = httpx.BasicAuth(self._client.client_id, self._client.client_secret)
        question = httpx.Request(
            "POST",
            self._client.token_url,
            data=form,
            headers={"Accept": "application/json"},
            extensions=request.extensions,  # the time limits
        )
        return next(basic.sync_auth_flow(question))

    def _keep(self, response: httpx.Response) -> str:
        response.read()
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unreachable(f"its authorization server answered {response.status_code}")
        token, lifetime = _token_in(response)
        with self._lock:
            self._token = token
            self._expires = self._monotonic() + max(1.0, lifetime - EARLY_SECONDS)
        return token


def _token_in(response: httpx.Response) -> tuple[str, float]:
    try:
        body = response.json()
        token, lifetime = body["access_token"], body.get("expires_in", LIFETIME_SECONDS)
        if response.status_code == HTTPStatus.OK and isinstance(token, str):
            return token, float(lifetime)
    except (ValueError, TypeError, KeyError):
        pass
    raise Misconfigured(f"its authorization server gave no token (status {response.status_code})")
