"""Maps as rows: the table of the rules, and one more rule without writing YAML."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from app.web.console.map_text import changed, with_rule

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

USERS = "/console/documents/SchemaMap/openldap-user"


def test_the_rules_are_a_table(viewer: Console) -> None:
    """Each with its attribute, and what else is to know; account matters are among them."""
    page = viewer.text(USERS)

    table = page.partition("The rules of the map")[2].partition("</table>")[0]
    for text in (
        "<code>name.familyName</code>",
        "<code>sn</code>",
        "the account: enabled",
        "refers to Group",
    ):
        assert text in table


def test_a_rule_is_added(administrator: Console) -> None:
    """It stands in the document, which is checked and not yet saved."""
    text = administrator.services.documents.get("SchemaMap", "openldap-user").text()
    form = {"text": text, "place": "nickName", "attribute": "carLicense", "add": "rule"}

    page = administrator.post(f"{USERS}/check", **form).text

    assert "nickName: carLicense" in page
    assert "<code>nickName</code>" in page.partition("The rules of the map")[2]
    assert "nickName" not in administrator.services.documents.get("SchemaMap", "openldap-user").text()


def test_what_has_no_rule_is_offered(administrator: Console) -> None:
    """A place that is taken is not."""
    page = administrator.text(USERS)

    offered = page.partition('<datalist id="places">')[2].partition("</datalist>")[0]
    assert '"nickName"' in offered
    assert '"userName"' not in offered


def test_a_viewer_adds_nothing(viewer: Console) -> None:
    """The form is for those who can save."""
    assert "One more rule" not in viewer.text(USERS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: m\nattributes:\n  a: b\n", "name: m\nattributes:\n  a: b\n  c: d\n"),
        (
            "attributes:\n  a: b\n\n# on\nunmapped: keep\n",
            "attributes:\n  a: b\n\n# on\n  c: d\nunmapped: keep\n",
        ),
        ("name: m\r\nattributes: {}\r\n", "name: m\nattributes:\n  c: d\n"),
        ("name: m", "name: m\nattributes:\n  c: d\n"),
    ],
)
def test_a_rule_finds_its_line(text: str, expected: str) -> None:
    """At the end of the attributes, wherever they are."""
    assert with_rule(text, "c", "d") == expected


def test_a_rule_is_one_line_of_yaml() -> None:
    """Whatever was typed."""
    written = with_rule("attributes:\n", "a: {b", "c\nkind: Domain")

    assert written.count("\n") == 2
    assert "\nkind: Domain" not in written


MAP = """\
kind: SchemaMap  # ours
name: m
attributes:
  userName: uid  # the name
  name.familyName: {attribute: sn, default: "{userName}"}
  # for people
  name.formatted:
    attribute: 'cn'
    default: ["{name.givenName}", "{userName}"]

  # the boss
  manager: {reference: manager, types: [User]}
  active: {account: enabled}
unmapped: refuse
"""


@pytest.mark.parametrize(
    ("place", "attribute", "old", "new"),
    [
        pytest.param("userName", "cn", "userName: uid ", "userName: cn ", id="plain"),
        pytest.param("username", "cn", "userName: uid ", "userName: cn ", id="in another case"),
        pytest.param("name.familyName", "l", "{attribute: sn,", "{attribute: l,", id="in a line"),
        pytest.param("name.formatted", "l", "attribute: 'cn'", "attribute: l", id="in a block"),
        pytest.param("manager", "boss", "{reference: manager,", "{reference: boss,", id="reference"),
        pytest.param("userName", "a: b", "userName: uid ", 'userName: "a: b" ', id="what needs quotes"),
        pytest.param("active", "x", "", "", id="no attribute"),
        pytest.param("nowhere", "x", "", "", id="no rule"),
        pytest.param("nowhere", "", "", "", id="no rule to take out"),
        pytest.param("userName", "", "  userName: uid  # the name\n", "", id="out"),
        pytest.param(
            "name.formatted",
            "",
            '  name.formatted:\n    attribute: \'cn\'\n    default: ["{name.givenName}", "{userName}"]\n',
            "",
            id="a block out",
        ),
        pytest.param("active", "", "  active: {account: enabled}\n", "", id="the last out"),
    ],
)
def test_a_row_changes_its_rule_alone(place: str, attribute: str, old: str, new: str) -> None:
    """Comments, order and all other rules stay to the letter."""
    assert changed(MAP, {place: attribute}, {}) == MAP.replace(old, new, 1)


def test_several_rows_at_once() -> None:
    """Longer and shorter ones, and one that goes."""
    text = changed(MAP, {"userName": "employeeNumber", "name.familyName": "", "manager": "m"}, {})

    rules = yaml.safe_load(text)["attributes"]
    assert rules["userName"] == "employeeNumber"
    assert rules["manager"] == {"reference": "m", "types": ["User"]}
    assert "name.familyName" not in rules


@pytest.mark.parametrize(
    ("attribute", "rule"),
    [
        pytest.param("mail", {"attribute": "mail", "untyped": True}, id="another"),
        pytest.param("", None, id="out"),
    ],
)
@pytest.mark.parametrize("text", ["name: m\nextends: base\n", "attributes: {}\n", "attributes:\n    a: b\n"])
def test_a_rule_of_the_map_below(text: str, attribute: str, rule: Any) -> None:
    """It is written anew with all that it says, or null, which takes it out."""
    whole = {"emails[work]": {"attribute": "old", "untyped": True}}

    written = changed(text, {"emails[work]": attribute}, whole)

    assert yaml.safe_load(written)["attributes"]["emails[work]"] == rule
    assert written.startswith(text.replace(" {}", ""))


@pytest.mark.parametrize(
    "text", ["attributes: {a: b}\n", "a: [\n", "- a\n", "x: &r {attribute: b}\nattributes:\n  a: *r\n"]
)
def test_what_cannot_be_changed_in_place_stays(text: str) -> None:
    """Rules on one line, what is no YAML or no map, and what stands elsewhere."""
    assert changed(text, {"a": "c"}, {}) == text


def test_rows_are_put_into_the_document(administrator: Console) -> None:
    """The page comes back with the YAML changed, still to be saved, and the table open."""
    text = administrator.services.documents.get("SchemaMap", "openldap-user").text()
    form: dict[str, Any] = {"row": ["title", "userType"], "was": ["title", "employeeType"]}

    page = unescape(
        administrator.post(f"{USERS}/check", text=text, rows="rows", **form, **{"is": ["o", ""]}).text
    )

    assert "\n  title: o\n" in page
    assert "  userType:" not in page
    assert 'id="table" open' in page
    assert 'name="was" value="o"' in page
    assert administrator.services.documents.get("SchemaMap", "openldap-user").text() == text


def test_what_is_in_the_rows_is_saved(administrator: Console) -> None:
    """Nobody has to put it into the document first."""
    text = administrator.services.documents.get("SchemaMap", "openldap-user").text()
    form: dict[str, Any] = {"row": ["title"], "was": ["title"], "is": ["initials"]}

    answer = administrator.post(USERS, text=text, **form)

    assert answer.status_code == 302
    body = administrator.services.documents.get("SchemaMap", "openldap-user").body
    assert body["attributes"]["title"] == "initials"


def test_rows_of_a_map_that_does_not_fit(administrator: Console) -> None:
    """A mistake that was made in a row can be mended in the row."""
    text = administrator.services.documents.get("SchemaMap", "openldap-user").text()
    form: dict[str, Any] = {"row": ["userName"], "was": ["uid"], "is": [""]}

    page = administrator.post(f"{USERS}/check", text=text, **form).text

    assert "Nothing is wrong" not in page
    assert 'aria-label="Directory attribute for title"' in page


def test_a_map_that_extends_another_shows_whose_rules_they_are(administrator: Console) -> None:
    """They can be changed in the row, and are then this map's own."""
    path = "/console/documents/SchemaMap/openldap-user-posix"
    text = administrator.services.documents.get("SchemaMap", "openldap-user-posix").text()
    form: dict[str, Any] = {"row": ["title"], "was": ["title"], "is": ["initials"]}

    before = administrator.text(path)
    after = unescape(administrator.post(f"{path}/check", text=text, **form).text)

    assert "inherited" in before
    assert "\n  title: initials\n" in after


def test_a_viewer_has_no_fields(viewer: Console) -> None:
    """The table is to be read."""
    assert 'name="is"' not in viewer.text(USERS)
