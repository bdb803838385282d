"""The trail leaves as JSON and as CSV, whole, and without harm to spreadsheets."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from app.store.audit import Audit, AuditEvent
from app.store.audit_export import COLUMNS, as_csv, as_json_lines
from tests.store.fakes import FrozenClock

if TYPE_CHECKING:
    from app.store.database import Database

EVENT = AuditEvent(
    actor="ann", action="create", outcome="done", plan="dn: cn=a\ncn: a, b\n", steps="[secret]"
)


def test_every_entry_is_a_line_of_json(database: Database) -> None:
    """Longer trails than a page come whole, newest first, and without their steps."""
    audit = Audit(database, clock=FrozenClock())
    for number in range(501):
        audit.record(AuditEvent(actor=str(number), action="create", outcome="done"))

    lines = [json.loads(line) for line in as_json_lines(audit.pages())]

    assert [line["actor"] for line in lines] == [str(number) for number in reversed(range(501))]
    assert set(lines[0]) == set(COLUMNS)


def test_every_entry_is_a_row_of_csv(database: Database) -> None:
    """Commas and line ends are part of a value, and what looks like a formula is none."""
    audit = Audit(database, clock=FrozenClock())
    audit.record(EVENT)
    audit.record(AuditEvent(actor='=HYPERLINK("x")', action="create", outcome="done"))

    rows = list(csv.DictReader("".join(as_csv(audit.pages())).splitlines(keepends=True)))

    assert rows[0]["actor"] == '\'=HYPERLINK("x")'
    assert rows[1]["plan"] == EVENT.plan
    assert "secret" not in str(rows)


def test_steps_are_fetched_for_one_entry(database: Database) -> None:
    """Lists do not carry them."""
    audit = Audit(database, clock=FrozenClock())
    audit.record(EVENT)
    [entry] = audit.page()

    assert entry.steps == ""
    assert audit.steps(entry.id) == "[secret]"
    assert audit.steps(entry.id + 1) == ""
    assert audit.get(entry.id) == entry
    assert audit.get(entry.id + 1) is None
