"""A breaker opens when a server fails again and again, and closes when a probe has found it."""

import pytest

from app.directory.connection import Patience
from app.directory.servers.breaker import Breaker
from tests.directory.servers.fakes import Clock

PATIENCE = Patience(failures=3, retry_seconds=1, longest_retry_seconds=5)


def test_opens_after_failures_in_a_row() -> None:
    """Three failures open it, unless something was answered between."""
    breaker = Breaker(PATIENCE, Clock())

    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(2):
        breaker.failed()
    assert (breaker.state, breaker.retry_after_seconds) == ("closed", 0)
    breaker.failed()
    assert (breaker.state, breaker.retry_after_seconds) == ("open", 1)


def test_probes_come_more_and_more_seldom() -> None:
    """Each probe that fails doubles the time to the next one, up to the longest."""
    clock = Clock()
    breaker = Breaker(PATIENCE, clock)
    breaker.failed(at_once=True)
    waited = []

    for _ in range(5):
        begun = clock()
        while not breaker.begin_probe():
            clock.seconds += 0.5
        assert breaker.state == "half-open"
        assert not breaker.begin_probe()
        waited.append(clock() - begun)
        breaker.failed()

    assert waited == [1, 2, 4, 5, 5]


@pytest.mark.parametrize("failures", [0, 1])
def test_late_failures_do_not_move_the_probe(failures: int) -> None:
    """What fails while it is open was asked before, and changes nothing; a success closes it for all."""
    clock = Clock()
    breaker = Breaker(PATIENCE, clock)
    breaker.failed(at_once=True)
    for _ in range(failures):
        clock.seconds += 0.9
        breaker.failed(at_once=True)

    clock.seconds = 1001
    assert breaker.begin_probe()
    breaker.succeeded()
    assert breaker.state == "closed"
