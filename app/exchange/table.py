"""A table in CSV (RFC 4180), row by row: what it is written in, where its cells end, and what cannot be read of it.

Nothing but the row at hand is kept. Rows are numbered as spreadsheets do, so that the header is row 1. A row that cannot
be read does not hide the others.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

DELIMITERS: Final = (",", ";", "\t", "|")
LONGEST_LINE: Final = 1 << 20
"""How many bytes a line may have: a file of other lines is no table of people, and must not fill the memory."""
_BOM: Final = b"\xef\xbb\xbf"
_OTHER_KINDS: Final = {
    b"PK\x03\x04": "an Excel or LibreOffice workbook",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
}
_ENDLESS: Final = (
    "a quotation mark is opened and never closed, so that the rows after it cannot be told apart"
)


class InvalidTable(ValueError):
    """A file cannot be read as a table of users. The message says why, and where."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``problem`` says why it cannot be read, where that is so."""

    number: int
    cells: tuple[str, ...] = ()
    problem: str = ""


class Table:
    """An open file; ``position`` says how many bytes of it have been read."""

    def __init__(self, file: IO[bytes], *, delimiter: str = "") -> None:
        self._file = file
        self.position = 0
        first = self._first()
        self.delimiter = delimiter or _delimiter_of(first)
        self._reader = csv.reader(self._lines(first), delimiter=self.delimiter, strict=True)
        self.header = tuple(name.strip() for name in self._header())
        self._number = 1

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are not empty; raise InvalidTable where there is no going on."""
        while (row := self._row()) is not None:
            self._number += 1
            if row.problem or any(cell.strip() for cell in row.cells):
                yield row

    def _row(self) -> Row | None:
        number = self._number + 1
        try:
            cells = next(self._reader, None)
        except csv.Error as error:
            if "field larger" in str(error):
                raise InvalidTable(f"row {number}: {_ENDLESS}") from error
            unclosed = "unexpected end" in str(error)
            return Row(number, problem=_ENDLESS if unclosed else f"is no CSV: {error}")
        if cells is None:
            return None
        return Row(number, tuple(cells), self._problem_of(cells))

    def _problem_of(self, cells: list[str]) -> str:
        if any(cell.strip() for cell in cells[len(self.header) :]):
            many, few = len(cells), len(self.header)
            return f"has {many} cells for {few} columns: is there a {self.delimiter!r} in a value without quotation marks?"
        return ""

    def _header(self) -> list[str]:
        try:
            return next(self._reader, [])
        except csv.Error as error:
            raise InvalidTable(f"row 1: the names of the columns are no CSV: {error}") from error

    def _first(self) -> str:
        line = self._line()
        kind = next((kind for mark, kind in _OTHER_KINDS.items() if line.startswith(mark)), "")
        if not kind and b"\0" in line:
            kind = "no text in UTF-8"
        if kind:
            raise InvalidTable(f"the file is {kind}: save it as CSV in UTF-8")
        line = line.removeprefix(_BOM)
        if not line.strip():
            raise InvalidTable(
                "the file is empty, or its first line is: the names of the columns stand there"
            )
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise InvalidTable(
                f"row 1: the names of the columns are not UTF-8 (byte 0x{line[error.start]:02X})"
            ) from error

    def _lines(self, first: str) -> Iterator[str]:
        yield first
        while line := self._line():
            # What is no UTF-8 is found cell by cell, so that only its row is refused.
            yield line.decode(errors="surrogateescape")

    def _line(self) -> bytes:
        line = self._file.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise InvalidTable(
                f"a line is longer than {LONGEST_LINE} bytes, {self.position} bytes from the beginning"
            )
        self.position += len(line)
        return line


def broken_bytes(text: str) -> str:
    """Name the first byte of a cell that is no UTF-8; empty where all of it is."""
    found = next((letter for letter in text if "\udc80" <= letter <= "\udcff"), "")
    return f"0x{ord(found) - 0xDC00:02X}" if found else ""


def visible(text: str) -> str:
    """Write a cell so that it can be shown, whatever is in it."""
    told = text.encode(errors="surrogateescape").decode(errors="backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in told)


def _delimiter_of(header: str) -> str:
    """Find what the header's columns are divided by: csv.Sniffer guesses letters where there is one column only."""
    counts = {each: _count(header, each) for each in DELIMITERS}
    return max(DELIMITERS, key=lambda each: counts[each])


def _count(header: str, delimiter: str) -> int:
    return len(next(csv.reader([header], delimiter=delimiter), []))
