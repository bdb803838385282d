"""Waiting for what another thread or process brings about."""

from collections.abc import Callable
from time import monotonic, sleep


def wait_until(condition: Callable[[], object], *, timeout_seconds: float = 30) -> None:
    """Return as soon as the condition holds; fail where it does not in time."""
    deadline = monotonic() + timeout_seconds
    while not condition():
        assert monotonic() < deadline, "it did not come about in time"
        sleep(0.02)
