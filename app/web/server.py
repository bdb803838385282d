"""The HTTPS server: gunicorn with threads, each worker process with an application of its own."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication

from app.web.sockets import PatientSocket
from app.web.worker import Worker


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to serve."""

    host: str
    port: int
    certificate: Path
    key: Path
    workers: int
    threads: int
    log_level: str
    client_ca: Path | None = None
    """Authorities whose client certificates are taken; nobody is asked for one without."""


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Serves what ``make`` makes, once in each worker, until it is told to stop."""

    def __init__(self, listening: Listening, make: Callable[[], Flask]) -> None:
        self._listening = listening
        self._make = make
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn what we want of it."""
        for name, value in _options(self._listening).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application, in a worker."""
        return self._make()


_FROM_HEADERS: Final[Mapping[str, Any]] = {
    "secure_scheme_headers": {},
    "forwarder_headers": "",
    "forwarded_allow_ips": "*",
}
"""No header tells a request's scheme or path, so it need not be asked each time who may send such."""


def _options(listening: Listening) -> Mapping[str, Any]:
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    return {
        "bind": [f"{host}:{listening.port}"],
        "workers": listening.workers,
        "threads": listening.threads,
        "worker_class": Worker,
        "certfile": str(listening.certificate),
        "keyfile": str(listening.key),
        "ssl_context": _tls,
        "keepalive": 75,
        "timeout": 120,
        "graceful_timeout": 20,
        "loglevel": listening.log_level,
        "logger_class": "app.web.server_log.Logger",
        "control_socket_disable": True,
        "child_exit": _withdraw,
        **_FROM_HEADERS,
        **_client_options(listening.client_ca),
    }


def _client_options(authorities: Path | None) -> Mapping[str, Any]:
    if authorities is None:
        return {}
    return {"ca_certs": str(authorities), "cert_reqs": ssl.CERT_OPTIONAL}


def _withdraw(_arbiter: object, worker: Worker) -> None:
    worker.withdraw()


def _tls(_config: object, make_default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = make_default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = PatientSocket
    return context
