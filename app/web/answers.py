"""Responses on their way out: one that needs no correction goes as it is.

Of any other, Werkzeug copies the headers, takes locations apart and puts right what clients may not be sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_WITH_CONTENT: Final = frozenset({200, 201})
_PLAIN: Final = re.compile(r"https?://[a-z0-9.-]+(:[1-9][0-9]*)?(/[A-Za-z0-9._~-]+)*")
"""URLs without anything to quote."""


class Answer(Response):
    """Flask's own response, sent with less ado where it can be."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send it."""
        if environ["REQUEST_METHOD"] == "HEAD" or not self._is_ready():
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return self.response  # type: ignore[return-value]  # a list of bytes

    def _is_ready(self) -> bool:
        """Tell whether the body is there in one piece, with its length, and no header is to be corrected."""
        if self.status_code not in _WITH_CONTENT or type(self.response) is not list or self._on_close:
            return False
        headers = {name.lower(): value for name, value in self.headers}
        location = headers.get("location")
        is_plain = location is None or _PLAIN.fullmatch(location) is not None
        return is_plain and "content-length" in headers and "content-location" not in headers
