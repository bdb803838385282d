"""What is noted in the store of an import while it goes on: how far it is, and what became of its rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from app.exchange.importing import Import
from app.exchange.results import Result, head
from app.store.import_runs import ImportRuns

SHOWN: Final = 200
"""How many rows that fail are kept to be shown; the result file has all."""
EVERY_SECONDS: Final = 1.0


@dataclass(slots=True)
class Diary:
    """Notes how far an import is, now and then, and at last when it is closed."""

    runs: ImportRuns
    name: str
    work: Import
    monotonic: Callable[[], float] = time.monotonic
    lines: list[str] = field(default_factory=lambda: [head()])
    failed: list[Mapping[str, Any]] = field(default_factory=list)
    written: float = 0.0
    is_stopped: bool = False
    """Whether somebody wants it to end."""

    def goes_on(self, result: Result) -> bool:
        """Take one row down; tell whether there may be another one."""
        self.lines += result.lines()
        if result.problems and len(self.failed) < SHOWN:
            self.failed.append(result.as_json())
        if self.monotonic() - self.written >= EVERY_SECONDS:
            self._write()
        return not self.is_stopped

    def close(self) -> None:
        """Write down the rest."""
        self._write()

    def _write(self) -> None:
        self.written = self.monotonic()
        lines, self.lines = "".join(self.lines), []
        content = {
            **self.work.tally.as_json(),
            "position": self.work.table.position,
            "unused": list(self.work.columns.unused),
            "problems": self.failed,
        }
        self.is_stopped = not self.runs.note(self.name, content, lines)


@contextmanager
def noted(runs: ImportRuns, name: str, work: Import) -> Iterator[Diary]:
    """Keep a diary of an import whose table is elsewhere, and note how it ended."""
    is_whole = False
    try:
        with closing(Diary(runs, name, work)) as diary:
            yield diary
            is_whole = not diary.is_stopped
    except KeyboardInterrupt:
        runs.stop(name)
        raise
    finally:
        rest = f"It ended early, after row {work.tally.last_row}. Import the file again to do the rest."
        runs.end(name, "" if is_whole else rest)
