"""What needs attention is told, each with where it is seen to; what is well is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.signals.look import look
from app.signals.signal import Signal
from app.store.held_changes import Change
from app.web.certificate import VALID, ensure_certificate

if TYPE_CHECKING:
    from app.store.document import Document
    from tests.web.console.fakes import Console

FINDING: dict[str, Any] = {"code": "no-index", "severity": "warning", "seen": "uid has no index."}


def _said(console: Console) -> list[tuple[str, str, str, str]]:
    return [_facts(signal) for signal in look(console.services)]


def _facts(signal: Signal) -> tuple[str, str, str, str]:
    return signal.severity, signal.where, signal.name, signal.text


def _change(console: Console, kind: str, name: str, **body: Any) -> Document:
    document = console.services.documents.get(kind, name)
    changed = replace(document, body={**document.body, **body})
    console.services.documents.apply([changed], author="test")
    return changed


def test_nothing_is_said_where_all_is_well(stranger: Console) -> None:
    """The shipped documents over a directory that answers."""
    assert _said(stranger) == []


def test_a_store_that_cannot_be_used_is_told(stranger: Console) -> None:
    """With the reason, and what the doctor found when it could be is no matter then."""
    stranger.services.checkups.note("PRIMARY", [FINDING])
    _change(stranger, "Domain", "PRIMARY", base={"env": "NOT_SET"})

    [signal] = look(stranger.services)

    assert _facts(signal) == ("error", "domain", "PRIMARY", "The user store PRIMARY cannot be used.")
    assert "NOT_SET" in signal.detail


def test_what_the_doctor_found_is_told(stranger: Console) -> None:
    """How much, and the worst of it; notes are none."""
    found = [{**FINDING, "severity": "error", "seen": "No schema."}, FINDING, {**FINDING, "severity": "note"}]
    stranger.services.checkups.note("PRIMARY", found)

    [signal] = look(stranger.services)

    text = "The doctor found 1 error and 1 warning in PRIMARY."
    assert signal == Signal("error", "checkup", "PRIMARY", text, "No schema.")
    stranger.services.checkups.note("PRIMARY", [{**FINDING, "severity": "note"}])
    assert _said(stranger) == []


@pytest.mark.parametrize(
    ("days", "severity", "said"),
    [
        (20, "warning", "The client secret of Demo expires in 20 days."),
        (3, "error", "The client secret of Demo expires in 3 days."),
        (-1, "error", "The client secret of Demo has expired."),
    ],
)
def test_an_expiring_secret_is_told(stranger: Console, days: int, severity: str, said: str) -> None:
    """A month before, and at last as an error."""
    expires = (stranger.clock.now + timedelta(days=days, minutes=1)).isoformat()
    secret = {"value": {"env": "LANDBRIDGE_DEMO_CLIENT_SECRET"}, "expires": expires}
    _change(stranger, "Application", "demo", client_secrets=[secret])

    assert _said(stranger) == [(severity, "secrets", "demo", said)]


def test_a_secret_beside_a_newer_one_is_no_matter(stranger: Console) -> None:
    """Whoever has rotated it in time has seen to it; a disabled application needs none."""
    secret = {"value": {"env": "LANDBRIDGE_DEMO_CLIENT_SECRET"}}
    expired = {**secret, "expires": stranger.clock.now.isoformat()}
    _change(stranger, "Application", "demo", client_secrets=[secret, expired])
    assert _said(stranger) == []

    _change(stranger, "Application", "demo", client_secrets=[expired], enabled=False)
    assert _said(stranger) == []


def test_an_expiring_token_is_told_until_there_is_another(stranger: Console) -> None:
    """A new one beside it is what one does about it."""
    services = stranger.services
    demo = services.applications.get("demo")
    services.named_tokens.create(demo, "Entra ID", lifetime=timedelta(days=10, minutes=1))

    before = _said(stranger)
    services.named_tokens.create(demo, "Entra ID 2", lifetime=timedelta(days=365))

    assert before == [("warning", "tokens", "demo", "The token Entra ID of Demo expires in 10 days.")]
    assert _said(stranger) == []


def test_the_services_own_certificate_is_told(stranger: Console) -> None:
    """Before its clients find out."""
    made = stranger.clock.now - VALID + timedelta(days=10, minutes=1)
    ensure_certificate(stranger.services.settings.data_dir / "tls", host_names=["localhost"], now=made)

    [(severity, where, _, text)] = _said(stranger)

    assert (severity, where) == ("warning", "certificate")
    assert text == "The certificate of this service, server.crt, expires in 10 days."


def test_clients_that_fail_are_told(stranger: Console) -> None:
    """Those whose requests are refused more often than now and then, and each request that broke."""
    traffic = stranger.services.traffic
    for status in (200, 400, 404, 409, 500):
        traffic.count("demo", status)
    for _ in range(3):
        traffic.count("", 401)

    assert _said(stranger) == [
        ("error", "client", "demo", "1 of the 5 requests of Demo in the last hour failed (5xx)."),
        ("warning", "strangers", "", "3 requests of the last hour came without credentials that are known."),
        ("warning", "client", "demo", "3 of the 5 requests of Demo in the last hour were refused (4xx)."),
    ]


def test_a_client_that_works_is_not_told(stranger: Console) -> None:
    """A refusal now and then belongs to it, and what is long ago is over."""
    traffic = stranger.services.traffic
    for _ in range(50):
        traffic.count("demo", 200)
    for _ in range(3):
        traffic.count("demo", 404)
    assert _said(stranger) == []

    traffic.count("demo", 500)
    stranger.clock.now += timedelta(hours=2)
    assert _said(stranger) == []


def test_what_waits_for_a_decision_is_told(stranger: Console) -> None:
    """How many changes are held."""
    change = Change(
        actor="ann",
        application="demo",
        domain="PRIMARY",
        resource_type="User",
        resource_id="1",
        action="delete",
        amounts={"deletes": 1},
        plan="",
    )
    stranger.services.held_changes.hold(change, "too many")

    assert _said(stranger) == [("warning", "guard", "", "1 held change waits for a decision.")]


def test_requests_are_counted_by_their_application(stranger: Console) -> None:
    """Each SCIM request with whoever sent it, also where nobody is known; pages of the console are none."""
    auth = ("admin", "admin")
    stranger.http.get("/scim2/Users", auth=auth, base_url="https://x")
    stranger.http.get("/scim2/Users/none", auth=auth, base_url="https://x")
    stranger.http.get("/scim2/Users", base_url="https://x")
    stranger.get("/console/login")

    flows = stranger.services.traffic.of_late(timedelta(hours=1))

    assert [(each.application, each.requests, each.refused, each.failed) for each in flows] == [
        ("", 1, 1, 0),
        ("resident", 2, 1, 0),
    ]
