"""Importing beside requests, in a thread of its own: however long a table is, whoever uploaded it sees how far it has got."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import asdict, dataclass, field
from threading import Thread
from typing import Any, Final

from app.exchange.batch import BrokenOff
from app.exchange.importing import Import, Order
from app.exchange.imports import Errand, Imports
from app.exchange.results import Result, head
from app.exchange.table import InvalidTable
from app.scim.errors import Conflict, ScimError
from app.store.import_runs import ImportRuns, Phase
from app.telemetry import get_logger

SHOWN: Final = 200
"""How many rows that fail are kept to be shown; the result file has all."""
EVERY_SECONDS: Final = 1.0
_log = get_logger(__name__)


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
        file = self.runs.table(name)
        if file is None:
            raise Conflict("The table is not kept any more: upload it again.")
        with file:
            # What is wrong with the columns is told before anything begins.
            self.imports.open(file, errand.domain, order)
        phase: Phase = "rehearsal" if errand.is_rehearsal else "import"
        if not self.runs.start(name, phase, asdict(order)):
            raise Conflict("Somebody is importing this table already.")

        def run() -> None:
            with within():
                self.run(name, order, errand)

        Thread(target=run, name=f"import-{name}", daemon=True).start()

    def run(self, name: str, order: Order, errand: Errand) -> None:
        """Import a table that was begun with."""
        error = "The import failed; the log tells why."
        try:
            error = self._imported(name, order, errand)
        except (BrokenOff, InvalidTable) as broken:
            error = str(broken)
        except ScimError as refused:
            error = refused.detail
        except Exception:  # noqa: BLE001 - whoever waits is told that there is no more to come
            _log.exception("import_failed", domain=errand.domain)
        finally:
            self.runs.end(name, error)

    def _imported(self, name: str, order: Order, errand: Errand) -> str:
        file = self.runs.table(name)
        if file is None:
            return "The table is not kept any more."
        with file:
            work = self.imports.open(file, errand.domain, order)
            diary = _Diary(self, name, work)
            with closing(self.imports.run(work, errand)) as results:
                try:
                    for each in results:
                        if not diary.goes_on(each):
                            return f"Stopped by hand after row {work.tally.last_row}. Import it again to do the rest."
                finally:
                    diary.write()
        return ""


@dataclass(slots=True)
class _Diary:
    """Notes how far an import is, now and then."""

    background: Background
    name: str
    work: Import
    lines: list[str] = field(default_factory=lambda: [head()])
    failed: list[Mapping[str, Any]] = field(default_factory=list)
    written: float = 0.0

    def goes_on(self, result: Result) -> bool:
        """Take one row down; tell whether there may be another one."""
        self.lines += result.lines()
        if result.problems and len(self.failed) < SHOWN:
            self.failed.append(result.as_json())
        return self.background.monotonic() - self.written < EVERY_SECONDS or self.write()

    def write(self) -> bool:
        """Write down what there is; tell whether the import is to go on."""
        self.written = self.background.monotonic()
        lines, self.lines = "".join(self.lines), []
        content = {
            **self.work.tally.as_json(),
            "position": self.work.table.position,
            "unused": list(self.work.columns.unused),
            "problems": self.failed,
        }
        return self.background.runs.note(self.name, content, lines)
