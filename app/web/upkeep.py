"""What a serving process does beside requests: it says that it lives, keeps house, and looks round.

It sees to writes and imports that others left behind, and forgets what has expired. Directories may take long to answer, so
examining them has a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

from app.services import Services
from app.store.unusable import FAILURES, report
from app.telemetry import get_logger

SECONDS = 5.0
ROUND_SECONDS = 60.0
_log = get_logger(__name__)


def keep_house(services: Services) -> None:
    """Do what all processes rely on."""
    services.intents.keep_alive()
    services.checkup_claims.keep_alive()
    services.recovery.run()
    services.background.see_to_lost()
    services.traffic.flush()
    services.purge.tend()


def go_the_rounds(services: Services) -> None:
    """Examine the directories that are due."""
    services.rounds.run()


def checkpoint(services: Services) -> None:
    """Spare requests the wait for the disk."""
    services.database.checkpoint()


class Upkeep:
    """A thread that does something now and then until it is stopped; it keeps house, where nothing else is said."""

    def __init__(
        self,
        services: Services,
        *,
        seconds: float = SECONDS,
        after_failure: float = SECONDS,
        work: Callable[[Services], object] = keep_house,
    ) -> None:
        self._services = services
        self._seconds = seconds
        self._after_failure = after_failure
        self._work = work
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for it."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            seconds = self._seconds
            try:
                self._work(self._services)
            except FAILURES as error:
                report(error)
                # What is done every second is not to fail, and say so, every second.
                seconds = max(seconds, self._after_failure)
            except Exception:  # noqa: BLE001 - the loop goes on, whatever happens
                _log.exception("upkeep_failed")
            if self._stopped.wait(seconds):
                return
