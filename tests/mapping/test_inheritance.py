"""A map may be its differences from another one."""

from __future__ import annotations

import pytest

from app.mapping.documents import build_map, schema_map_kind
from app.mapping.inheritance import completed, resource_type_of
from app.store.document import Document, Lookup, Snapshot
from tests.mapping.samples import TYPES, document

KIND = schema_map_kind(TYPES)
BASE = """
kind: SchemaMap
name: base
resource_type: User
entry: {object_classes: [person], scope: (cn=*), rdn: uid, parent: ou=People}
attributes:
  userName: uid
  title: title
  nickName: displayName
"""


def extension(text: str, *, name: str = "site", extends: str = "base") -> Document:
    """Describe a map that extends another."""
    return document(f"kind: SchemaMap\nname: {name}\nextends: {extends}\n{text}")


def among(*documents: Document) -> Lookup:
    """Put documents in force."""
    return Snapshot(1, {found.identity: found for found in documents})


def problems(found: Document, lookup: Lookup) -> list[tuple[str, str]]:
    """Return what is wrong with a document among others."""
    return [(p.key, p.message) for p in KIND.problems(found) or KIND.check(found, lookup)]


def test_differences() -> None:
    """Entry keys and rules go before the base's, in any spelling; a rule that is null is taken out."""
    site = extension(
        "entry: {parent: ou=Staff}\nattributes: {TITLE: employeeType, nickName: null, locale: l}"
    )

    found = completed(site, among(document(BASE)))

    assert found.body == {
        "resource_type": "User",
        "entry": {"object_classes": ["person"], "scope": "(cn=*)", "rdn": "uid", "parent": "ou=Staff"},
        "attributes": {"userName": "uid", "TITLE": "employeeType", "locale": "l"},
    }
    assert found.name == "site"


def test_chain() -> None:
    """A map may extend one that extends another, and may say nothing of its own."""
    middle = extension("attributes: {title: employeeType}")
    top = extension("", name="top", extends="site")

    found = build_map(top, TYPES, among(document(BASE), middle))

    assert [rule.attribute for rule in found.rules] == ["uid", "employeeType", "displayName"]
    assert problems(top, among(document(BASE), middle)) == []


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        pytest.param(
            "attributes: {locale: null}",
            "attributes.locale",
            "takes out what is not there: the map extends none that has it",
            id="nothing to take out",
        ),
        pytest.param(
            "attributes: {userName: null}",
            "entry.rdn",
            "no attribute of the map writes uid, which names the entry",
            id="name taken out",
        ),
        pytest.param(
            "attributes: {userName: x, USERNAME: uid}",
            "attributes.userName",
            "is read from x already; give one of them direction: to_directory",
            id="twice",
        ),
        pytest.param("entry: {rdn: 5}", "entry.rdn", "Not a valid string.", id="wrong type"),
        pytest.param("entry: null", "entry", "Field may not be null.", id="no entry"),
    ],
)
def test_wrong(text: str, key: str, message: str) -> None:
    """A mistake in the differences is reported at its key."""
    assert problems(extension(text), among(document(BASE))) == [(key, message)]


def test_missing() -> None:
    """A base that is not there is missed, near or far."""
    near = extension("", extends="x")
    far = extension("", name="top", extends="site")

    assert problems(near, among()) == [("extends", "there is no SchemaMap x")]
    assert problems(far, among(near)) == [("extends", "there is no SchemaMap x, which site extends")]


def test_circle() -> None:
    """Maps that extend one another in a circle are refused."""
    a, b = extension("", name="a", extends="b"), extension("", name="b", extends="a")

    assert problems(a, among(a, b)) == [("extends", "goes round in a circle: a extends b extends a")]


def test_resource_type() -> None:
    """The resource type of a map is its own, its base's, or nobody knows."""
    base, site = document(BASE), extension("")

    assert resource_type_of(site, among(base)) == "User"
    assert resource_type_of(extension("resource_type: Robot"), among()) == "Robot"
    assert resource_type_of(site, among()) is None


def test_alone() -> None:
    """A map that extends none needs all keys."""
    found = document("kind: SchemaMap\nname: m\nattributes: {}")

    assert problems(found, among()) == [
        ("resource_type", "Missing data for required field."),
        ("entry", "Missing data for required field."),
    ]
