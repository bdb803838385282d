"""For those who run the service: /healthz, /readyz, /metrics, and a log line for each request."""

from __future__ import annotations

import time
import uuid

import structlog
from flask import Blueprint, Flask, Response, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.telemetry import DURATION, REQUESTS, get_logger
from app.web import auth
from app.web.addresses import is_local, remote_address
from app.web.current import services
from app.web.ops import directories

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
    g.started = time.perf_counter()
    g.request_id = uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    seconds = time.perf_counter() - g.started
    endpoint = request.endpoint or "none"
    response.headers["X-Request-Id"] = g.request_id
    REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    DURATION.labels(endpoint).observe(seconds)
    if endpoint.startswith(_COUNTED):
        services().traffic.count(_application(), response.status_code)
    if endpoint not in _QUIET:
        # The path, never the query: filters hold personal data.
        _log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
            caller=getattr(g.get("caller"), "subject", None),
            remote=remote_address(),
        )
    return response


def _application() -> str:
    """Name the application that calls; empty where nobody is known."""
    caller = g.get("caller")
    return caller.application.name if caller else ""
