"""Examples are tried both ways, and what differs is told."""

from pathlib import Path

import pytest

from app.preparation.examples import MAP_EXAMPLES, Tried, try_examples
from app.store.document import Document, Snapshot
from app.store.loading import parse
from tests.preparation.conftest import shipped
from tests.provisioning.conftest import RESOURCE_TYPES

BEGINNING = "kind: MapExamples\nname: e\nmap: openldap-group\nexamples:\n"
LDIF = "  ldif: |\n    dn: cn=g,ou=Groups,dc=example,dc=org\n    member:\n    CN: g\n    objectclass: groupOfNames\n"
ONE = "- name: one\n  shown: {displayName: g}\n" + LDIF


def document_of(text: str) -> Document:
    """Read a document."""
    (document,) = parse(text, file="e.yaml").documents
    return document


def tried(text: str) -> list[Tried]:
    """Try the examples of a text."""
    return list(try_examples(document_of(BEGINNING + text), shipped(), RESOURCE_TYPES))


@pytest.mark.parametrize(
    "path", sorted(Path("config/maps/examples").glob("*.yaml")), ids=lambda path: path.stem
)
def test_shipped_examples(path: Path) -> None:
    """Every shipped map does what its examples say."""
    found = list(try_examples(document_of(path.read_text()), shipped(), RESOURCE_TYPES))

    assert [(each.name, each.problem) for each in found if not each.passed] == []


def test_every_shipped_map_has_examples() -> None:
    """No shipped map is without."""
    documents = shipped()

    assert {each.body["map"] for each in documents.list("MapExamples")} == {
        each.name for each in documents.list("SchemaMap")
    }


def test_order_and_case_make_no_difference() -> None:
    """LDIF is compared by what it means."""
    assert tried("- name: one\n  resource: {displayName: g}\n" + LDIF) == [Tried("e", "one", "e.yaml:5")]


def test_another_entry() -> None:
    """What a create sends and the example does not have, and the other way, is told, and so is what is shown."""
    (found,) = tried("- name: one\n  resource: {displayName: h}\n" + LDIF)

    assert "- dn: cn=g,ou=Groups,dc=example,dc=org\n+ dn: cn=h,ou=Groups,dc=example,dc=org" in found.problem
    assert '-   "displayName": "h"\n+   "displayName": "g"' in found.problem


@pytest.mark.parametrize(("way", "told"), [("to_directory", "the LDIF"), ("to_scim", "the resource")])
def test_one_way(way: str, told: str) -> None:
    """One half can be left out."""
    (found,) = tried(f"- name: one\n  direction: {way}\n  resource: {{displayName: h}}\n" + LDIF)

    assert [line for line in found.problem.splitlines() if "differs" in line] == [
        f"{told} differs (- the example, + the map):"
    ]


@pytest.mark.parametrize(
    ("example", "problem"),
    [
        pytest.param("  resource: {members: []}\n  refused: is required\n", "", id="as-expected"),
        pytest.param(
            "  resource: {displayName: g}\n  refused: names\n",
            "the resource is not refused; a create sends\ndn: cn=g,ou=Groups,dc=example,dc=org\n"
            "changetype: add\nobjectClass: groupOfNames\ncn: g\nmember:",
            id="not-refused",
        ),
        pytest.param(
            "  resource: {members: []}\n" + LDIF,
            "the resource is refused: displayName: is required",
            id="refused",
        ),
        pytest.param(
            "  shown: {displayName: 1}\n" + LDIF,
            "what should be shown is no Group: displayName",
            id="no-resource",
        ),
    ],
)
def test_refusals(example: str, problem: str) -> None:
    """A refusal can be what is expected."""
    (found,) = tried("- name: one\n" + example)

    assert found.problem.startswith(problem)
    assert found.passed is (not problem)


def test_a_map_that_is_not_there() -> None:
    """Without a usable map nothing is tried."""
    document = document_of(BEGINNING.replace("openldap-group", "gone") + ONE)

    (found,) = try_examples(document, Snapshot(0, {}), RESOURCE_TYPES)

    assert found.problem == "there is no SchemaMap gone"
    assert [str(problem) for problem in MAP_EXAMPLES.check(document, Snapshot(0, {}))] == [
        "e.yaml:3: MapExamples e: map: there is no SchemaMap gone"
    ]
    assert list(MAP_EXAMPLES.check(document_of(BEGINNING + ONE), shipped())) == []


@pytest.mark.parametrize(
    ("example", "key"),
    [
        pytest.param("- name: one\n  refused: x\n", "examples.0.refused", id="nothing-to-refuse"),
        pytest.param("- name: one\n  resource: {}\n", "examples.0", id="nothing-to-send"),
        pytest.param("- name: one\n" + LDIF, "examples.0", id="nothing-to-show"),
        pytest.param("- name: one\n  ldif: x\n  resource: {}\n", "examples.0.ldif", id="no-ldif"),
        pytest.param("- name: one\nbase: x\n", "base", id="no-name"),
    ],
)
def test_refused_documents(example: str, key: str) -> None:
    """A document that says too little is refused, with the key."""
    problems = MAP_EXAMPLES.problems(document_of(BEGINNING + example))

    assert key in [problem.key for problem in problems]


def test_changes_after_the_add() -> None:
    """An entry is shown as it is after all that the LDIF says."""
    text = (
        "- name: one\n  shown: {displayName: g}\n"
        + LDIF
        + "\n    dn: cn=g,ou=Groups,dc=example,dc=org\n    changetype: modify\n    replace: description\n"
        "    description: x\n\n    dn: cn=g,ou=Groups,dc=example,dc=org\n    changetype: delete\n"
    )

    assert [each.problem for each in tried(text)] == [""]
