"""Maps and other documents: written with findings and previews at hand, saved as revisions, taken back."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

USER = "/console/documents/SchemaMap/openldap-user"
DOMAIN = "/console/documents/Domain/PRIMARY"
NEW = "/console/documents/SchemaMap/new"


def _source(console: Console, kind: str = "SchemaMap", name: str = "openldap-user") -> str:
    return console.services.documents.get(kind, name).text()


def _check(console: Console, text: str, **questions: str) -> str:
    answer = console.post(f"{USER}/check", text=text, **questions)
    assert answer.status_code == 200
    return unescape(answer.text)


def test_maps_are_listed_with_their_users(viewer: Console) -> None:
    """Who uses a map stands beside it."""
    page = viewer.text("/console/maps")

    assert ">openldap-user</a>" in page
    assert ">PRIMARY</a>" in page
    assert "nobody" in page


def test_a_map_opens_with_a_preview(viewer: Console) -> None:
    """Whoever opens a map sees at once what becomes of a resource and of a filter."""
    page = unescape(viewer.text(USER))

    assert "kind: SchemaMap" in page
    assert "dn: uid=bjensen,ou=People,dc=example,dc=org" in page
    assert "(uid=bjensen)" in page


def test_a_viewer_cannot_save(viewer: Console) -> None:
    """The text cannot be changed, and there is no button."""
    page = viewer.text(USER)

    assert ">Save</button>" not in page
    assert " readonly" in page


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("rdn: uid", "rdn: [", "Line", id="no YAML"),
        pytest.param("rdn: uid", "rdn: employeeNumber2", "names the entry", id="no rule writes the name"),
        pytest.param("userName: uid", "userNam: uid", "attributes.userNam", id="an unknown attribute"),
        pytest.param("name: openldap-user", "name: other", "a document keeps its name", id="another name"),
        pytest.param("kind: SchemaMap", "kind: Domain", "is SchemaMap here", id="another kind"),
    ],
)
def test_what_is_wrong_is_said(administrator: Console, old: str, new: str, said: str) -> None:
    """A finding names the place, and nothing is shown of what cannot work."""
    page = _check(administrator, _source(administrator).replace(old, new, 1))

    assert said in page
    assert 'id="shown-1"' not in page


def test_two_documents_are_not_one(administrator: Console) -> None:
    """An editor holds one document."""
    text = _source(administrator)

    assert "no more and no fewer" in _check(administrator, f"{text}---\n{text.replace('-user', '-two', 1)}")
    assert "no more and no fewer" in _check(administrator, "")


def test_questions_are_answered(administrator: Console) -> None:
    """What becomes of a resource, of an entry and of a filter, in a user store or without one."""
    administrator.create_user(userName="ann", title="Chief", active="on")
    asked = {
        "resource": '{"userName": "jo", "title": "Boss"}',
        "entry": "uid=ann,ou=People,dc=example,dc=org",
        "filter": 'title co "x" and nickName pr',
    }

    inside = _check(administrator, _source(administrator), domain="PRIMARY", **asked)
    outside = _check(administrator, _source(administrator), **asked)

    for text in ("dn: uid=jo,ou=People", '"title": "Chief"'):
        assert text in inside
    assert "Choose the user store that has the entry, or give the entry as LDIF." in outside
    assert "title: Boss" in outside


def test_what_is_made_up_or_lost_is_told(administrator: Console) -> None:
    """Beside the LDIF stands what no rule takes, and what is an example of what would be generated."""
    text = _source(administrator).replace(
        "attributes:\n", "  attributes: {uidNumber: {generate: {from: 10, to: 20}}}\nattributes:\n", 1
    )

    page = _check(administrator, text, resource='{"userName": "jo", "nickName": "J"}')

    assert "nickName: no rule takes it" in page
    assert "uidNumber is generated" in page


def test_live_entries_are_for_administrators(operator: Console) -> None:
    """Whoever types a map could see any attribute of any entry by it."""
    operator.create_user(userName="ann", title="Chief", active="on")

    page = _check(operator, _source(operator), domain="PRIMARY", entry="uid=ann,ou=People,dc=example,dc=org")

    assert "Only administrators see entries of the directory here." in page
    assert '"title": "Chief"' not in page


@pytest.mark.parametrize("domain", ["", "PRIMARY"])
def test_an_entry_may_be_given_as_ldif(administrator: Console, domain: str) -> None:
    """It is shown as the resource that it would be, in a user store or without one."""
    ldif = "dn: uid=jo,dc=example,dc=org\nobjectClass: inetOrgPerson\nuid: jo\ntitle: Boss\nmanager: uid=x\n"

    page = _check(administrator, _source(administrator), entry=ldif, domain=domain)

    assert '"title": "Boss"' in page
    assert ("manager is left out" in page) is (not domain)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"resource": "{"}, "JSON"),
        ({"resource": "{}"}, "userName"),
        ({"filter": "userName eq"}, "filter"),
        ({"entry": "no name", "domain": "PRIMARY"}, "is not a distinguished name"),
        ({"entry": "dn: x=y\nno ldif"}, "has no name and value"),
        ({"entry": "uid=nobody,dc=example,dc=org", "domain": "PRIMARY"}, "There is no entry"),
    ],
)
def test_a_wrong_question_is_told(administrator: Console, question: dict[str, str], said: str) -> None:
    """The answer says what is wrong, on a page that works."""
    assert said.lower() in _check(administrator, _source(administrator), **question).lower()


def test_nothing_is_saved_by_a_check(administrator: Console) -> None:
    """What is only looked at stays as it was."""
    before = administrator.services.documents.generation()

    page = _check(administrator, _source(administrator).replace("title: title", "title: description"))

    assert "+  title: description" in page
    assert administrator.services.documents.generation() == before


def test_a_map_is_saved_and_in_force(administrator: Console) -> None:
    """The next request goes by it, and the history says who and why."""
    text = _source(administrator).replace("title: title", "title: description")

    answer = administrator.post(USER, text=text.replace("\n", "\r\n"), comment="titles are descriptions")
    page = administrator.text(answer.location)
    administrator.create_user(userName="ann", title="Chief", active="on")

    assert "openldap-user is in force." in page
    assert "description: Chief" in administrator.services.audit.page(limit=1)[0].plan
    assert "titles are descriptions" in administrator.text(f"{USER}/history")


def test_a_bad_map_is_not_saved(administrator: Console) -> None:
    """The text comes back with what is wrong with it."""
    answer = administrator.post(USER, text=_source(administrator).replace("userName: uid", "userNam: uid"))

    assert answer.status_code == 422
    assert "It is not saved" in answer.text
    assert "userNam: uid" in answer.text
    assert "userName: uid" in _source(administrator)


def test_a_map_goes_back(administrator: Console) -> None:
    """An earlier revision is in force again, as a new one."""
    before = _source(administrator)
    administrator.post(USER, text=before.replace("title: title", "title: description"))

    answer = administrator.post(f"{USER}/rollback", revision="1")

    assert "is as it was in revision 1" in administrator.text(answer.location)
    assert administrator.services.documents.get("SchemaMap", "openldap-user").text() == before
    assert administrator.post(f"{USER}/rollback", revision="99").status_code == 404


def test_a_map_that_extends_another_begins_short(administrator: Console) -> None:
    """The outline names its base, and can be saved at once."""
    page = unescape(administrator.text(f"{NEW}?extends=openldap-user"))
    text = page.partition('name="text"')[2].partition(">")[2].partition("</textarea>")[0]

    answer = administrator.post(NEW, text=text)

    assert "extends: openldap-user" in text
    assert answer.location == "/console/documents/SchemaMap/my-openldap-user"


def test_a_new_map_cannot_take_a_name(administrator: Console) -> None:
    """What is there already is not overwritten by something new."""
    answer = administrator.post(NEW, text=_source(administrator))

    assert answer.status_code == 422
    assert "there is a SchemaMap openldap-user already" in answer.text


def test_other_documents_are_edited_the_same_way(administrator: Console) -> None:
    """A user store's document has no previews, and its secrets are references."""
    text = _source(administrator, "Domain", "PRIMARY").replace("OpenLDAP beside", "A directory beside")

    answer = administrator.post(DOMAIN, text=text)
    page = administrator.text(answer.location)

    assert "A directory beside" in page
    assert "the directory&#39;s secret" not in page
    assert "Try it" not in page


@pytest.mark.parametrize(
    "path", ["/console/documents/Robot/x", "/console/documents/SchemaMap/nope", f"{NEW}x"]
)
def test_what_is_not_there_is_said(administrator: Console, path: str) -> None:
    """Neither kinds nor names that nobody has are pages."""
    assert administrator.get(path).status_code == 404


def test_a_rollback_is_checked_like_every_change(administrator: Console) -> None:
    """A revision that others cannot live with any more stays history."""
    administrator.post(NEW, text="kind: SchemaMap\nname: mine\nextends: openldap-user\n")
    mine = "/console/documents/SchemaMap/mine"
    administrator.post(mine, text="kind: SchemaMap\nname: mine\nextends: openldap-group\n")
    administrator.post(NEW, text="kind: SchemaMap\nname: base\nextends: openldap-user\n")
    administrator.post(mine, text="kind: SchemaMap\nname: mine\nextends: base\n")
    administrator.post(mine, text="kind: SchemaMap\nname: mine\nextends: openldap-user\n")
    administrator.services.documents.delete("SchemaMap", "base", author="test")

    answer = administrator.post(f"{mine}/rollback", revision="3")

    assert "It cannot go back there" in administrator.text(answer.location)


def test_two_editors_do_not_undo_each_other(administrator: Console) -> None:
    """Whoever saves second is told, keeps what was typed, and nothing is lost."""
    where = "/console/documents/Domain/PRIMARY"
    text = administrator.services.documents.get("Domain", "PRIMARY").text()
    page = administrator.text(where)
    digest = page.partition('name="digest" value="')[2].partition('"')[0]

    first = administrator.post(
        where, text=text.replace("OpenLDAP beside Landbridge.", "first"), digest=digest
    )
    second = administrator.post(
        where, text=text.replace("OpenLDAP beside Landbridge.", "second"), digest=digest
    )

    assert first.status_code == 302
    assert second.status_code == 422
    assert "somebody has changed it since" in second.text
    assert "description: second" in second.text
    assert administrator.services.documents.get("Domain", "PRIMARY").description == "first"
