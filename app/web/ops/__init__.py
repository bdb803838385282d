"""For those who run the service: /healthz, /readyz, /metrics, and a log line for each request."""

from __future__ import annotations

import random
import time
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, Flask, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.telemetry import DURATION, REQUESTS, get_logger
from app.web import auth
from app.web.addresses import is_local, remote_address
from app.web.current import current_request, notes, services
from app.web.ops import directories

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram

    from app.access.callers import Caller

blueprint = Blueprint("ops", __name__)
_log = get_logger(__name__)
_COUNTED = ("scim.", "oauth.")
"""Where applications call."""
_QUIET = frozenset({"ops.healthz", "ops.readyz", "ops.metrics", "static", "console.static"})


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """The store answers and the configuration could be built; a directory that is down is its domain's matter.

    Which domains cannot be used is told to those who are known, or on this machine.
    """
    services().database.ping()
    configuration = services().configurations.current()
    if not (is_local() or auth.is_known()):
        return {"status": "ok"}
    return {
        "status": "ok",
        "unusable_domains": sorted(configuration.broken),
        "unreachable_domains": directories.unreachable(configuration.domains.values()),
    }


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Counters for Prometheus, and how this process gets on with its directories."""
    directories.measure(services().configurations.current().domains.values())
    services().outbound.measure()
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def init_app(app: Flask) -> None:
    """Have every request numbered, counted and logged."""
    app.register_blueprint(blueprint)
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    noted = notes()
    noted.started = time.perf_counter()
    # To be told apart, not to be kept secret.
    noted.request_id = f"{random.getrandbits(128):032x}"
    # The only variable that is bound, so that nothing of the thread's last request is left.
    structlog.contextvars.bind_contextvars(request_id=noted.request_id)


def _finish(response: Response) -> Response:
    noted, asked = notes(), current_request()
    seconds = time.perf_counter() - noted.started
    endpoint, method, status = asked.endpoint or "none", asked.method, response.status_code
    caller: Caller | None = noted.get("caller")
    response.headers["X-Request-Id"] = noted.request_id
    _requests(endpoint, method, status).inc()
    _duration(endpoint).observe(seconds)
    if endpoint.startswith(_COUNTED):
        services().traffic.count(caller.application.name if caller else "", status)
    if endpoint not in _QUIET:
        # The path, never the query: filters hold personal data.
        _log.info(
            "request",
            method=method,
            path=asked.path,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            caller=caller.subject if caller else None,
            remote=remote_address(),
        )
    return response


@lru_cache
def _requests(endpoint: str, method: str, status: int) -> Counter:
    return REQUESTS.labels(endpoint, method, status)


@lru_cache
def _duration(endpoint: str) -> Histogram:
    return DURATION.labels(endpoint)
