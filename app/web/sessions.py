"""Sessions of people at the console, in signed cookies; programs come without one, and that costs nothing."""

from __future__ import annotations

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin


class Sessions(SecureCookieSessionInterface):
    """Flask's own sessions."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the session of a request; begin an empty one where no cookie came, without a look at any key."""
        return (
            super().open_session(app, request) if "HTTP_COOKIE" in request.environ else self.session_class()
        )

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the session along; there is nothing to send of one that is empty and was not looked at."""
        if session or session.accessed:
            super().save_session(app, session, response)
