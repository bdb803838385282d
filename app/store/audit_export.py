"""The audit trail for other programs: as lines of JSON, and as CSV."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields

from app.store.audit import AuditEntry
from app.store.csv_text import harmless, row_of

COLUMNS = tuple(each.name for each in fields(AuditEntry) if each.name != "steps")


def as_json_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Write each entry as a JSON object on a line of its own."""
    for entry in entries:
        values = asdict(entry) | {"time": entry.time.isoformat()}
        yield json.dumps({name: values[name] for name in COLUMNS}, ensure_ascii=False) + "\n"


def as_csv(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Write the entries as CSV (RFC 4180) with a header. What a spreadsheet would take for a formula begins with ``'``."""
    yield row_of(COLUMNS)
    for entry in entries:
        values = asdict(entry) | {"time": entry.time.isoformat()}
        yield row_of(harmless(str(values[name])) for name in COLUMNS)
