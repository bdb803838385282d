"""The audit trail for other programs: as lines of JSON, and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields

from app.store.audit import AuditEntry

COLUMNS = tuple(each.name for each in fields(AuditEntry) if each.name != "steps")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Write each entry as a JSON object on a line of its own."""
    for entry in entries:
        values = asdict(entry) | {"time": entry.time.isoformat()}
        yield json.dumps({name: values[name] for name in COLUMNS}, ensure_ascii=False) + "\n"


def as_csv(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Write the entries as CSV (RFC 4180) with a header. What a spreadsheet would take for a formula begins with ``'``."""
    yield _row(COLUMNS)
    for entry in entries:
        values = asdict(entry) | {"time": entry.time.isoformat()}
        yield _row(_harmless(str(values[name])) for name in COLUMNS)


def _row(values: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(list(values))
    return line.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
