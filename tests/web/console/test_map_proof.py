"""What a map is held to: examples are tried on their page and while somebody types, and what is lost is told."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from app.store.document import Document

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

MAP = "/console/documents/SchemaMap/openldap-user"
EXAMPLES = "/console/maps/openldap-user/examples"
COVERAGE = "/console/maps/openldap-user/coverage"
BODY = {
    "map": "openldap-user",
    "examples": [
        {
            "name": "somebody",
            "direction": "to_scim",
            "ldif": "dn: uid=jo,ou=People,dc=example,dc=org\nobjectClass: inetOrgPerson\nuid: jo\nsn: Smith\n",
            "shown": {"userName": "jo", "name": {"familyName": "Smith"}, "active": True},
        }
    ],
}


@pytest.fixture
def proved(administrator: Console) -> Console:
    """Have one example of a map, and no other."""
    services = administrator.services
    for each in services.documents.list("MapExamples"):
        services.documents.delete(each.kind, each.name, author="test")
    services.documents.apply([Document("MapExamples", "people", BODY)], author="test")
    return administrator


def test_examples_have_a_page(proved: Console) -> None:
    """Whether each holds, how the map differs where it does not, and where they are written."""
    assert f'href="{EXAMPLES}"' in proved.text(MAP)
    page = proved.text(EXAMPLES)
    assert ("1 example, 0 failed" in page, ">Passed<" in page) == (True, True)
    assert 'href="/console/documents/MapExamples/people"' in page
    assert EXAMPLES in proved.text("/console/documents/MapExamples/people")

    wrong = {**BODY, "examples": [{**BODY["examples"][0], "shown": {"userName": "jim"}}]}  # type: ignore[dict-item]
    proved.services.documents.apply([Document("MapExamples", "people", wrong)], author="test")

    page = unescape(proved.text(EXAMPLES))
    assert ("1 example, 1 failed" in page, ">Failed<" in page) == (True, True)
    assert '-   "userName": "jim"' in page
    assert '+   "userName": "jo"' in page


def test_examples_are_tried_while_the_map_is_edited(proved: Console) -> None:
    """A change that breaks one is told before it is saved; so is an example that the map does not keep."""
    text = proved.services.documents.get("SchemaMap", "openldap-user").text()
    good = proved.post(f"{MAP}/check", text=text).text
    broken = proved.post(
        f"{MAP}/check", text=re.sub(r"(name.familyName: .*)attribute: sn", r"\1attribute: description", text)
    )

    assert "The one example holds." in good
    assert ">Failed<" in broken.text
    assert "somebody" in broken.text

    written = (
        proved.services.documents.get("MapExamples", "people")
        .text()
        .replace("familyName: Smith", "familyName: Smyth")
    )
    tried = proved.post("/console/documents/MapExamples/people/check", text=written).text
    assert ">Failed<" in tried


def test_a_map_without_examples_leads_to_some(proved: Console) -> None:
    """The outline of new ones holds for the shipped map, and can be saved."""
    page = proved.text("/console/maps/openldap-group/examples")
    assert "There are no examples of openldap-group" in page
    assert 'href="/console/documents/MapExamples/new?extends=openldap-group"' in page

    page = proved.text("/console/documents/MapExamples/new?extends=openldap-user")

    assert "The one example holds." in page


def test_coverage_has_a_page(viewer: Console) -> None:
    """What becomes of each SCIM attribute, the lost ones first, in the product that is chosen."""
    assert f'href="{COVERAGE}"' in viewer.text(MAP)

    page = viewer.text(COVERAGE)

    fates = re.findall(r'<span class="badge[^"]*">(Lost|Changed|Refused|Kept beside|Kept)</span>', page)
    assert (fates[0], fates[-1], len(fates) > 50) == ("Lost", "Kept", True)
    assert "<code>givenName</code>" in page
    assert '<option value="openldap" selected>OpenLDAP</option>' in page
    assert viewer.get(f"{COVERAGE}?product=active-directory").status_code == 200
    assert viewer.get(f"{COVERAGE}?product=none").status_code == 404
    assert viewer.get("/console/maps/none/coverage").status_code == 404
