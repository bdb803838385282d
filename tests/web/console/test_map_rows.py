"""Maps as rows: the table of the rules, and one more rule without writing YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.web.console.map_rows import with_rule

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
