"""Access tokens of others: which application takes one, and what it is good for there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.access.key_sets import InvalidJwt, KeysUnavailable, audiences, check_times, peek
from app.scim.errors import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from app.access.application import Application
    from app.access.applications import Applications
    from app.access.key_sets import KeySets
    from app.access.token_issuers import TokenIssuer

DOTS = 2


@dataclass(frozen=True, slots=True)
class ExternalToken:
    """A token that an application takes."""

    subject: str
    application: Application
    scopes: frozenset[str]


class ExternalTokens:
    """Checks tokens that were issued elsewhere."""

    def __init__(
        self, applications: Applications, key_sets: KeySets, *, clock: Callable[[], datetime]
    ) -> None:
        self._applications = applications
        self._key_sets = key_sets
        self._clock = clock

    def find(self, token: str) -> ExternalToken | None:
        """Return what a token stands for. One that two applications would take is taken by neither.

        Raises:
            ServiceUnavailable: if nobody can say, since the issuer's keys cannot be had.
        """
        try:
            found = list(self._takers(token)) if token.count(".") == DOTS else []
        except InvalidJwt:
            return None
        except KeysUnavailable as error:
            raise ServiceUnavailable(str(error)) from error
        return found[0] if len(found) == 1 else None

    def _takers(self, token: str) -> Iterator[ExternalToken]:
        for application, issuer in list(self._candidates(token)):
            claims = self._key_sets.claims(token, issuer.keys)
            check_times(claims, now=self._clock().timestamp())
            subject = claims.get("sub")
            if issuer.accepts(claims) and isinstance(subject, str) and subject:
                yield ExternalToken(subject, application, issuer.scopes(claims) & application.scopes)

    def _candidates(self, token: str) -> Iterator[tuple[Application, TokenIssuer]]:
        """Yield who may take a token, by what it claims."""
        claims = peek(token)
        for application in self._applications.list():
            for issuer in application.token_issuers if application.enabled else ():
                is_from = claims.get("iss") == issuer.issuer and issuer.audience in audiences(claims)
                if is_from and issuer.accepts(claims):
                    yield application, issuer
