"""Rows of CSV (RFC 4180), with nothing in them that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

BYTE_ORDER_MARK: Final = "\ufeff"
"""Begins files for people: spreadsheets take CSV for something else than UTF-8 without it."""
MARK: Final = "'"
"""Stands before such a value. Spreadsheets take it for "this is text"."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def row_of(values: Iterable[str]) -> str:
    """Write a row."""
    line = io.StringIO()
    csv.writer(line).writerow(list(values))
    return line.getvalue()


def harmless(text: str) -> str:
    """Write a value so that no spreadsheet calculates with it."""
    return f"{MARK}{text}" if text.lstrip(MARK).startswith(_FORMULA) else text


def plain(text: str) -> str:
    """Read what ``harmless`` wrote."""
    return text[1:] if text.startswith(MARK) and text.lstrip(MARK).startswith(_FORMULA) else text
