"""Tables that are imported: how far each has got, what became of its rows, and, where it was uploaded, the table itself.

All processes share them, so that each shows how far one has got, and finds what a process has left in the middle: at once
where that ran on the same machine, elsewhere after a while of silence. A table may hold passwords: it is encrypted at rest, and is
forgotten as soon as it has been imported, or after a day. The rest is kept for a week.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Any, Final, Literal, cast

from sqlalchemy import CursorResult, delete, func, select, true, update
from sqlalchemy.orm import Session

from app.store.database import Database
from app.store.import_tables import ImportPartRow, ImportRunRow
from app.store.processes import has_ended, this_process
from app.store.purge import Expiry
from app.store.secrets import SecretBox

Phase = Literal["new", "rehearsal", "import"]
KEEP: Final = timedelta(days=7)
DEAD: Final = timedelta(minutes=2)
"""How long a run that says nothing is taken to be alive."""
PIECE: Final = 1 << 18
RECENT: Final = 10
TABLE, RESULT = "table", "result"
KEPT_FOR: Final = {TABLE: timedelta(days=1), RESULT: KEEP}
OLD_RUNS = Expiry(ImportRunRow, lambda now: ImportRunRow.expires <= now)
OLD_PARTS = Expiry(ImportPartRow, lambda now: ImportPartRow.expires <= now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One table, and what is being done with it, or was done last."""

    id: str
    domain: str
    actor: str
    file_name: str
    size: int
    created: datetime
    phase: Phase
    reading: Mapping[str, Any]
    """How its columns are to be read."""
    touched: datetime
    is_over: bool
    is_stopping: bool
    error: str
    content: Mapping[str, Any]
    """How far it has got."""
    is_running: bool
    """Whether a process is at it."""

    @property
    def word(self) -> str:
        """Say in what state it is."""
        if self.is_running:
            return "going on"
        if self.is_lost or self.error:
            return "broken off"
        return {"new": "uploaded", "rehearsal": "checked", "import": "imported"}[self.phase]

    @property
    def last_row(self) -> int:
        """Return the row that it had got to when it told so last; the first is the header."""
        return int(self.content.get("lastRow", 1))

    @property
    def is_lost(self) -> bool:
        """Whether its process has ended in the middle."""
        return not self.is_over and not self.is_running


class ImportRuns:
    """The tables that there are. ``random_hex`` names them, ``holder`` this process."""

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        *,
        clock: Callable[[], datetime],
        random_hex: Callable[[int], str],
        holder: Callable[[], str] = this_process,
    ) -> None:
        self._database = database
        self._box = box
        self._holder = holder
        self._clock = clock
        self._random_hex = random_hex

    def keep(self, file: IO[bytes], *, domain: str, actor: str, file_name: str) -> str:
        """Keep a table, and return the name of its run."""
        row = self._new(domain, actor, file_name)
        with self._database.session() as session:
            session.add(row)
            session.flush()
            for number, piece in enumerate(iter(lambda: file.read(PIECE), b"")):
                row.size += len(piece)
                session.add(self._part(row.id, TABLE, number, piece))
                session.flush()
            return row.id

    def begin(
        self, reading: Mapping[str, Any], *, domain: str, actor: str, file_name: str, size: int = 0
    ) -> str:
        """Note that a table is being imported that is kept elsewhere, and return the name of the run."""
        row = self._new(domain, actor, file_name)
        row.size, row.phase, row.reading, row.is_over = size, "import", dict(reading), False
        row.holder = self._holder()
        with self._database.session() as session:
            session.add(row)
            return row.id

    def _new(self, domain: str, actor: str, file_name: str) -> ImportRunRow:
        now = self._clock()
        return ImportRunRow(
            id=self._random_hex(16),
            domain=domain,
            actor=actor,
            file_name=file_name,
            size=0,
            created=now,
            expires=now + KEEP,
            phase="new",
            reading={},
            holder="",
            touched=now,
            is_over=True,
            is_stopping=False,
            error="",
            content={},
        )

    def get(self, name: str) -> Run | None:
        """Return a run; None where there is none by that name, or no more."""
        with self._database.reading() as session:
            row = session.get(ImportRunRow, name)
            return self._run(row) if row else None

    def recent(self, domain: str | None = None) -> list[Run]:
        """Return the latest runs, of one domain or of all, newest first."""
        query = select(ImportRunRow).where(true() if domain is None else ImportRunRow.domain == domain)
        with self._database.reading() as session:
            rows = session.scalars(query.order_by(ImportRunRow.created.desc()).limit(RECENT))
            return [self._run(row) for row in rows]

    def left(self) -> list[Run]:
        """Return the runs whose processes have ended in the middle."""
        with self._database.reading() as session:
            rows = session.scalars(select(ImportRunRow).where(~ImportRunRow.is_over))
            return [run for run in map(self._run, rows) if run.is_lost]

    def give_up(self, run: Run, error: str) -> bool:
        """Note of a run that was left that it is over, and why; False where another process was faster."""
        is_as_seen = ImportRunRow.id == run.id, ~ImportRunRow.is_over, ImportRunRow.touched == run.touched
        values = {"is_over": True, "error": error}
        with self._database.session() as session:
            gave_up = session.execute(update(ImportRunRow).where(*is_as_seen).values(**values))
            return bool(cast("CursorResult[Any]", gave_up).rowcount)

    def start(self, name: str, phase: Phase, reading: Mapping[str, Any]) -> bool:
        """Begin something with a table; False where somebody is at it already."""
        run = self.get(name)
        if run is None or run.is_running:
            return False
        is_as_seen = ImportRunRow.touched == run.touched, ImportRunRow.is_over == run.is_over
        began = update(ImportRunRow).where(ImportRunRow.id == name, *is_as_seen)
        values = {"phase": phase, "reading": dict(reading), "holder": self._holder(), "is_over": False}
        fresh: dict[str, Any] = {"touched": self._clock(), "is_stopping": False, "error": "", "content": {}}
        with self._database.session() as session:
            result = cast("CursorResult[Any]", session.execute(began.values(**values, **fresh)))
            if not result.rowcount:
                return False
            self._forget(session, name, RESULT)
        return True

    def note(self, name: str, content: Mapping[str, Any], lines: str) -> bool:
        """Note how far it has got, and what became of more rows; tell whether it is to go on."""
        with self._database.session() as session:
            row = session.get_one(ImportRunRow, name)
            row.content, row.touched = dict(content), self._clock()
            if lines:
                of_run = ImportPartRow.run == name, ImportPartRow.kind == RESULT
                number = session.scalar(select(func.count()).where(*of_run)) or 0
                session.add(self._part(name, RESULT, number, lines.encode()))
            return not row.is_stopping

    def end(self, name: str, error: str = "") -> None:
        """Note that it is over, and why it came to an end early where it did. What was imported is not kept."""
        with self._database.session() as session:
            row = session.get_one(ImportRunRow, name)
            row.is_over, row.error, row.touched = True, error, self._clock()
            if row.phase == "import" and not error:
                self._forget(session, name, TABLE)

    def stop(self, name: str) -> None:
        """Have it end after the row that it is at."""
        with self._database.session() as session:
            session.execute(update(ImportRunRow).where(ImportRunRow.id == name).values(is_stopping=True))

    def table(self, name: str) -> IO[bytes] | None:
        """Return the table, in a file without a name; None where it is not kept any more."""
        file = TemporaryFile()  # noqa: SIM115 - whoever asks closes it
        for piece in self._pieces(name, TABLE):
            file.write(piece)
        if not file.tell():
            file.close()
            return None
        file.seek(0)
        return file

    def has_table(self, name: str) -> bool:
        """Tell whether the table is kept still."""
        query = select(func.count()).where(ImportPartRow.run == name, ImportPartRow.kind == TABLE)
        with self._database.reading() as session:
            return bool(session.scalar(query))

    def result(self, name: str) -> Iterator[str]:
        """Yield what became of the rows, as it was noted."""
        return (piece.decode() for piece in self._pieces(name, RESULT))

    def _pieces(self, name: str, kind: str) -> Iterator[bytes]:
        number = 0
        while (piece := self._piece(name, kind, number)) is not None:
            yield self._box.open(piece)
            number += 1

    def _piece(self, name: str, kind: str, number: int) -> bytes | None:
        with self._database.reading() as session:
            row = session.get(ImportPartRow, (name, kind, number))
            return row.content if row else None

    def _part(self, name: str, kind: str, number: int, content: bytes) -> ImportPartRow:
        return ImportPartRow(
            run=name,
            kind=kind,
            number=number,
            content=self._box.seal(content),
            expires=self._clock() + KEPT_FOR[kind],
        )

    def _forget(self, session: Session, name: str, kind: str) -> None:
        session.execute(delete(ImportPartRow).where(ImportPartRow.run == name, ImportPartRow.kind == kind))

    def _run(self, row: ImportRunRow) -> Run:
        is_silent = self._clock() - row.touched >= DEAD
        return Run(
            id=row.id,
            domain=row.domain,
            actor=row.actor,
            file_name=row.file_name,
            size=row.size,
            created=row.created,
            phase=cast("Phase", row.phase),
            reading=row.reading,
            touched=row.touched,
            is_over=row.is_over,
            is_stopping=row.is_stopping,
            error=row.error,
            content=row.content,
            is_running=not (row.is_over or is_silent or (row.holder and has_ended(row.holder))),
        )
