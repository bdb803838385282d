"""Waiting for what another thread or process brings about."""

import threading
from collections.abc import Callable
from time import monotonic, sleep


def wait_until(condition: Callable[[], object], *, timeout_seconds: float = 30) -> None:
    """Return as soon as the condition holds; fail where it does not in time."""
    deadline = monotonic() + timeout_seconds
    while not condition():
        assert monotonic() < deadline, "it did not come about in time"
        sleep(0.02)


def join_background() -> None:
    """Wait for the imports and comparisons that a test has begun, which use the store to their end."""
    for thread in threading.enumerate():
        if thread.name.startswith(("import-", "reconcile-")):
            thread.join(30)
