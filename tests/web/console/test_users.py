"""Users of a domain: found, seen, made, switched off, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.store.document import Document

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

LIST = "/console/users"
NEW = "/console/users/PRIMARY/new"
JOHN = {
    "userName": "johndoe",
    "name.givenName": "John",
    "name.familyName": "Doe",
    "emails[work]": "johndoe@wso2.com",
    "password": "mypassword",
    "active": "on",
}


def _make(console: Console, *names: str) -> None:
    for name in names:
        console.create_user(userName=name, active="on")


def test_a_user_is_made(operator: Console) -> None:
    """What was typed is in the domain, the password on no page."""
    page = operator.text(operator.create_user(**JOHN))

    assert "John Doe is created in PRIMARY." in page
    assert "johndoe@wso2.com" in page
    assert "mypassword" not in page


def test_the_form_has_what_the_map_can_hold(operator: Console) -> None:
    """The main attributes first, the others below, and none that could not be kept."""
    page = operator.text(NEW)

    main, _, more = page.partition("More attributes")
    assert 'name="emails[work]"' in main
    assert 'name="password" type="password"' in main
    assert 'name="addresses[work].locality"' in more
    assert "nickName" not in page


def test_every_kind_of_place_can_be_filled_in(operator: Console) -> None:
    """Parts of one address come together, extensions below their URN."""
    department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
    address = {"addresses[work].locality": "Kandy", "addresses[work].region": "Central"}
    phones = {"phoneNumbers[work]": "+94 1", "phoneNumbers[mobile]": "+94 2"}

    page = operator.text(operator.create_user(userName="ann", **address, **phones, **{department: "HR"}))

    for text in ("Kandy", "Central", "+94 1", "+94 2", "department", ">HR<"):
        assert text in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "userName"),
        ({**JOHN, "userName": "taken"}, "exists already"),
    ],
)
def test_what_is_refused_comes_back(operator: Console, form: dict[str, str], said: str) -> None:
    """The page says why, keeps what was typed, and never the password."""
    _make(operator, "taken")

    answer = operator.post(NEW, **form)

    assert answer.status_code == 422
    assert said in answer.text
    assert "mypassword" not in answer.text


def test_a_mistake_stands_beside_its_field(operator: Console) -> None:
    """A user without a name is missing one, and the field says so."""
    page = operator.post(NEW, userName="", title="Boss").text

    assert '<a href="#userName">User name</a>' in page
    assert 'value="Boss"' in page


def test_users_are_listed(operator: Console) -> None:
    """Name, email and state of each."""
    operator.create_user(**JOHN)

    page = operator.text(LIST)

    for text in (">johndoe</a>", "John Doe", "johndoe@wso2.com", "Active", "of 1</p>"):
        assert text in page


def test_names_are_shown_as_text(operator: Console) -> None:
    """Markup in a user's name is no markup on a page."""
    name = "<img src=x onerror=alert(1)>"
    where = operator.create_user(
        userName="x", displayName=name, title="</pre><script>alert(1)</script>", active="on"
    )

    for page in (LIST, where, f"{where}/delete"):
        assert "<img src=x" not in operator.text(page)
        assert "<script>alert" not in operator.text(page)


@pytest.mark.parametrize("text", ["ann", "ANN", "ann@example.org", "Smith"])
def test_a_search_looks_at_names_and_addresses(operator: Console, text: str) -> None:
    """Part of the user name, of the name or of an address is enough."""
    operator.create_user(**{"userName": "ann", "name.familyName": "Smith", "emails[work]": "ann@example.org"})
    _make(operator, "bob")

    page = operator.get(f"{LIST}?domain=PRIMARY&q={text}").text

    assert ">ann</a>" in page
    assert ">bob</a>" not in page


def test_a_scim_filter_finds_users(operator: Console) -> None:
    """The language of SCIM clients works here as well, together with the search."""
    _make(operator, "ann", "anton", "bob")

    page = operator.get(f'{LIST}?q=an&filter=userName sw "ant"').text

    assert ">anton</a>" in page
    assert ">ann</a>" not in page


def test_a_wrong_filter_is_explained(operator: Console) -> None:
    """The filter stays to be put right."""
    answer = operator.get(f"{LIST}?filter=userName eq")

    assert answer.status_code == 422
    assert "The users cannot be shown" in answer.text
    assert 'value="userName eq"' in answer.text


@pytest.mark.parametrize("text", ['"', "\\", '") or (userName pr', "*)(uid=*", "\x00"])
def test_a_search_text_is_no_filter(operator: Console, text: str) -> None:
    """Whatever is typed is looked for as it is."""
    _make(operator, "ann")

    page = operator.http.get(LIST, query_string={"q": text}, base_url="https://bridge.example:9443")

    assert page.status_code == 200
    assert "No user matches" in page.text


def test_long_lists_have_pages(operator: Console) -> None:
    """Each page says where it stands and leads to its neighbours."""
    _make(operator, *(f"user{number:02}" for number in range(30)))

    first = operator.text(LIST)
    second = operator.text(f"{LIST}?domain=PRIMARY&count=25&start=26")

    assert "25 of 30" in first
    assert "start=26" in first
    assert "30 of 30" in second
    assert "start=1" in second
    assert ">Next<" not in second


@pytest.mark.parametrize(
    "query", ["start=x&count=y", "start=-5&count=0", "start=999999999999999", "count=100000"]
)
def test_wrong_numbers_are_no_reason_to_fail(operator: Console, query: str) -> None:
    """Numbers that make no sense are taken for those that do."""
    _make(operator, "ann")

    assert operator.get(f"{LIST}?{query}").status_code == 200


def test_an_empty_domain_says_what_to_do(operator: Console) -> None:
    """The list leads on."""
    assert "There are no users in PRIMARY" in operator.text(LIST)


def test_without_a_domain_the_list_says_what_to_do(empty: Console) -> None:
    """Where nothing is connected, that is said first."""
    assert "No user store is connected" in empty.text(LIST)


def test_a_user_is_shown_as_clients_see_it(operator: Console) -> None:
    """All attributes, and the SCIM document with its location."""
    where = operator.create_user(**JOHN)

    page = operator.text(where).replace("&#34;", '"')

    assert "<code>emails[work]</code>" in page
    assert f'"location": "https://bridge.example:9443/scim2/Users/{where.rpartition("/")[2]}"' in page
    assert '"schemas"' in page


def test_a_user_is_switched_off_and_on(operator: Console) -> None:
    """The page shows the state and offers the other one."""
    where = operator.create_user(**JOHN)

    operator.post(f"{where}/active", active="false")
    disabled = operator.text(where)
    operator.post(f"{where}/active", active="true")

    assert "John Doe is disabled." in disabled
    assert ">Enable</button>" in disabled
    assert ">Disable</button>" in operator.text(where)


def test_a_user_is_deleted_after_a_question(operator: Console) -> None:
    """Only the answer deletes."""
    where = operator.create_user(**JOHN)
    question = operator.text(f"{where}/delete")

    answer = operator.post(f"{where}/delete")

    assert "Delete John Doe?" in question
    assert "John Doe is deleted from PRIMARY." in operator.text(answer.location)
    assert operator.get(where).status_code == 404


def test_changes_are_recorded_with_who_and_what(operator: Console) -> None:
    """The trail has the plan without the password."""
    operator.create_user(**JOHN)

    entry = operator.services.audit.page(limit=1)[0]
    assert (entry.actor, entry.application, entry.action) == ("olga", "(console)", "create")
    assert "uid: johndoe" in entry.plan
    assert "mypassword" not in entry.plan


def test_a_viewer_is_offered_no_changes(viewer: Console) -> None:
    """Who may only look sees the list and the user without buttons."""
    writer = viewer.browser()
    writer.sign_in()
    where = writer.create_user(**JOHN)

    for page in (viewer.text(LIST), viewer.text(where)):
        assert "/new" not in page
        assert "/delete" not in page
        assert ">Disable<" not in page


@pytest.mark.parametrize(
    "path", [f"{LIST}?domain=NOWHERE", "/console/users/NOWHERE/new", "/console/users/NOWHERE/x"]
)
def test_a_domain_that_cannot_be_used_is_said(operator: Console, path: str) -> None:
    """A domain that is gone, or broken, is told of in words."""
    answer = operator.get(path)

    assert answer.status_code == 503
    assert "The user store domain NOWHERE cannot be used at present." in answer.text


def test_a_broken_domain_can_be_looked_at(administrator: Console) -> None:
    """What a document refers to and is not there breaks the domain, not the page."""
    document = administrator.services.documents.get("Domain", "PRIMARY")
    broken = Document("Domain", "BROKEN", {**document.body, "base": {"env": "NOT_SET"}})
    administrator.services.documents.apply([broken], author="test")

    assert "BROKEN" in administrator.text("/console/users?domain=PRIMARY")
    assert "cannot be used" in administrator.text("/console/users?domain=BROKEN")
