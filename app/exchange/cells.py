"""What stands in a cell: nothing, a value for the column's place, or that what is there is to go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.exchange.columns import Column
from app.exchange.places import is_many
from app.exchange.table import broken_bytes, visible
from app.scim.codec import load_value
from app.scim.errors import InvalidValue
from app.scim.path import ResolvedPath
from app.scim.schema import Value
from app.store.csv_text import plain

CLEAR: Final = "<clear>"
"""Stands in a cell where what is there is to be removed, unless another text is said: an empty cell leaves it alone."""
_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "no", "n", "0"), False),
}
_WHOLE: Final = re.compile(r"[+-]?\d{1,18}\Z", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONGEST_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row. ``column`` and ``value`` are empty where it is not about one cell, or about a secret."""

    message: str
    column: str = ""
    value: str = ""


class InvalidCell(ValueError):
    """A cell cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Writing:
    """How values are written: what clears, and what stands between several values in a cell."""

    clear: str = CLEAR
    separator: str = "\n"


def read_cell(column: Column, cells: Sequence[str], writing: Writing) -> Value:
    """Return the value, None to leave alone what is there, and an empty text or list to remove it; raise InvalidCell."""
    text = cells[column.index] if column.index < len(cells) else ""
    if not column.is_secret:
        text = plain(text.strip())
    if not text:
        return None
    broken = broken_bytes(text)
    if broken:
        raise _invalid(column, text, f"is not UTF-8 (byte {broken}): save the file as CSV in UTF-8")
    odd = _CONTROL.search(text)
    if odd:
        raise _invalid(column, text, f"has a control character (U+{ord(odd[0]):04X}), which no text has")
    if text == writing.clear:
        return [] if is_many(column.place) else ""
    try:
        return _value(column, text, writing)
    except InvalidValue as error:
        raise _invalid(column, text, error.detail.partition(": ")[2] or error.detail) from error


def place_problem(columns: Sequence[Column], detail: str) -> Problem:
    """Find the column that a refusal is about, if it begins with the name of what a column holds."""
    head, _, message = detail.partition(": ")
    for column in columns:
        path = column.place.path
        if message and head in {
            str(column.place),
            str(path),
            str(column.place.of_value.path),
            str(path.parent),
        }:
            return Problem(message, column.name)
    return Problem(detail)


def _value(column: Column, text: str, writing: Writing) -> Value:
    place = column.place
    if not is_many(place):
        return load_value(place.resolved, _shaped(place.resolved, text))
    parts = [part.strip() for part in text.split(writing.separator)]
    return [_one(place.of_value, part) for part in dict.fromkeys(parts) if part]


def _one(path: ResolvedPath, text: str) -> Value:
    """Read one of several values."""
    loaded = load_value(path, [_shaped(path, text)] if path.leaf.multi_valued else _shaped(path, text))
    return loaded[0] if isinstance(loaded, list) else loaded


def _shaped(path: ResolvedPath, text: str) -> Value:
    match path.leaf.type:
        case "boolean":
            if text.lower() not in _WORDS:
                raise InvalidValue(f"{path.path}: must be true or false")
            return _WORDS[text.lower()]
        case "integer" if _WHOLE.match(text):
            return int(text)
        case "decimal":
            return _decimal(path, text)
    return text


def _decimal(path: ResolvedPath, text: str) -> Value:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidValue(f"{path.path}: must be a number") from error


def _invalid(column: Column, text: str, message: str) -> InvalidCell:
    shown = "" if column.is_secret else visible(text)
    if len(shown) > _LONGEST_SHOWN:
        shown = f"{shown[: _LONGEST_SHOWN - 1]}…"
    return InvalidCell(Problem(message, column.name, shown))


def read_cells(
    columns: Sequence[Column], cells: Sequence[str], writing: Writing
) -> tuple[dict[Column, Value], list[Problem]]:
    """Read the cells of a row that say something, and everything that is wrong with them."""
    values: dict[Column, Value] = {}
    problems: list[Problem] = []
    for column, read in _each(columns, cells, writing):
        if isinstance(read, Problem):
            problems.append(read)
        elif read is not None:
            values[column] = read
    return values, problems


def _each(
    columns: Sequence[Column], cells: Sequence[str], writing: Writing
) -> Iterator[tuple[Column, Value | Problem]]:
    for column in columns:
        try:
            yield column, read_cell(column, cells, writing)
        except InvalidCell as error:
            yield column, error.problem
