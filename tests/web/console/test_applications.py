"""Applications, and the four tabs of each."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.access.application import GRANTS, Provisioning
from app.access.scopes import API_SCOPES
from tests.web.console.fakes import HOST

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

NEW = "/console/new-application"
DEMO = "/console/applications/demo"
SECRET = "the client's secret"
USERS_API = "SCIM2 Users API"


def _shows_secret(page: str) -> bool:
    return SECRET in page.replace("&#39;", "'")


def test_an_application_is_made(administrator: Console) -> None:
    """It has credentials of its own and is shown."""
    answer = administrator.post(NEW, name="hr", display_name="Human resources")

    assert answer.location == "/console/applications/hr"
    assert "Human resources is created." in administrator.text(answer.location)
    assert administrator.services.applications.get("hr").client_id


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Begins with a letter or digit"),
        ("demo", "There is an application demo already."),
        ("a/b", "Begins with a letter or digit"),
        ("../x", "Begins with a letter or digit"),
        ("x" * 101, "Begins with a letter or digit"),
    ],
)
def test_a_wrong_name_is_said_beside_the_field(administrator: Console, name: str, said: str) -> None:
    """What was typed comes back, with what is wrong, and nothing is made."""
    before = administrator.services.applications.list()

    answer = administrator.post(NEW, name=name, display_name="Kept")

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Kept"' in answer.text
    assert administrator.services.applications.list() == before


def test_a_mistake_links_to_its_field(administrator: Console) -> None:
    """The summary leads to the field, and the field tells what is wrong with it."""
    page = administrator.post(NEW, name="/").text

    assert '<a href="#name">' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="name-problem name-hint"' in page


def test_names_are_shown_as_text(administrator: Console) -> None:
    """Markup in a name is no markup on a page."""
    administrator.post(NEW, name="xss", display_name="<script>alert(1)</script>\"'>")

    for page in (
        "/console",
        "/console/applications",
        "/console/applications/xss",
        "/console/applications/xss/delete",
    ):
        assert "<script>alert" not in administrator.text(page)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in administrator.text(page)


def test_the_general_tab_renames_and_disables(administrator: Console) -> None:
    """Both are done at once, and the trail has both."""
    administrator.post(DEMO, display_name="Other")

    application = administrator.services.applications.get("demo")
    assert (application.display_name, application.enabled) == ("Other", False)
    assert [entry.action for entry in administrator.services.audit.page(limit=2)] == ["disable", "rename"]


def test_an_update_that_changes_nothing_is_no_revision(administrator: Console) -> None:
    """Update on an untouched form leaves things as they are."""
    before = administrator.services.documents.generation()

    administrator.post(DEMO, display_name="Demo", enabled="on")

    assert administrator.services.documents.generation() == before


def test_a_display_name_that_is_too_long_is_refused(administrator: Console) -> None:
    """The store's rules are told on the page."""
    answer = administrator.post(DEMO, display_name="x" * 201, enabled="on")

    assert answer.status_code == 422
    assert "Longer than maximum length 200." in answer.text


def test_an_application_is_deleted_after_a_question(administrator: Console) -> None:
    """The question says what follows; only its answer deletes."""
    question = administrator.text(f"{DEMO}/delete")
    before = len(administrator.services.applications.list())

    answer = administrator.post(f"{DEMO}/delete")

    assert "Delete Demo?" in question
    assert answer.location == "/console/applications"
    assert len(administrator.services.applications.list()) == before - 1


def test_the_protocol_tab_hides_the_secret(administrator: Console) -> None:
    """The client id is there, the secret only when asked for."""
    hidden = administrator.text(f"{DEMO}/protocol")
    shown = administrator.post(f"{DEMO}/protocol/secret")

    assert 'id="client-id" value="demo"' in hidden
    assert not _shows_secret(hidden)
    assert _shows_secret(shown.text)
    assert shown.headers["Cache-Control"] == "no-store"
    assert not _shows_secret(administrator.text(f"{DEMO}/protocol"))


def test_showing_the_secret_is_recorded(administrator: Console) -> None:
    """The trail says who looked, and not at what."""
    administrator.post(f"{DEMO}/protocol/secret")

    entry = administrator.services.audit.page(limit=1)[0]
    assert (entry.action, entry.resource_type, entry.resource_id) == ("show", "Client secret", "demo")
    assert SECRET not in repr(entry)


def test_the_secret_is_for_administrators(operator: Console) -> None:
    """Others are not even offered it."""
    assert "Show" not in operator.text(f"{DEMO}/protocol").partition("<main")[2]


def test_a_secret_is_rotated_after_a_question(administrator: Console) -> None:
    """The old one ends, and the new one is not on the page that follows."""
    administrator.post(NEW, name="hr")
    old = administrator.services.applications.client_secret("hr")

    administrator.post("/console/applications/hr/protocol/rotate")

    new = administrator.services.applications.client_secret("hr")
    assert new
    assert new != old
    assert new not in administrator.text("/console/applications/hr/protocol")


def test_the_allowed_grants_are_set(administrator: Console) -> None:
    """What is ticked is allowed, and nothing else."""
    administrator.post(f"{DEMO}/protocol", grant=["password"])

    assert administrator.services.applications.get("demo").grants == {"password"}
    assert 'value="password" checked' in administrator.text(f"{DEMO}/protocol")


def test_no_grant_at_all_can_be_set(administrator: Console) -> None:
    """A form without a tick means none."""
    administrator.post(f"{DEMO}/protocol")

    assert administrator.services.applications.get("demo").grants == frozenset()


def test_the_grants_are_named_as_in_the_guide(administrator: Console) -> None:
    """Password, Client credentials, Refresh token."""
    page = administrator.text(f"{DEMO}/protocol")

    assert len(GRANTS) == 3
    for words in ("Password", "Client credentials", "Refresh token", "Allowed grant types"):
        assert f">{words}<" in page


def test_a_grant_that_does_not_exist_is_refused(administrator: Console) -> None:
    """Who sends what the page does not offer is told."""
    answer = administrator.post(f"{DEMO}/protocol", grant=["implicit"])

    assert answer.status_code == 422
    assert administrator.services.applications.get("demo").grants == set(GRANTS)


def test_scopes_are_authorised_one_by_one(administrator: Console) -> None:
    """What is ticked of each API resource is authorised."""
    chosen = {USERS_API: ["internal_user_mgt_create"], "SCIM2 Bulk API": ["internal_bulk_resource_create"]}

    administrator.send(f"{DEMO}/api-authorization", {**chosen, "csrf_token": administrator.token()})

    assert administrator.services.applications.get("demo").apis == {
        api: frozenset(scopes) for api, scopes in chosen.items()
    }


def test_an_api_is_authorised_whole(administrator: Console) -> None:
    """One button ticks all scopes of one API resource."""
    administrator.post(NEW, name="hr")

    administrator.post("/console/applications/hr/api-authorization", authorise=USERS_API)

    assert administrator.services.applications.get("hr").apis == {USERS_API: frozenset(API_SCOPES[USERS_API])}


def test_an_api_is_taken_away_whole(administrator: Console) -> None:
    """The other button takes one API resource away and keeps what else is ticked."""
    ticked: dict[str, str | list[str]] = {api: list(scopes) for api, scopes in API_SCOPES.items()}
    form = {**ticked, "remove": USERS_API, "csrf_token": administrator.token()}

    administrator.send(f"{DEMO}/api-authorization", form)

    assert set(administrator.services.applications.get("demo").apis) == set(API_SCOPES) - {USERS_API}


def test_a_foreign_scope_is_refused(administrator: Console) -> None:
    """A scope belongs to its API resource."""
    form: dict[str, str | list[str]] = {USERS_API: ["internal_login"], "csrf_token": administrator.token()}

    answer = administrator.send(f"{DEMO}/api-authorization", form)

    assert answer.status_code == 422
    assert "has no scope internal_login." in answer.text


def test_the_domain_is_chosen(administrator: Console) -> None:
    """Update sends the application's users there."""
    administrator.post(NEW, name="hr")

    answer = administrator.post("/console/applications/hr/provisioning", domain="PRIMARY")

    page = administrator.text(answer.location)
    assert administrator.services.applications.get("hr").provisioning == Provisioning("PRIMARY")
    assert '<option value="PRIMARY" selected>' in page
    assert "Provisioning user store domain" in page


def test_proxy_mode_is_chosen(administrator: Console) -> None:
    """The box stands for itself, whatever the domain."""
    administrator.post(f"{DEMO}/provisioning", domain="PRIMARY", proxy_mode="on")

    assert administrator.services.applications.get("demo").provisioning == Provisioning(
        "PRIMARY", proxy_mode=True
    )


ACCESS = f"{DEMO}/access"


def test_the_access_tab_says_who_is_let_in_and_how(administrator: Console) -> None:
    """What is typed is shown again, and what is emptied is in the document no more."""
    form = {
        "networks": "192.0.2.0/24\r\n::1",
        "rate": "25 per second",
        "tokens.access_seconds": "60",
        "ignore_members": "on",
        "group_answers": "on",
    }
    administrator.post(ACCESS, **form)
    said, page = administrator.services.applications.said("demo"), administrator.text(ACCESS)
    administrator.post(ACCESS)

    assert said["networks"] == ["192.0.2.0/24", "::1"]
    assert (said["rate"], said["tokens"]) == ("25 per second", {"access_seconds": 60})
    assert said["client"] == {"group_patch": "resource", "unknown_members": "ignore"}
    assert 'value="25 per second"' in page
    assert 'href="/console/documents/Application/demo"' in page
    assert "/console/documents/" not in administrator.text("/console/applications/resident/access")
    assert "192.0.2.0/24\n::1</textarea>" in page
    assert re.search(r'name="ignore_members"\s+checked', page)
    emptied = administrator.services.applications.said("demo")
    assert {"networks", "rate", "tokens", "client"}.isdisjoint(emptied)


def test_wrong_access_is_told_beside_the_field(administrator: Console) -> None:
    """What was typed comes back, and nothing is changed."""
    before = administrator.services.applications.said("demo")
    wrong = {
        "networks": ("home", "Is no network"),
        "rate": ("often", "Is a rate such as"),
        "tokens.refresh_seconds": ("0", "Must be greater than or equal to 1"),
    }

    answer = administrator.post(
        ACCESS, complete_answers="on", **{key: typed for key, (typed, _) in wrong.items()}
    )
    no_number = administrator.post(ACCESS, **{"tokens.access_seconds": "-1"})

    assert (answer.status_code, no_number.status_code) == (422, 422)
    for field, (_, said) in wrong.items():
        assert f'id="{field}-problem">{said}' in answer.text
    assert 'id="tokens.access_seconds-problem">This is a number' in no_number.text
    assert re.search(r'name="complete_answers"\s+checked', answer.text)
    assert administrator.services.applications.said("demo") == before


def test_several_user_stores_are_chosen(administrator: Console) -> None:
    """The first one creates; what becomes of lists where one is down is said with them."""
    documents = administrator.services.documents
    documents.apply([replace(documents.get("Domain", "PRIMARY"), name="OTHER")], author="test")
    further = ["PRIMARY", "OTHER"]

    administrator.post(f"{DEMO}/provisioning", domain="OTHER", further=further, partial="on")
    several = administrator.services.applications.get("demo").provisioning
    page = administrator.text(f"{DEMO}/provisioning")
    administrator.post(f"{DEMO}/provisioning", domain="OTHER")

    assert (several.domains, several.unreachable) == (("OTHER", "PRIMARY"), "partial")
    assert re.search(r'value="PRIMARY"\s+checked', page)
    assert administrator.services.applications.get("demo").provisioning == Provisioning("OTHER")


def test_a_domain_that_does_not_exist_is_refused(administrator: Console) -> None:
    """Who sends what the page does not offer is told."""
    answer = administrator.post(f"{DEMO}/provisioning", domain="NOWHERE")

    assert answer.status_code == 422
    assert "NOWHERE" in answer.text


def test_a_viewer_sees_the_tabs_and_no_buttons(viewer: Console) -> None:
    """Who may only look is offered nothing that would be refused."""
    for tab in ("", "/protocol", "/api-authorization", "/provisioning"):
        page = viewer.text(DEMO + tab).partition("<main")[2]
        assert '<button type="submit">Update' not in page
        assert "/delete" not in page


def test_a_template_makes_an_application_ready(administrator: Console) -> None:
    """The page has what to paste, with a token that opens the SCIM service, and the tab has it again without."""
    form = {"template": "entra", "name": "it", "display_name": "Entra", "domain": "PRIMARY"}
    page = administrator.post("/console/new-application", **form).text

    token = re.search(r'id="value-3" value="([^"]+)"', page)
    assert token
    answer = administrator.http.get(
        "/scim2/Users", base_url=HOST, headers={"Authorization": f"Bearer {token[1]}"}
    )
    tab = administrator.text("/console/applications/it/connect")
    assert answer.status_code == 200
    assert f'value="{HOST}/scim2?aadOptscim062020"' in page
    assert f'value="{HOST}/scim2?aadOptscim062020"' in tab
    assert token[1] not in tab
    assert "Make one on the Tokens tab" in tab


def test_a_template_that_fails_leaves_nothing(administrator: Console) -> None:
    """What was typed stays, and the reason stands above it."""
    answer = administrator.post("/console/new-application", template="okta", name="it", domain="NOWHERE")

    assert answer.status_code == 422
    assert "there is no domain NOWHERE" in answer.text
    assert [each.name for each in administrator.services.applications.list()] == ["demo"]


def test_an_application_made_by_hand_can_be_routed_at_once(administrator: Console) -> None:
    """The user store is asked for where the application is made."""
    administrator.post("/console/new-application", template="", name="hr", domain="PRIMARY")

    assert administrator.services.applications.get("hr").provisioning.domain == "PRIMARY"


def test_the_tab_shows_other_clients(viewer: Console) -> None:
    """Whoever connects something else sees what that wants."""
    page = viewer.text("/console/applications/demo/connect?client=okta")

    assert "What to paste into Okta" in page
    assert 'value="userName"' in page
