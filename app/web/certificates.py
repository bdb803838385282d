"""The TLS certificate of whoever sends a request, as the server hands it on."""

from __future__ import annotations

import ssl

from flask import request


def client_certificate() -> bytes | None:
    """Return the certificate in DER, which TLS has verified; None where there is none."""
    connection = request.environ.get("gunicorn.socket")
    return connection.getpeercert(binary_form=True) if isinstance(connection, ssl.SSLSocket) else None
