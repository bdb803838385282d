"""Home, the user stores and the activity: what is there, and what is missing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from app.access.administrators import Role
from app.store.audit import AuditEvent
from app.store.document import Document

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

CREATED = AuditEvent(actor="ann", action="create", outcome="done", application="hr")


def _break(console: Console) -> None:
    document = console.services.documents.get("Domain", "PRIMARY")
    broken = Document(
        "Domain", "BROKEN", {**document.body, "bind": {"dn": "cn=x", "password": {"env": "NOT_SET"}}}
    )
    console.services.documents.apply([broken], author="test")


def _record(console: Console, event: AuditEvent) -> int:
    console.services.audit.record(event)
    return console.services.audit.page(limit=1)[0].id


def test_home_shows_what_is_connected(viewer: Console) -> None:
    """Each user store with its state, each application with where it sends users."""
    page = viewer.text("/console")

    for text in ("PRIMARY", "Connected", "Demo", "Provisions to PRIMARY"):
        assert text in page
    assert "What to do next" not in page


def test_home_says_what_to_do_first(empty: Console) -> None:
    """Where nothing is there yet, Home leads on."""
    page = empty.text("/console")

    assert "No user store is connected yet." in page
    assert 'href="/console/new-application"' in page


def test_home_says_what_is_missing(administrator: Console) -> None:
    """An application without a route or an API is not ready."""
    administrator.post("/console/new-application", name="hr")

    page = administrator.text("/console")

    assert "hr has no user store to provision to." in page
    assert "hr is not authorised for any API." in page


def test_home_says_what_is_broken(administrator: Console) -> None:
    """A domain that cannot be used leads to the reason."""
    _break(administrator)

    page = administrator.text("/console")

    assert "The user store BROKEN cannot be used." in page
    assert 'href="/console/user-stores/BROKEN"' in page


def test_home_leads_to_where_one_acts(administrator: Console) -> None:
    """Each signal has its link: the refused client's activity, the store that was examined."""
    for _ in range(3):
        administrator.services.traffic.count("demo", 404)
    finding = {"code": "no-index", "severity": "warning", "seen": "uid has no index."}
    administrator.services.checkups.note("PRIMARY", [finding])

    page = administrator.text("/console")

    assert "3 of the 3 requests of Demo in the last hour were refused (4xx)." in page
    assert 'href="/console/activity?outcome=failed&amp;application=demo"' in page
    assert 'href="/console/user-stores/PRIMARY">See what' in page
    assert "uid has no index." in page
    assert "3 requests in the last hour, 3 refused" in page


def test_home_shows_request_rates(viewer: Console) -> None:
    """How many requests of whom, in numbers and as bars, of the last hour or day; without a script."""
    traffic = viewer.services.traffic
    for status in [200] * 118 + [404, 500]:
        traffic.count("demo", status)
    traffic.count("", 401)

    page = viewer.text("/console")

    nobody, demo = page.partition('id="requests"')[2].split('<th scope="row">')[1:3]
    numbers = re.findall(r'class="number(?: wide)?">([\d,.]+)', demo)
    assert (numbers, "(at most 60)" in demo) == (["120", "1", "1", "2"], True)
    assert 'aria-label="Requests of Demo: at most 60 a minute"' in demo
    assert demo.count("<rect") == 2
    assert "2 min ago: 120 requests, 1 refused, 1 failed" in demo
    assert nobody.startswith("Nobody known</th>")

    viewer.clock.advance(2 * 3600)
    viewer.sign_in(Role.VIEWER)
    assert "No request in the last hour." in viewer.text("/console?requests=nothing")
    day = viewer.text("/console?requests=day")
    assert ("3 h ago: 120 requests" in day, '<b aria-current="true">Last day</b>' in day) == (True, True)


def test_sign_ins_are_no_changes(administrator: Console) -> None:
    """Home shows what was changed."""
    page = administrator.text("/console")

    assert "Start session" not in page
    assert "Start session" in administrator.text("/console/activity")


def test_user_stores_say_why_one_is_broken(administrator: Console) -> None:
    """The reason is there, and no secret."""
    _break(administrator)

    page = administrator.text("/console/user-stores")

    assert "Cannot be used" in page
    assert "the environment variable NOT_SET is not set" in page


def test_a_user_store_shows_where_it_is_and_how_it_maps(viewer: Console) -> None:
    """Base, servers and service account by reference, and each attribute's place."""
    page = viewer.text("/console/user-stores/PRIMARY")

    for text in (
        "OpenLDAP",
        "dc=example,dc=org",
        "environment variable LANDBRIDGE_LDAP_URL",
        "openldap-user",
    ):
        assert text in page
    assert "<code>name.givenName</code>" in page


def test_a_user_store_shows_its_limits_and_leads_to_its_settings(administrator: Console) -> None:
    """How much is let through, what was held, and where both are set."""
    page = administrator.text("/console/user-stores/PRIMARY")
    assert 'href="/console/documents/Domain/PRIMARY">Settings</a>' in page
    assert 'href="/console/guard?domain=PRIMARY"' in page
    assert "None: its settings can have some" in page
    document = administrator.services.documents.get("Domain", "PRIMARY")
    limits = {"deletes": {"per_request": 10, "percent": 5}}
    limited = replace(document, body={**document.body, "guard": limits})
    administrator.services.documents.apply([limited], author="test")

    for path in ("/console/user-stores/PRIMARY", "/console/guard"):
        assert "deletes: 10 in a request 5.0 %" in administrator.text(path)


def test_an_application_leads_to_its_activity(viewer: Console) -> None:
    """Its tabs end with what it has done."""
    page = viewer.text("/console/applications/demo")

    assert '<a href="/console/activity?application=demo">Activity</a>' in page


def test_without_a_user_store_the_page_says_how_to_connect_one(empty: Console) -> None:
    """The command is there to be copied."""
    assert "landbridge apply -f config/" in empty.text("/console/user-stores")


def test_activity_shows_one_entry_with_its_ldif(viewer: Console) -> None:
    """Who, what, and what was sent; markup is text."""
    plan = "dn: uid=a\nchangetype: add\ncn: <b>x</b>\n"
    event = replace(CREATED, domain="PRIMARY", resource_type="User", resource_id="<i>", plan=plan)
    number = _record(viewer, event)

    page = viewer.text(f"/console/activity/{number}")

    assert "changetype: add" in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<i>" not in page


def test_activity_has_pages(viewer: Console) -> None:
    """Older entries are a link away, with the filter kept."""
    for _ in range(60):
        _record(viewer, CREATED)

    first = viewer.text("/console/activity?actor=ann")
    link = first.partition('href="/console/activity?before=')[2].partition('"')[0]
    second = viewer.text(f"/console/activity?before={link}".replace("&amp;", "&"))

    assert "actor=ann" in link
    assert first.count("Create") == 50
    assert second.count("Create") == 10


def test_activity_is_filtered(viewer: Console) -> None:
    """Only what fits is shown, and nothing at all is said."""
    _record(viewer, replace(CREATED, outcome="failed"))

    assert "ann" in viewer.text("/console/activity?outcome=failed")
    assert "Nothing fits" in viewer.text("/console/activity?actor=nobody")


def test_a_number_that_is_too_large_is_not_found(viewer: Console) -> None:
    """No entry has it, and no store is asked for it."""
    assert viewer.get(f"/console/activity/{10**30}").status_code == 404
