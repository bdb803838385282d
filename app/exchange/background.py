"""Importing beside requests, in a thread of its own: however long a table is, whoever uploaded it sees how far it has got.

A process that ends in the middle leaves its run behind; the next one that looks notes how far it had got, so that
somebody can have it go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import asdict, dataclass
from threading import Thread
from typing import Final

from app.exchange.batch import BrokenOff
from app.exchange.diary import Diary
from app.exchange.importing import Import, Order
from app.exchange.imports import Errand, Imports
from app.exchange.results import Result
from app.exchange.table import InvalidTable
from app.scim.errors import Conflict, NotFound, ScimError
from app.store.import_runs import ImportRuns, Phase, Run
from app.telemetry import get_logger

GONE: Final = "The table is not kept any more: import the file again."
STOPPED: Final = "Stopped by hand."
FAILED: Final = "The import failed; the log tells why."
_log = get_logger(__name__)


def _nobody_watches(_work: Import, _result: Result) -> None:
    return


@dataclass(frozen=True, slots=True)
class Background:
    """Imports tables that were uploaded."""

    imports: Imports
    runs: ImportRuns
    monotonic: Callable[[], float] = time.monotonic

    def start(
        self, name: str, order: Order, errand: Errand, *, within: Callable[[], AbstractContextManager[object]]
    ) -> None:
        """Begin with a table, in a thread within a context; raise Conflict where somebody is at it, InvalidTable."""
        self.take_up(name, order, errand)

        def run() -> None:
            with within():
                self.run(name, order, errand)

        Thread(target=run, name=f"import-{name}", daemon=True).start()

    def take_up(self, name: str, order: Order, errand: Errand) -> None:
        """Say that this process is at a table now; raise Conflict where another one is, InvalidTable."""
        file = self.runs.table(name)
        if file is None:
            raise Conflict(GONE)
        with file:
            # What is wrong with the columns is told before anything begins.
            self.imports.open(file, errand.domain, order)
        phase: Phase = "rehearsal" if errand.is_rehearsal else "import"
        if not self.runs.start(name, phase, asdict(order)):
            raise Conflict("Somebody is importing this table already.")

    def run(self, name: str, order: Order, errand: Errand) -> None:
        """Import a table that was taken up; what ends it early is told by its run."""
        try:
            with suppress(BrokenOff, InvalidTable, ScimError):
                self.carry_out(name, order, errand)
        except Exception:  # noqa: BLE001 - whoever waits is told that there is no more to come
            _log.exception("import_failed", domain=errand.domain)

    def carry_out(
        self,
        name: str,
        order: Order,
        errand: Errand,
        *,
        watch: Callable[[Import, Result], object] = _nobody_watches,
    ) -> None:
        """Import a table that was taken up, show each row to ``watch``, and note how it ended; raise what ended it early."""
        error = FAILED
        try:
            error = self._imported(name, order, errand, watch)
        except (BrokenOff, InvalidTable) as broken:
            error = str(broken)
            raise
        except ScimError as refused:
            error = refused.detail
            raise
        except KeyboardInterrupt:
            self.runs.stop(name)
            error = STOPPED
            raise
        finally:
            self.runs.end(name, error)

    def unfinished(self, name: str) -> Run:
        """Return an import that ended early; raise NotFound, and Conflict where it cannot be gone on with."""
        run = self.runs.get(name)
        if run is None:
            raise NotFound(f"There is no import {name}.")
        if run.is_running:
            raise Conflict("Somebody is importing this table already.")
        if run.phase != "import":
            raise Conflict("It was not begun with: import it at the console.")
        if not self.runs.has_table(name):
            raise Conflict(GONE)
        return run

    def see_to_lost(self) -> list[Run]:
        """Note of imports whose processes have ended how far they had got; return those that were noted."""
        return [run for run in self.runs.left() if self._is_given_up(run)]

    def _is_given_up(self, run: Run) -> bool:
        told = f"The process that was at it ended at row {run.last_row} or a little after it."
        if not self.runs.give_up(run, told):
            return False
        _log.warning("import_lost", domain=run.domain, row=run.last_row)
        if run.phase == "import":
            self.imports.note_lost(run)
        return True

    def _imported(
        self, name: str, order: Order, errand: Errand, watch: Callable[[Import, Result], object]
    ) -> str:
        file = self.runs.table(name)
        if file is None:
            return GONE
        with file:
            work = self.imports.open(file, errand.domain, order)
            with (
                closing(self.imports.run(work, errand)) as results,
                closing(Diary(self.runs, name, work, self.monotonic)) as diary,
            ):
                for each in results:
                    if not diary.goes_on(each):
                        return (
                            f"{STOPPED[:-1]} after row {work.tally.last_row}. Import it again to do the rest."
                        )
                    watch(work, each)
        return ""
