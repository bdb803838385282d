"""Reconcile reports at the console: made beside requests, shown, and put right by the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.access.administrators import Role
from app.outbound.reporting import ABANDONED
from app.store.document import Document
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.console.fakes import Console

PAGE = "/console/outbound/connectors/hr/reconcile"


@pytest.fixture
def outbound(operator: Console, tmp_path: Path) -> Console:
    """Have a connector that writes to a file, and a user that it has not been given."""
    settings: dict[str, Any] = {"path": str(tmp_path / "hr.jsonl")}
    body = {"type": "file", "settings": settings, "resource_types": ["User"]}
    operator.services.documents.apply([Document("Connector", "hr", body)], author="test")
    operator.create_user(userName="ann", active="on")
    return operator


def _report(console: Console) -> None:
    answer = console.post(PAGE, domain="PRIMARY", application="")
    assert answer.location == PAGE
    reports = console.services.reporting.reports
    wait_until(lambda: (found := reports.get("hr")) is not None and found.ended is not None)


def test_a_report_is_made_and_shown(outbound: Console) -> None:
    """What is missing there, with a link to whom it is about; the list of connectors says how much."""
    _report(outbound)

    page = outbound.text(PAGE)

    assert "Report against PRIMARY" in page
    assert ">ann</a>" in page
    assert "<dt>Missing there</dt><dd>1</dd>" in page
    assert ">1 finding</a>" in outbound.text("/console/outbound")


def test_what_was_found_is_put_right(outbound: Console) -> None:
    """By the outbox, and the next report has nothing to say."""
    _report(outbound)

    answer = outbound.post(f"{PAGE}/mend")
    outbound.services.worker.drain()
    _report(outbound)

    assert answer.location == "/console/outbound/tasks?connector=hr"
    assert "All is as it should be" in outbound.text(PAGE)


def test_one_report_is_made_at_a_time(outbound: Console) -> None:
    """The page says that one is being made, and asks again; one that was abandoned stops nobody."""
    reports = outbound.services.reporting.reports
    reports.begin("hr", "PRIMARY", application="", actor="olga")

    page = outbound.text(PAGE)
    refused = outbound.post(PAGE, domain="PRIMARY")

    assert "A report is being made" in page
    assert '<meta http-equiv="refresh"' in page
    assert "is being made already" in refused.text
    outbound.clock.now += ABANDONED + timedelta(seconds=1)
    _sign_in_again(outbound)
    _report(outbound)


def test_a_report_that_cannot_be_made_says_why(outbound: Console) -> None:
    """And puts nothing right."""
    reporting = outbound.services.reporting
    reporting.reports.begin("hr", "NOWHERE", application="", actor="olga")

    reporting.make("hr")

    page = outbound.text(PAGE)
    assert "NOWHERE" in page.partition("Report against")[2]
    assert "Put it right" not in page


@pytest.mark.parametrize(
    ("form", "status"), [({"domain": "NOWHERE"}, 422), ({}, 422), ({"domain": "PRIMARY"}, 302)]
)
def test_a_report_needs_a_user_store(outbound: Console, form: dict[str, str], status: int) -> None:
    """One of those that there are."""
    assert outbound.post(PAGE, **form).status_code == status


def test_there_is_nothing_to_put_right_before_a_report(outbound: Console) -> None:
    """Nor for a connector that there is not."""
    assert outbound.post(f"{PAGE}/mend").status_code == 404
    assert outbound.get("/console/outbound/connectors/none/reconcile").status_code == 404


def _sign_in_again(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
