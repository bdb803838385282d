"""Logging and metrics: JSON lines on standard error, a request's context on each of them, counters for Prometheus.

Values of attributes, credentials and tokens are never given to a logger.
"""

from __future__ import annotations

import json
import logging
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram
from structlog.tracebacks import ExceptionDictTransformer

REQUESTS = Counter("landbridge_http_requests", "Requests answered.", ["endpoint", "method", "status"])
DURATION = Histogram("landbridge_http_request_seconds", "Seconds until a request was answered.", ["endpoint"])
DELIVERIES = Counter(
    "landbridge_deliveries", "Attempts to deliver to connectors.", ["connector", "action", "outcome"]
)
OUTBOX = Gauge("landbridge_outbox_tasks", "What connectors have yet to get.", ["connector", "state"])
WRITES = Counter(
    "landbridge_writes", "Writes to user store domains.", ["domain", "resource_type", "action", "outcome"]
)
UNMAPPED = Counter(
    "landbridge_unmapped_values",
    "Values that no rule of a map takes, and that were ignored.",
    ["map", "attribute"],
)
MAP_FINDINGS = Counter(
    "landbridge_map_findings", "What maps could not make of resources that were written.", ["map", "place"]
)
STORE_FAILURES = Counter("landbridge_store_failures", "Times that the store could not be used.")
DIRECTORY_FAILURES = Counter(
    "landbridge_directory_failures", "Questions that a directory server did not answer.", ["server"]
)
DIRECTORY_UP = Gauge(
    "landbridge_directory_up", "Whether a directory server is used by this process.", ["domain", "server"]
)
DIRECTORY_CONNECTIONS = Gauge(
    "landbridge_directory_connections",
    "Connections of this process with a directory server.",
    ["domain", "server", "state"],
)


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)
_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    # Without local variables: they hold passwords and tokens.
    structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
]


class _Lines:
    """Writes lines to standard error, one at once. A line that cannot be written is lost, not what it tells of."""

    def msg(self, line: str) -> None:
        stream = sys.stderr.buffer
        try:
            stream.write(f"{line}\n".encode(errors="backslashreplace"))
            stream.flush()
        except (OSError, ValueError):
            pass

    debug = info = warning = error = critical = msg


def configure_logging(level: str) -> None:
    """Log as JSON from ``level`` on: our own lines as they come, those of libraries through ``logging``.

    The last call counts, for loggers that have logged before as well.
    """
    structlog.configure(
        processors=[*_PROCESSORS, _to_json],
        logger_factory=lambda *_: _Lines(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_PROCESSORS,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _to_json],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It logs URLs, and filters hold personal data.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _to_json(_logger: object, _method: str, event: structlog.typing.EventDict) -> str:
    return _ENCODER.encode(event)


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a module."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(name)
    return logger
