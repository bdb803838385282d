"""Outbound at the console: connectors, their queue, dead letters, and the tab that chooses them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.outbound.task import Cause, Change
from app.scim.codec import ResourceCodec
from app.store.document import Document
from app.web.certificate import VALID, ensure_certificate
from tests.provisioning.conftest import RESOURCE_TYPES

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

TAB = "/console/applications/demo/provisioning"


@pytest.fixture
def outbound(administrator: Console) -> Console:
    """Have two connectors that write to files."""
    documents = [
        Document("Connector", name, {"type": "file", "settings": {"path": f"/nowhere/{name}.jsonl"}})
        for name in ("hr", "badges")
    ]
    administrator.services.documents.apply(documents, author="test")
    return administrator


DELETION = Change(action="delete", resource_type="User", resource_id="u1")


def _task(console: Console, change: Change = DELETION, *, is_dead: bool = False) -> int:
    [kept] = console.services.outbound.outbox.add([("hr", change)], Cause(application="demo", actor="hr"))
    if is_dead:
        outbox = console.services.outbound.outbox
        claimed = outbox.claim("lease")
        assert claimed
        with console.services.database.session() as session:
            assert outbox.failed(session, claimed, error="the target said no", due=None)
    return kept.id


def test_connectors_are_listed(outbound: Console) -> None:
    """Each says how it fares and how much waits for it."""
    _task(outbound)

    page = outbound.text("/console/outbound")

    assert ">hr</a>" in page
    assert "state=ready" in page
    assert "Ready" in page


def test_without_a_connector_the_page_says_what_one_is(viewer: Console) -> None:
    """Nobody is left before an empty page."""
    assert "There is no connector" in viewer.text("/console/outbound")


def test_a_connector_is_paused_and_resumed(outbound: Console) -> None:
    """The page shows it, and the store has it."""
    paused = outbound.text(outbound.post("/console/outbound/connectors/hr/pause").location)
    assert outbound.services.outbound.health.all()["hr"].paused

    resumed = outbound.text(outbound.post("/console/outbound/connectors/hr/resume").location)

    assert "hr is paused" in paused
    assert "hr is delivered to again" in resumed
    assert not outbound.services.outbound.health.all()["hr"].paused


def test_a_dead_letter_is_seen_and_retried(outbound: Console) -> None:
    """What the target said is told; then it waits again."""
    number = _task(outbound, is_dead=True)
    page = outbound.text(f"/console/outbound/tasks/{number}")

    outbound.post(f"/console/outbound/tasks/{number}/retry")

    assert "the target said no" in page
    assert outbound.services.outbound.outbox.get(number).state == "ready"
    assert "Nothing was done" in outbound.text(
        outbound.post(f"/console/outbound/tasks/{number}/retry").location
    )


def test_a_dead_letter_is_put_right(outbound: Console) -> None:
    """The password stays, which nobody is shown; what cannot be carried comes back with what is wrong with it."""
    jo = ResourceCodec(RESOURCE_TYPES["User"]).load(
        {"userName": "jo", "password": "secret-1"}, purpose="create"
    )
    change = Change(action="create", resource_type="User", resource_id="u1", resource=jo)
    number = _task(outbound, change, is_dead=True)
    path = f"/console/outbound/tasks/{number}"
    page = outbound.text(path)

    wrong = [
        outbound.post(path, payload=text) for text in ("{", "[]", "{}", '{"resorce": {"userName": "mo"}}')
    ]
    right = outbound.post(path, payload='{"resource": {"userName": "jolanda"}}')

    assert "&#34;userName&#34;: &#34;jo&#34;" in page
    assert "secret-1" not in page
    assert [answer.status_code for answer in wrong] == [422] * 4
    assert "resorce: a create does not carry that" in wrong[-1].text
    assert right.location == path
    assert outbound.services.outbound.outbox.payload(number)["resource"]["userName"] == "jolanda"
    outbound.post(f"{path}/retry")
    claimed = outbound.services.outbound.outbox.claim("lease")
    assert claimed
    resource = outbound.services.outbound.outbox.opened(claimed).change.resource
    assert resource
    assert (resource.attributes["userName"], resource.attributes["password"]) == ("jolanda", "secret-1")
    assert "Nothing was done" in outbound.text(outbound.post(path, payload='{"resource": {}}').location)


def test_a_dead_letter_is_given_up(outbound: Console) -> None:
    """It is gone from the queue."""
    number = _task(outbound, is_dead=True)
    listed = outbound.text("/console/outbound/tasks?state=dead&connector=hr")

    outbound.post(f"/console/outbound/tasks/{number}/skip")

    assert f"/tasks/{number}" in listed
    assert "Nothing waits" in outbound.text("/console/outbound/tasks")
    assert outbound.get(f"/console/outbound/tasks/{number}").status_code == 404


def test_all_dead_letters_are_retried(outbound: Console) -> None:
    """By one button for a connector."""
    _task(outbound, is_dead=True)

    answer = outbound.post("/console/outbound/connectors/hr/retry")

    assert "1 dead letters of hr are tried again." in outbound.text(answer.location)
    assert outbound.post("/console/outbound/connectors/nobody/retry").status_code == 404


def test_an_application_chooses_its_connectors(outbound: Console) -> None:
    """New ones come last, and the order of those that stay is kept: the first one answers reads."""

    def connectors() -> tuple[str, ...]:
        return outbound.services.applications.get("demo").provisioning.connectors

    outbound.post(TAB, domain="PRIMARY", connectors="hr")
    outbound.post(TAB, domain="PRIMARY", connectors=["badges", "hr"])
    both = connectors()
    outbound.post(TAB, domain="PRIMARY")

    assert both == ("hr", "badges")
    assert connectors() == ()
    assert 'value="badges"' in outbound.text(TAB)


def test_home_shows_whatever_needs_attention(outbound: Console) -> None:
    """Dead letters, what expires, what the doctor found and broken imports all stand on Home, each with its link."""
    services = outbound.services
    secret = {"value": {"env": "LANDBRIDGE_DEMO_CLIENT_SECRET"}}
    expiring = {**secret, "expires": (outbound.clock.now + timedelta(days=3, minutes=1)).isoformat()}
    demo = services.documents.get("Application", "demo")
    changed = replace(demo, body={**demo.body, "client_secrets": [expiring]})
    services.documents.apply([changed], author="test")
    made = outbound.clock.now - VALID + timedelta(days=10, minutes=1)
    ensure_certificate(services.settings.data_dir / "tls", host_names=["localhost"], now=made)
    services.checkups.note("PRIMARY", [{"code": "x", "severity": "error", "seen": "No schema."}])
    _task(outbound, is_dead=True)

    page = outbound.text("/console")

    for text, link in (
        ("The client secret of Demo expires in 3 days.", "/console/applications/demo/secrets"),
        ("The certificate of this service, server.crt, expires in 10 days.", ""),
        ("The doctor found 1 error in PRIMARY.", "/console/user-stores/PRIMARY"),
        ("hr would not take 1 change: it is a dead letter.", "connector=hr"),
    ):
        assert text in page
        assert link in page.partition(text)[2].partition("</li>")[0]


def test_the_tab_says_what_connectors_do(outbound: Console) -> None:
    """Whether the client waits, who is provisioned, and where that is changed; the outline of a new one is a document."""
    badges = outbound.services.documents.get("Connector", "badges")
    scope = {"User": {"filter": "active eq true", "group": "g1"}}
    changed = replace(badges, body={**badges.body, "blocking": True, "scope": scope})
    outbound.services.documents.apply([changed], author="test")

    page = outbound.text(TAB)

    said = (
        "In proxy mode the client waits for it. Users: those with active eq true and members of the group g1."
    )
    assert said in page
    assert "In proxy mode the client does not wait for it. It gets everybody." in page
    assert 'href="/console/documents/Connector/badges"' in page
    new = outbound.text("/console/documents/Connector/new")
    assert ("type: scim2" in new, "Nothing is wrong" in new) == (True, True)
