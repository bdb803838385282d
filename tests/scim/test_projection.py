"""Answers have what was asked for, what is always there, and nothing that never is."""

from __future__ import annotations

import pytest

from app.scim.codec import ResourceCodec
from app.scim.errors import InvalidValue
from app.scim.path import parse_path
from app.scim.projection import Projection
from app.scim.resource import Resource
from app.scim.schema import Value
from tests.scim.samples import ARM, ENTERPRISE, ROBOT, USER, read, robot, user

EXTENSION: dict[str, Value] = {"department": "Tours", "manager": {"value": "26"}}
BARBARA = user(
    id="1",
    title="Guide",
    name={"givenName": "Barbara", "familyName": "Jensen"},
    emails=[{"value": "a", "type": "work"}, {"value": "b"}],
    password="secret",
    meta={"version": "1"},
    **{ENTERPRISE: EXTENSION},
)
DEFAULT = {name: value for name, value in BARBARA.attributes.items() if name != "password"}


@pytest.mark.parametrize(
    ("attributes", "excluded", "result"),
    [
        pytest.param((), (), DEFAULT, id="default"),
        pytest.param(("USERNAME",), (), {"id": "1", "userName": "bjensen"}, id="one"),
        pytest.param(("name.GivenName",), (), {"id": "1", "name": {"givenName": "Barbara"}}, id="part"),
        pytest.param(("emails.type",), (), {"id": "1", "emails": [{"type": "work"}]}, id="part of many"),
        pytest.param(("name.givenName", "name"), (), {"id": "1", "name": DEFAULT["name"]}, id="part and whole"),
        pytest.param(("password", "nothing", "a b"), (), {"id": "1"}, id="never and unknown"),
        pytest.param((ENTERPRISE.upper(),), (), {"id": "1", ENTERPRISE: DEFAULT[ENTERPRISE]}, id="extension"),
        pytest.param(
            (f"{ENTERPRISE}:manager.value",), (), {"id": "1", ENTERPRISE: {"manager": {"value": "26"}}}, id="in extension"
        ),
        pytest.param(("manager.displayName",), (), {"id": "1"}, id="absent part"),
        pytest.param(
            (USER.schema.id,), (), {name: DEFAULT[name] for name in DEFAULT if name not in (ENTERPRISE, "meta")}, id="core"
        ),
        pytest.param((), ("id", "schemas"), DEFAULT, id="always"),
        pytest.param((), ("meta", "EMAILS"), {name: DEFAULT[name] for name in DEFAULT if name not in ("meta", "emails")}, id="without"),
        pytest.param((), ("emails.type",), {**DEFAULT, "emails": [{"value": "a"}, {"value": "b"}]}, id="without part"),
        pytest.param((), ("emails.value",), {**DEFAULT, "emails": [{"type": "work"}]}, id="nothing left of one"),
        pytest.param((), (ENTERPRISE,), {name: DEFAULT[name] for name in DEFAULT if name != ENTERPRISE}, id="without extension"),
    ],
)  # fmt: skip
def test_user(attributes: tuple[str, ...], excluded: tuple[str, ...], result: dict[str, Value]) -> None:
    """The names given choose from what may be returned."""
    projection = Projection.parse(USER, attributes=attributes, excluded_attributes=excluded)

    assert projection.apply(BARBARA) == Resource(USER, result)


@pytest.mark.parametrize(
    ("attributes", "result"),
    [
        pytest.param((), {"owner": {"value": "1"}}, id="default"),
        pytest.param(("notes",), {"notes": "n"}, id="on request"),
        pytest.param(("owner",), {"owner": {"value": "1"}}, id="whole"),
        pytest.param(("owner.note",), {"owner": {"value": "1", "note": "x"}}, id="part on request"),
        pytest.param(
            ("owner.note", "owner"), {"owner": {"value": "1", "note": "x"}}, id="whole and part on request"
        ),
        pytest.param(("owner.code",), {"owner": {"value": "1"}}, id="secret part"),
    ],
)
def test_returned(attributes: tuple[str, ...], result: dict[str, Value]) -> None:
    """RFC 7643 §7: ``request`` comes only when named, ``always`` with its attribute, ``never`` not at all."""
    full = Resource(ROBOT, {"notes": "n", "owner": {"value": "1", "note": "x", "code": "secret"}})

    assert Projection.parse(ROBOT, attributes=attributes).apply(full) == Resource(ROBOT, result)


def test_wants_agrees() -> None:
    """What is wanted is what is kept."""
    full = robot(tags=["a"], owner={"value": "1", "note": "x"}, notes="n", pin="1", **{ARM: {"reach": 1}})
    paths = [
        parse_path(text)
        for text in ("tags", "owner", "owner.value", "owner.note", "notes", "pin", f"{ARM}:reach")
    ]

    for names in ((), ("owner.note",), ("notes", ARM), ("tags",)):
        projection = Projection.parse(ROBOT, attributes=names)
        kept = projection.apply(full)
        assert [projection.wants(path) for path in paths] == [kept.get(path) is not None for path in paths]


def test_wants_nothing_excluded() -> None:
    """A group's members are not read when they are excluded."""
    projection = Projection.parse(USER, excluded_attributes=["groups", "name.givenName"])

    assert not projection.wants(parse_path("groups"))
    assert not projection.wants(parse_path("groups.value"))
    assert projection.wants(parse_path("name"))
    assert not projection.wants(parse_path("name.givenName"))


def test_both() -> None:
    """Asking for some and for all but some is refused."""
    with pytest.raises(InvalidValue):
        Projection.parse(USER, attributes=["userName"], excluded_attributes=["emails"])


def test_written() -> None:
    """RFC 7643 §7: what comes only on request comes also to the request that set it."""
    full = Resource(ROBOT, {"notes": "n", "pin": "1"})
    written = [parse_path("notes"), parse_path("pin")]

    assert Projection.parse(ROBOT, written=written).apply(full) == Resource(ROBOT, {"notes": "n"})
    assert Projection.parse(ROBOT, written=written, attributes=["id"]).apply(full) == Resource(ROBOT, {})


def test_rfc_example() -> None:
    """The partial user of RFC 7644 §3.9 comes of the full user of RFC 7643 §8.2."""
    example = read("rfc/rfc7644-3.9-partial-user.json")
    codec = ResourceCodec(USER)
    full = codec.load({**read("rfc/rfc7643-8.2-full-user.json"), "userName": "bjensen"}, purpose="read")

    partial = Projection.parse(USER, attributes=example["attributes"]).apply(full)

    assert codec.dump(partial) == example["resource"]


def test_asked_again() -> None:
    """Whether an attribute is wanted is answered the same however often, and equal schemas are one key."""
    projection = Projection.parse(USER, attributes=["title"])
    title = parse_path("title")

    assert [projection.wants(title), projection.wants(title)] == [True, True]
    assert len({USER.schema, USER.schema}) == 1
