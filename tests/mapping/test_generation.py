"""Maps ask for values that nobody else may have; who finds them is not their business."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mapping.documents import schema_map_kind
from app.mapping.generation import CountedText, NumberRange, Wanted
from app.mapping.translate import to_image
from app.scim.resource import Resource
from app.store.document import Document, Snapshot
from tests.mapping.samples import TYPES, read_map
from tests.scim.samples import USER

MAP = read_map("""
kind: SchemaMap
name: m
resource_type: User
entry:
  object_classes: [person]
  scope: (cn=*)
  rdn: uid
  attributes:
    number: {generate: {from: 10, to: 12}}
    uid: {generate: {expression: lower(resource.userName), suffix: "@x", max_length: 20}}
attributes:
  userName: account
  title: {attribute: title, default: {generate: {text: "{displayName}"}}}
""")


def test_wanted() -> None:
    """What a map wants is asked for with all that is known about it, and written as it is found."""
    asked: list[Wanted] = []

    def find(wanted: Wanted) -> str | None:
        asked.append(wanted)
        return None if wanted.attribute == "number" else f"{wanted.what.example}!"

    image = to_image(MAP, Resource(USER, {"userName": "Jo", "displayName": "J"}), generate=find)

    assert asked == [
        Wanted("number", NumberRange(10, 12)),
        Wanted("uid", CountedText("jo", "@x", 20)),
        Wanted("title", CountedText("J")),
    ]
    assert image.attributes == {"uid": (b"jo@x!",), "account": (b"Jo",), "title": (b"J!",)}


def test_not_wanted() -> None:
    """Nothing is generated for a value that is there, or of a text that cannot be made."""
    given_title = to_image(MAP, Resource(USER, {"userName": "Jo", "title": "Dr"}))
    without = to_image(MAP, Resource(USER, {"userName": "Jo"}))

    assert given_title.attributes["title"] == (b"Dr",)
    assert "title" not in without.attributes


def test_examples() -> None:
    """Without anybody who looks, examples stand for what would be found."""
    assert to_image(MAP, Resource(USER, {"userName": "Jo"})).attributes == {
        "number": (b"10",),
        "uid": (b"jo@x",),
        "account": (b"Jo",),
    }
    assert str(NumberRange(10, 12)) == "a free number from 10 to 12"
    assert str(CountedText("jo")) == "jo, or with a counter where that is taken"


def test_what_is_fetched() -> None:
    """A change begins with what was generated, whatever the request is about."""
    assert {"number", "uid"} <= set(MAP.directory_attributes(lambda _path: False))


def test_certain() -> None:
    """A generated number is always there, a text where what it is made of is."""
    number, uid = (fixed.sources[0] for fixed in MAP.entry.attributes)
    title = next(rule.defaults[0] for rule in MAP.rules if rule.defaults)

    assert number.is_certain([])
    assert not uid.is_certain(uid.paths)
    assert title.is_certain(title.paths)
    assert not title.is_certain([])


@given(
    text=st.text(min_size=1, max_size=40),
    suffix=st.text(max_size=10),
    length=st.integers(15, 40),
    to=st.integers(1, 40),
)
def test_candidates(text: str, suffix: str, length: int, to: int) -> None:
    """Candidates of letters differ; all end in the suffix and are as short as they must be."""
    counted = CountedText(text, suffix, length)
    found = [value for value, _ in zip(counted.candidates(), range(to), strict=False)]

    assert len(found) == to
    assert len(set(found)) == to or any(map(str.isdigit, text))
    assert all(len(value) <= length and value.endswith(suffix) for value in found)


def test_cut() -> None:
    """A long text is cut before the counter, and does not end in a dot or space there."""
    found = CountedText("maximilian. mustermann", max_length=13).candidates()

    assert [next(found) for _ in range(3)] == ["maximilian. m", "maximilian2", "maximilian3"]


@pytest.mark.parametrize(
    ("generate", "key", "message"),
    [
        ({}, "", "needs from and to, or one of text and expression"),
        ({"from": 1}, "", "needs from and to, or one of text and expression"),
        ({"from": 1, "to": 2, "text": "x"}, "", "needs from and to, or one of text and expression"),
        ({"from": 3, "to": 2}, ".to", "to is less than from"),
        ({"from": "3", "to": 4}, ".from", "Not a valid integer."),
        ({"text": "{x}"}, "", "User has no attribute 'x'"),
        ({"expression": "x"}, ".expression", "knows no x"),
        ({"text": "x", "suffix": "@example.org", "max_length": 16}, ".max_length", "leaves no place"),
    ],
)
def test_refused(generate: Any, key: str, message: str) -> None:
    """What cannot be generated is told at its key."""
    found = _problem({"attribute": "title", "default": {"generate": generate}})

    assert (found[0], found[1][: len(message)]) == (f"attributes.title.default.generate{key}", message)


def test_refused_elsewhere() -> None:
    """A generated value is not transformed, and no place of many entries is generated."""
    transformed = _problem({"attribute": "t", "transform": "lower", "default": {"generate": {"text": "x"}}})
    parent = _problem("title", parent={"generate": {"text": "ou=x"}})

    assert transformed == (
        "attributes.title.default",
        "generates what would be transformed, and then be somebody else's",
    )
    assert parent == ("entry.parent.generate", "is a place for many, so there is nothing to generate")


def _problem(title: Any, **entry: Any) -> tuple[str, str]:
    shape = {"object_classes": ["person"], "scope": "(cn=*)", "rdn": "uid", **entry}
    attributes = {"userName": "uid", "title": title}
    document = Document("SchemaMap", "m", {"resource_type": "User", "entry": shape, "attributes": attributes})
    kind = schema_map_kind(TYPES)
    found = next(iter(kind.problems(document) or kind.check(document, Snapshot(0, {}))))
    return found.key, found.message
