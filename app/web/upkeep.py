"""What a serving process does beside requests: it says that it lives, and sees to writes that others left behind."""

from __future__ import annotations

from threading import Event, Thread

from app.services import Services
from app.telemetry import get_logger

SECONDS = 5.0
_log = get_logger(__name__)


class Upkeep:
    """A thread that keeps house until it is stopped."""

    def __init__(self, services: Services, *, seconds: float = SECONDS) -> None:
        self._services = services
        self._seconds = seconds
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
            try:
                self._services.intents.keep_alive()
                self._services.recovery.run()
            except Exception:  # noqa: BLE001 - the loop goes on, whatever happens
                _log.exception("upkeep_failed")
            if self._stopped.wait(self._seconds):
                return
