"""Logging and metrics: JSON lines on standard error, a request's context on each of them, counters for Prometheus.

Values of attributes, credentials and tokens are never given to a logger.
"""

from __future__ import annotations

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


def configure_logging(level: str) -> None:
    """Log as JSON from ``level`` on, libraries included."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Without local variables: they hold passwords and tokens.
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It logs URLs, and filters hold personal data.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
