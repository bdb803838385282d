"""PATCH changes what its operations name, by the rules of RFC 7644 §3.5.2 and the habits of clients."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scim.errors import (
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    MutabilityError,
    NoTarget,
    ScimError,
)
from app.scim.patch import apply, parse_patch
from app.scim.resource import Resource
from app.scim.schema import Value
from tests.scim.samples import ARM, ENTERPRISE, GROUP, ROBOT, USER, group, read, robot, user
from tests.scim.strategies import json_values, user_patches, users

RFC_EXAMPLES = sorted(path.name for path in (Path(__file__).parent / "rfc").glob("rfc7644-3.5.2*.json"))
TYPES = {"User": USER, "Group": GROUP}
WORK: dict[str, Value] = {"value": "w@example.com", "type": "work", "primary": True}
HOME: dict[str, Value] = {"value": "h@example.com", "type": "home"}
WHEEL: dict[str, Value] = {"value": "left", "type": "wheel", "lot": "7", "wear": 3}


def patch(resource: Resource, *operations: Value, create_on_replace: bool = False) -> dict[str, Value]:
    """Carry out operations as a client sends them."""
    read_operations = parse_patch({"Operations": list(operations)}, resource.type)
    return dict(apply(resource, read_operations, create_on_replace=create_on_replace).attributes)


def op(name: str, path: str | None = None, value: Value = None) -> dict[str, Value]:
    """Write an operation; without a path there is no member path."""
    return {"op": name, "value": value} if path is None else {"op": name, "path": path, "value": value}


@pytest.mark.parametrize("name", RFC_EXAMPLES)
def test_rfc_examples(name: str) -> None:
    """The examples of RFC 7644 §3.5.2 do what their text says."""
    example = read(f"rfc/{name}")
    resource_type = TYPES[example["resourceType"]]

    patched = apply(
        Resource(resource_type, example["before"]), parse_patch(example["request"], resource_type)
    )

    assert patched == Resource(resource_type, example["after"])


SINGLE = [
    pytest.param({}, op("add", "title", "x"), {"title": "x"}, id="add"),
    pytest.param({"title": "x"}, op("add", "TITLE", "y"), {"title": "y"}, id="add to a value"),
    pytest.param({"title": "x"}, op("replace", "title", "y"), {"title": "y"}, id="replace"),
    pytest.param({}, op("replace", "title", "y"), {"title": "y"}, id="replace nothing"),
    pytest.param({"title": "x"}, op("remove", "title"), {}, id="remove"),
    pytest.param({}, op("remove", "title"), {}, id="remove nothing"),
    pytest.param({"title": "x"}, op("replace", "title", None), {}, id="replace by null"),
    pytest.param({"title": "x"}, op("add", "title", ""), {}, id="add the empty text"),
    pytest.param({"active": True}, op("replace", "active", False), {"active": False}, id="false is a value"),
    pytest.param({}, op("add", f"{USER.schema.id}:title", "x"), {"title": "x"}, id="core URN"),
]
COMPLEX = [
    pytest.param({}, op("add", "name", {"givenName": "B"}), {"name": {"givenName": "B"}}, id="add complex"),
    pytest.param(
        {"name": {"givenName": "B", "familyName": "J"}},
        op("replace", "name", {"GIVENNAME": "C"}),
        {"name": {"givenName": "C", "familyName": "J"}},
        id="replace leaves the other parts",
    ),
    pytest.param(
        {"name": {"givenName": "B", "familyName": "J"}},
        op("add", "name", {"givenName": None}),
        {"name": {"familyName": "J"}},
        id="null part",
    ),
    pytest.param(
        {"name": {"givenName": "B"}}, op("add", "name", {}), {"name": {"givenName": "B"}}, id="add empty"
    ),
    pytest.param({"name": {"givenName": "B"}}, op("replace", "name", {}), {}, id="replace by empty"),
    pytest.param({"name": {"givenName": "B"}}, op("replace", "name", []), {}, id="replace by empty list"),
    pytest.param(
        {"name": {"givenName": "B"}},
        op("replace", "name", {"x": 1}),
        {"name": {"givenName": "B"}},
        id="unknown parts",
    ),
    pytest.param(
        {}, op("add", "name", '{"givenName": "B"}'), {"name": {"givenName": "B"}}, id="object in a string"
    ),
    pytest.param({}, op("add", "name.givenName", "B"), {"name": {"givenName": "B"}}, id="add part"),
    pytest.param({"name": {"givenName": "B"}}, op("remove", "name.givenName"), {}, id="remove the only part"),
    pytest.param({"name": {"givenName": "B"}}, op("remove", "name"), {}, id="remove complex"),
]
MANY = [
    pytest.param({"emails": [WORK]}, op("add", "emails", [HOME]), {"emails": [WORK, HOME]}, id="add element"),
    pytest.param(
        {"emails": [WORK]}, op("add", "emails", HOME), {"emails": [WORK, HOME]}, id="add one element"
    ),
    pytest.param(
        {"emails": [WORK]},
        op("add", "emails", [WORK, {"value": "W@EXAMPLE.COM"}]),
        {"emails": [WORK]},
        id="add what is there",
    ),
    pytest.param(
        {"emails": [WORK]},
        op("add", "emails", [{**WORK, "display": "W"}]),
        {"emails": [{**WORK, "display": "W"}]},
        id="add brings up to date",
    ),
    pytest.param(
        {"emails": [WORK]},
        op("add", "emails", [{**WORK, "type": "home", "primary": False}]),
        {"emails": [WORK, {**WORK, "type": "home", "primary": False}]},
        id="same value, other type",
    ),
    pytest.param({"emails": [WORK]}, op("add", "emails", []), {"emails": [WORK]}, id="add nothing"),
    pytest.param({"emails": [WORK]}, op("replace", "emails", [HOME]), {"emails": [HOME]}, id="replace all"),
    pytest.param({"emails": [WORK]}, op("replace", "emails", []), {}, id="replace by nothing"),
    pytest.param({"emails": [WORK]}, op("remove", "emails"), {}, id="remove all"),
    pytest.param(
        {"emails": [WORK, HOME]},
        op("remove", "emails", [{"value": "w@example.com"}]),
        {"emails": [HOME]},
        id="remove listed",
    ),
    pytest.param(
        {"emails": [WORK, HOME]},
        op("remove", "emails", [{"type": "home"}]),
        {"emails": [WORK]},
        id="remove listed by another part",
    ),
    pytest.param(
        {"emails": [WORK]},
        op("remove", "emails", [{**WORK, "type": "home"}]),
        {"emails": [WORK]},
        id="remove listed with another type",
    ),
    pytest.param(
        {"emails": [WORK]}, op("remove", "emails", []), {"emails": [WORK]}, id="remove an empty list"
    ),
    pytest.param(
        {"emails": [WORK, HOME]},
        op("replace", "emails.display", "x"),
        {"emails": [{**WORK, "display": "x"}, {**HOME, "display": "x"}]},
        id="part of all",
    ),
    pytest.param(
        {"emails": [WORK, HOME]},
        op("remove", "emails.type"),
        {"emails": [{"value": "w@example.com", "primary": True}, {"value": "h@example.com"}]},
        id="remove part of all",
    ),
    pytest.param({}, op("replace", "emails.value", "x"), {"emails": [{"value": "x"}]}, id="part of none"),
    pytest.param({}, op("remove", "emails.value"), {}, id="remove part of none"),
    pytest.param({"emails": [{"type": "work"}]}, op("remove", "emails.type"), {}, id="remove the last part"),
    pytest.param(
        {"addresses": [{"type": "work", "region": "CA"}]},
        op("add", "addresses", [{"type": "work", "region": "ca"}, {"type": "home"}]),
        {"addresses": [{"type": "work", "region": "CA"}, {"type": "home"}]},
        id="elements without a value",
    ),
]
CHOSEN = [
    pytest.param({"emails": [WORK, HOME]}, op("replace", 'emails[type eq "work"].value', "x"), {"emails": [{**WORK, "value": "x"}, HOME]}, id="part"),
    pytest.param({"emails": [WORK, HOME]}, op("replace", 'emails[type eq "work"]', {"value": "x", "display": None}), {"emails": [{**WORK, "value": "x"}, HOME]}, id="element"),
    pytest.param({"emails": [WORK, HOME]}, op("replace", 'emails[type eq "work"]', [{"value": "x"}]), {"emails": [{**WORK, "value": "x"}, HOME]}, id="element in a list"),
    pytest.param({"emails": [WORK, HOME]}, op("add", 'emails[type eq "work"].display', "x"), {"emails": [{**WORK, "display": "x"}, HOME]}, id="add part"),
    pytest.param({"emails": [WORK, HOME]}, op("remove", 'emails[type eq "work"]'), {"emails": [HOME]}, id="remove"),
    pytest.param({"emails": [WORK, HOME]}, op("remove", "emails[value pr]"), {}, id="remove every one"),
    pytest.param({"emails": [WORK, HOME]}, op("replace", 'emails[type eq "work"]', None), {"emails": [HOME]}, id="replace by null"),
    pytest.param({"emails": [WORK]}, op("remove", 'emails[type eq "home"]'), {"emails": [WORK]}, id="remove what is gone"),
    pytest.param({"emails": [WORK]}, op("remove", 'emails[type eq "work"].primary'), {"emails": [{"value": "w@example.com", "type": "work"}]}, id="remove part"),
    pytest.param({"emails": [WORK]}, op("Add", 'emails[type eq "home"].value', "h@example.com"), {"emails": [WORK, {"type": "home", "value": "h@example.com"}]}, id="Entra makes the element"),
    pytest.param({}, op("Add", 'addresses[type eq "work" and primary eq true].region', "CA"), {"addresses": [{"type": "work", "primary": True, "region": "CA"}]}, id="from several terms"),
    pytest.param({}, op("add", 'emails[type eq "home"]', {"value": "x"}), {"emails": [{"type": "home", "value": "x"}]}, id="make the whole element"),
]  # fmt: skip
PRIMARY = [
    pytest.param({"emails": [WORK]}, op("add", "emails", [{**HOME, "primary": True}]), {"emails": [{**WORK, "primary": False}, {**HOME, "primary": True}]}, id="newest primary"),
    pytest.param({"emails": [WORK, HOME]}, op("replace", 'emails[type eq "home"].primary', "True"), {"emails": [{**WORK, "primary": False}, {**HOME, "primary": True}]}, id="newest primary by filter"),
    pytest.param({"emails": [WORK, HOME]}, op("add", 'emails[type eq "work"].primary', True), {"emails": [WORK, HOME]}, id="primary already"),
]  # fmt: skip
EXTENSION = [
    pytest.param({}, op("Add", f"{ENTERPRISE}:manager", "26"), {ENTERPRISE: {"manager": {"value": "26"}}}, id="manager as a string"),
    pytest.param({}, op("Add", "manager", [{"$ref": "../Users/26", "value": "26"}]), {ENTERPRISE: {"manager": {"value": "26", "$ref": "../Users/26"}}}, id="manager in a list"),
    pytest.param({}, op("Replace", f"{ENTERPRISE}.manager", {"$ref": None, "value": "26"}), {ENTERPRISE: {"manager": {"value": "26"}}}, id="manager with a dot"),
    pytest.param({ENTERPRISE: {"manager": {"value": "26"}}}, op("Replace", f"{ENTERPRISE}:manager", {"value": ""}), {}, id="manager cleared"),
    pytest.param({ENTERPRISE: {"manager": {"value": "26", "$ref": "x", "displayName": "J"}}}, op("replace", f"{ENTERPRISE}:manager.value", "27"), {ENTERPRISE: {"manager": {"value": "27"}}}, id="another manager"),
    pytest.param({ENTERPRISE: {"division": "d"}}, op("add", ENTERPRISE.upper(), {"Department": "x", "nope": 1}), {ENTERPRISE: {"division": "d", "department": "x"}}, id="whole extension"),
    pytest.param({ENTERPRISE: {"division": "d", "manager": {"value": "1"}}}, op("remove", ENTERPRISE), {}, id="remove the extension"),
    pytest.param({ENTERPRISE: {"division": "d"}}, op("replace", None, {ENTERPRISE: None}), {}, id="null extension"),
    pytest.param({}, op("add", USER.schema.id, {"title": "x"}), {"title": "x"}, id="whole core schema"),
]  # fmt: skip
PATHLESS = [
    pytest.param({"active": True}, op("replace", None, {"active": False}), {"active": False}, id="Okta deactivates"),
    pytest.param({"active": True}, op("replace", None, {"active": ["False"]}), {"active": False}, id="boolean in a list"),
    pytest.param({}, op("replace", None, {"id": "1", "schemas": [], "groups": [1], "meta": 5, "title": "x"}), {"title": "x"}, id="what is read-only is ignored"),
    pytest.param({}, op("replace", None, {"shoeSize": 42, "a b": 1, "urn:x:y": {"z": 1}}), {}, id="what is unknown is ignored"),
    pytest.param({}, op("add", None, {"name.givenName": "B", f"{ENTERPRISE}:department": "d", f"{ENTERPRISE}.manager": "26"}), {"name": {"givenName": "B"}, ENTERPRISE: {"department": "d", "manager": {"value": "26"}}}, id="Entra's keys"),
    pytest.param({"emails": [WORK]}, op("replace", None, {'emails[type eq "work"].value': "x"}), {"emails": [{**WORK, "value": "x"}]}, id="path as a key"),
    pytest.param({"emails": [WORK]}, op("add", "", {"emails": [HOME]}), {"emails": [WORK, HOME]}, id="empty path"),
    pytest.param({}, op("add", None, [{"title": "x"}]), {"title": "x"}, id="object in a list"),
    pytest.param({}, {"OP": "ADD", "Path": "title", "VALUE": "x"}, {"title": "x"}, id="members in any case"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "operation", "after"), [*SINGLE, *COMPLEX, *MANY, *CHOSEN, *PRIMARY, *EXTENSION, *PATHLESS]
)
def test_user(before: dict[str, Value], operation: dict[str, Value], after: dict[str, Value]) -> None:
    """An operation changes a user so, and doing it again changes nothing more."""
    once = patch(user(**before), operation)

    assert once == user(**after).attributes
    assert patch(Resource(USER, once), operation) == once or 'type eq "work"]' in str(operation)


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        pytest.param(op("Add", "members", [{"$ref": None, "value": "3"}]), ["1", "2", "3"], id="Entra adds"),
        pytest.param(
            op("Remove", "members", [{"$ref": None, "value": "2"}]), ["1"], id="Entra removes by a list"
        ),
        pytest.param(op("remove", 'members[value eq "2"]'), ["1"], id="Entra removes by a filter"),
        pytest.param(op("remove", 'members[value eq "9"]'), ["1", "2"], id="gone before"),
        pytest.param(op("remove", "members", None), [], id="Keycloak empties"),
        pytest.param(op("replace", "members", []), [], id="Okta empties"),
        pytest.param(op("replace", "members", None), [], id="replace by null"),
        pytest.param(op("add", "members", ["3"]), ["1", "2", "3"], id="ids alone"),
        pytest.param(op("add", "members", None), ["1", "2"], id="add null"),
    ],
)
def test_members(operation: dict[str, Value], members: list[str]) -> None:
    """Members come and go as each client writes it."""
    patched = patch(group("1", "2"), operation)

    assert patched == {
        "displayName": "Tour Guides",
        **({"members": group(*members).attributes["members"]} if members else {}),
    }


def test_member_keeps_what_is_fixed() -> None:
    """A member that is added or listed again keeps its reference and type."""
    member: dict[str, Value] = {
        "value": "1",
        "$ref": "https://example.com/Users/1",
        "type": "User",
        "display": "B",
    }
    before = Resource(GROUP, {"displayName": "g", "members": [member]})
    again: list[Value] = [{"value": "1", "$ref": "Users/1"}]

    assert patch(before, op("add", "members", again)) == before.attributes
    assert patch(before, op("replace", "members", [{"value": "1"}])) == before.attributes


ROBOTS = [
    pytest.param({"tags": ["a"]}, op("add", "tags", ["A", "b"]), {"tags": ["a", "b"]}, id="add simple"),
    pytest.param({"tags": ["a"]}, op("replace", "tags", ["A", "b"]), {"tags": ["A", "b"]}, id="replace simple"),
    pytest.param({"tags": ["a", "b"]}, op("remove", "tags", ["B"]), {"tags": ["a"]}, id="remove simple listed"),
    pytest.param({"tags": ["a", "b"]}, op("remove", 'tags[value eq "b"]'), {"tags": ["a"]}, id="remove simple chosen"),
    pytest.param({"tags": ["a", "b"]}, op("replace", 'tags[value eq "b"]', "c"), {"tags": ["a", "c"]}, id="replace simple chosen"),
    pytest.param({"tags": ["a", "b"]}, op("replace", 'tags[value eq "b"]', None), {"tags": ["a"]}, id="replace simple chosen by null"),
    pytest.param({"wheels": 3}, op("replace", "wheels", 0), {"wheels": 0}, id="zero is a value"),
    pytest.param({"wheels": 3}, op("replace", "wheels", 3.0), {"wheels": 3}, id="the same number"),
    pytest.param({}, op("add", "owner", "1"), {"owner": {"value": "1"}}, id="set what is immutable once"),
    pytest.param({"owner": {"value": "1"}}, op("replace", "owner", {"value": "1", "note": "n"}), {"owner": {"value": "1", "note": "n"}}, id="the same immutable part"),
    pytest.param({"maker": {"name": "A"}}, op("add", "maker", {"name": "A"}), {"maker": {"name": "A"}}, id="the same immutable"),
    pytest.param({"parts": [WHEEL]}, op("replace", "parts", [{"value": "left"}]), {"parts": [{"value": "left", "lot": "7", "wear": 3}]}, id="fixed parts survive"),
    pytest.param({ARM: {"reach": 1}}, op("add", f"{ARM}:grip.force", 2), {ARM: {"reach": 1, "grip": {"force": 2}}}, id="complex in extension"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "operation", "after"), ROBOTS)
def test_robot(before: dict[str, Value], operation: dict[str, Value], after: dict[str, Value]) -> None:
    """Attributes of every kind change by the same rules."""
    assert patch(robot(**before), operation) == robot(**after).attributes


@pytest.mark.parametrize(
    ("operation", "error", "detail"),
    [
        pytest.param(op("replace", "uptime", 1), MutabilityError, "uptime is read-only", id="read-only"),
        pytest.param(op("remove", "meta.version"), MutabilityError, "meta.version is read-only", id="read-only common"),
        pytest.param(op("replace", 'parts[value eq "left"].wear', 1), MutabilityError, "parts.wear is read-only", id="read-only part"),
        pytest.param(op("replace", "serial", "c3"), MutabilityError, "serial is immutable and already has a value", id="immutable"),
        pytest.param(op("replace", "maker.name", "B"), MutabilityError, "maker is immutable and already has a value", id="below immutable"),
        pytest.param(op("replace", 'parts[value eq "left"].lot', "8"), MutabilityError, "parts.lot is immutable and already has a value", id="immutable part"),
        pytest.param(op("remove", "parts.lot"), MutabilityError, "parts.lot is immutable and already has a value", id="remove immutable part"),
        pytest.param(op("remove", "parts"), MutabilityError, "parts is required and cannot be removed", id="required"),
        pytest.param(op("remove", 'parts[type eq "wheel"]'), MutabilityError, "parts is required and cannot be removed", id="last of required"),
        pytest.param(op("remove", "parts.value"), MutabilityError, "parts.value is required and cannot be removed", id="required part"),
        pytest.param(op("add", 'parts[type eq "arm"].note', "x"), InvalidValue, "parts.value: is required", id="new element lacks a part"),
        pytest.param(op("add", "parts", [{"type": "arm"}]), InvalidValue, "parts[0].value: is required", id="element lacks a part"),
        pytest.param(op("replace", "parts[value pr].primary", True), InvalidValue, "only one value can be primary", id="two become primary"),
        pytest.param(op("replace", 'parts[type eq "arm"].value', "x"), NoTarget, 'there is nothing at parts[type eq "arm"].value', id="replace nothing"),
        pytest.param(op("add", 'parts[type sw "arm"].value', "x"), NoTarget, 'there is nothing at parts[type sw "arm"].value', id="no equality"),
        pytest.param(op("add", 'parts[type eq "arm" or primary pr].value', "x"), NoTarget, 'there is nothing at parts[type eq "arm" or primary pr].value', id="no conjunction"),
        pytest.param(op("remove"), NoTarget, "remove needs a path", id="remove without a path"),
        pytest.param(op("remove", ROBOT.schema.id), NoTarget, "the attributes of the core schema cannot be removed all at once", id="remove everything"),
        pytest.param(op("add", "shoeSize", 1), InvalidPath, "Robot has no attribute 'shoeSize'", id="unknown"),
        pytest.param(op("add", "parts.size", 1), InvalidPath, "Robot has no attribute 'parts.size'", id="unknown part"),
        pytest.param(op("add", "a b", 1), InvalidPath, "'a b' is not an attribute path", id="malformed"),
        pytest.param(op("add", 'maker[name eq "A"]', {}), InvalidPath, "maker is not multi-valued, so that there is nothing to choose from by a filter", id="filter on one"),
        pytest.param(op("add", 'parts.value[type eq "A"]', "x"), InvalidPath, "parts.value is not multi-valued, so that there is nothing to choose from by a filter", id="filter on a part"),
        pytest.param({"op": "add", "path": 5, "value": 1}, InvalidPath, "path must be a string, got a number", id="path of another kind"),
        pytest.param(op("add", 'parts[type eq "A"', "x"), InvalidFilter, "expected ], got the end (column 18)", id="filter"),
        pytest.param(op("add", 'parts[size eq "A"]', {}), InvalidFilter, "parts has no sub-attribute 'size'", id="unknown in filter"),
        pytest.param(op("add", None, {"parts[": 1}), InvalidFilter, "expected an attribute, not or (, got the end (column 7)", id="filter in a key"),
        pytest.param(op("move", "nickname", "x"), InvalidSyntax, "op must be add, remove or replace", id="op"),
        pytest.param({"path": "nickname", "value": "x"}, InvalidSyntax, "op must be add, remove or replace", id="no op"),
        pytest.param("add", InvalidSyntax, "an operation must be a JSON object, got a string", id="operation"),
        pytest.param({"op": "add", "path": "nickname"}, InvalidValue, "add needs a value", id="no value"),
        pytest.param(op("add", None, "x"), InvalidValue, "an operation without a path needs an object as its value, got a string", id="value without a path"),
        pytest.param(op("add", ARM, 5), InvalidValue, f"{ARM} needs an object as its value, got a number", id="value of an extension"),
        pytest.param(op("add", ARM, {"grip": {"force": 1}}), InvalidValue, f"{ARM}:reach: is required", id="extension lacks an attribute"),
        pytest.param(op("add", "nickname", 5), InvalidValue, "nickname: expected a string, got a number", id="type"),
        pytest.param(op("add", "maker", 5), InvalidValue, "maker: expected an object, got a number", id="complex type"),
        pytest.param(op("replace", 'parts[value eq "left"].primary', "yes"), InvalidValue, "parts.primary: expected true or false, got a string", id="type of a part"),
        pytest.param(op("replace", "maker", {"name": 1}), InvalidValue, "maker.name: expected a string, got a number", id="type in an object"),
    ],
)  # fmt: skip
def test_refused(operation: Value, error: type[ScimError], detail: str) -> None:
    """What cannot be done is refused with the error that RFC 7644 names."""
    before = robot(maker={"name": "A"}, parts=[WHEEL, {"value": "right", "type": "wheel"}])

    with pytest.raises(error) as raised:
        patch(before, operation)

    assert raised.value.detail == detail


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        pytest.param([], "the body must be a JSON object, got a list", id="list"),
        pytest.param({}, "Operations must be a list of at least one operation", id="nothing"),
        pytest.param({"operations": []}, "Operations must be a list of at least one operation", id="empty"),
        pytest.param(
            {"Operations": {"op": "add"}}, "Operations must be a list of at least one operation", id="object"
        ),
    ],
)
def test_body_refused(body: Value, detail: str) -> None:
    """A body without operations is no PATCH."""
    with pytest.raises(InvalidSyntax) as raised:
        parse_patch(body, USER)

    assert raised.value.detail == detail


def test_create_on_replace() -> None:
    """A switch makes the element that a replace does not find."""
    operation = op("replace", 'emails[type eq "work"].value', "x")

    assert (
        patch(user(), operation, create_on_replace=True)
        == user(emails=[{"type": "work", "value": "x"}]).attributes
    )


def test_atomic() -> None:
    """When an operation fails, the ones before it have changed nothing."""
    before = user(title="x")

    with pytest.raises(NoTarget):
        patch(before, op("replace", "title", "y"), op("replace", 'emails[type eq "work"].value', "x"))

    assert before == user(title="x")


def test_order() -> None:
    """Operations are carried out in their order."""
    assert patch(user(), op("add", "title", "x"), op("replace", "title", "y")) == user(title="y").attributes


def test_two_primaries_that_were_there() -> None:
    """What the directory has wrong is not put right by an unrelated operation."""
    before = user(emails=[WORK, {**HOME, "primary": True}])

    assert patch(before, op("add", "emails", [HOME])) == before.attributes


@given(users, st.lists(user_patches, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_replace_and_remove_are_idempotent(resource: Resource, operations: list[dict[str, Any]]) -> None:
    """Replacing and removing again changes nothing, and the result is canonical."""
    once = apply(resource, parse_patch({"Operations": operations}, USER))
    last = parse_patch({"Operations": [operations[-1]]}, USER)

    assert apply(once, last) == once
    assert all(value not in (None, [], {}) for value in once.attributes.values())


@given(users)
@settings(max_examples=40, deadline=None)
def test_replacing_with_itself(resource: Resource) -> None:
    """A path-less add or replace with what is there changes nothing."""
    for name in ("add", "replace"):
        operations = parse_patch({"Operations": [op(name, None, resource.attributes)]}, USER)

        assert apply(resource, operations) == resource


@given(
    json_values,
    st.sampled_from(["add", "remove", "replace"]),
    st.sampled_from([None, "emails", "name", "x", ENTERPRISE]),
)
@settings(max_examples=150, deadline=None)
def test_hostile(value: Any, name: str, path: str | None) -> None:
    """Whatever value comes is taken or refused."""
    with suppress(ScimError):
        apply(user(), parse_patch({"Operations": [op(name, path, value)]}, USER))
