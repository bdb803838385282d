"""The audit trail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.store.audit import Audit, AuditEntry, AuditEvent, AuditFilter
from app.store.database import Database
from tests.store.fakes import NOON, FrozenClock


@pytest.fixture
def audit(database: Database, clock: FrozenClock) -> Audit:
    """Make an empty trail."""
    return Audit(database, clock=clock)


def _event(action: str = "create", *, actor: str = "hr", domain: str = "PRIMARY") -> AuditEvent:
    return AuditEvent(
        actor=actor, action=action, outcome="done", status=201, domain=domain, plan="dn: cn=a\n"
    )


def test_an_event_is_kept_whole(audit: Audit) -> None:
    """All that is recorded comes back, with its time."""
    audit.record(_event())

    assert audit.page() == [
        AuditEntry(
            id=1,
            time=NOON,
            actor="hr",
            action="create",
            outcome="done",
            status=201,
            domain="PRIMARY",
            plan="dn: cn=a\n",
        )
    ]


def test_the_newest_entry_comes_first(audit: Audit) -> None:
    """Pages go back in time, each from where the last one ended."""
    for action in ("a", "b", "c"):
        audit.record(_event(action))

    first = audit.page(limit=2)
    second = audit.page(limit=2, before=first[-1].id)

    assert [entry.action for entry in first + second] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("wanted", "actions"),
    [
        pytest.param(AuditFilter(actor="ann"), ["b"], id="actor"),
        pytest.param(AuditFilter(domain="PRIMARY", actor="hr"), ["a"], id="two"),
        pytest.param(AuditFilter(since=NOON + timedelta(seconds=1)), ["b"], id="since"),
        pytest.param(AuditFilter(until=NOON + timedelta(seconds=1)), ["a"], id="until"),
        pytest.param(AuditFilter(actor="' OR 1=1 --"), [], id="sql"),
    ],
)
def test_entries_can_be_filtered(
    audit: Audit, clock: FrozenClock, wanted: AuditFilter, actions: list[str]
) -> None:
    """Only entries that fit all that is asked for are shown."""
    audit.record(_event("a"))
    clock.advance(1)
    audit.record(_event("b", actor="ann"))

    assert [entry.action for entry in audit.page(wanted)] == actions


@pytest.mark.parametrize("limit", [-1, 0])
def test_a_page_may_be_empty(audit: Audit, limit: int) -> None:
    """A senseless limit shows nothing rather than everything."""
    audit.record(_event())

    assert audit.page(limit=limit) == []
