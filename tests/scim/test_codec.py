"""Bodies are read leniently, checked strictly, and written canonically."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from app.scim.codec import Purpose, ResourceCodec, load_value
from app.scim.errors import InvalidSyntax, InvalidValue, ScimError
from app.scim.path import parse_path, resolve
from app.scim.resource import Resource
from app.scim.schema import Extension, ResourceType, Value
from tests.scim.samples import ARM, ENTERPRISE, GROUP, ROBOT, USER, read
from tests.scim.strategies import json_values, users

USERS = ResourceCodec(USER)
ROBOTS = ResourceCodec(ROBOT)
LEAST_ROBOT: dict[str, Value] = {"serial": "r2", "key": "k", "parts": [{"value": "w"}]}


def load_user(**body: Value) -> dict[str, Value]:
    """Load a user body and leave the userName away."""
    attributes = dict(USERS.load({"userName": "bjensen", **body}).attributes)
    assert attributes.pop("userName") == "bjensen"
    return attributes


def load_robot(**body: Value) -> dict[str, Value]:
    """Load a robot body and leave away what every robot needs."""
    attributes = ROBOTS.load({**LEAST_ROBOT, **body}).attributes
    return {name: value for name, value in attributes.items() if name not in LEAST_ROBOT}


@pytest.mark.parametrize(
    ("body", "attributes"),
    [
        pytest.param(
            {"NICKNAME": "Babs", "Name": {"GIVENNAME": "B"}},
            {"nickName": "Babs", "name": {"givenName": "B"}},
            id="any case",
        ),
        pytest.param({"shoeSize": 42, "urn:nobody:knows": {"a": 1}}, {}, id="unknown is ignored"),
        pytest.param(
            {"id": "1", "meta": {"version": "1"}, "groups": 5, "schemas": "x"}, {}, id="read-only is ignored"
        ),
        pytest.param({"title": None, "emails": [], "name": {}, "roles": None}, {}, id="unassigned"),
        pytest.param(
            {"title": "", "name": {"givenName": ""}, "emails": [{"value": ""}]}, {}, id="empty strings"
        ),
        pytest.param({"name": {"nothing": 1}, "emails": [None, {}]}, {}, id="empty after all"),
        pytest.param({"active": "False"}, {"active": False}, id="boolean as a string"),
        pytest.param({"active": [True]}, {"active": True}, id="list of one"),
        pytest.param({"active": []}, {}, id="list of none"),
        pytest.param({"emails": {"value": "a@b.c"}}, {"emails": [{"value": "a@b.c"}]}, id="one for many"),
        pytest.param(
            {"emails": [{"value": "a", "type": "WORK"}, {"value": "b", "type": "Boat"}]},
            {"emails": [{"value": "a", "type": "work"}, {"value": "b", "type": "Boat"}]},
            id="canonical values",
        ),
        pytest.param({"emails": ["a@b.c"]}, {"emails": [{"value": "a@b.c"}]}, id="value alone"),
        pytest.param(
            {"emails": [{"value": "a"}, {"value": "a"}]}, {"emails": [{"value": "a"}]}, id="twice the same"
        ),
        pytest.param({"name": '{"givenName": "B"}'}, {"name": {"givenName": "B"}}, id="object in a string"),
        pytest.param(
            {"roles": [{"value": '{"id": 1}'}]},
            {"roles": [{"value": '{"id": 1}'}]},
            id="string that looks like one",
        ),
        pytest.param({"roles": ["{no"]}, None, id="no object in a string"),
        pytest.param(
            {ENTERPRISE.upper(): {"Department": "x"}}, {ENTERPRISE: {"department": "x"}}, id="extension"
        ),
        pytest.param(
            {ENTERPRISE: {"manager": "26"}},
            {ENTERPRISE: {"manager": {"value": "26"}}},
            id="manager as a string",
        ),
        pytest.param(
            {ENTERPRISE: {"manager": [{"value": "26", "$ref": None}]}},
            {ENTERPRISE: {"manager": {"value": "26"}}},
            id="manager in a list",
        ),
        pytest.param({ENTERPRISE: {"manager": {"VALUE": "", "$ref": "x"}}}, {}, id="manager cleared"),
        pytest.param({ENTERPRISE: {"manager": {"displayName": "J"}}}, {}, id="read-only sub-attribute"),
        pytest.param({ENTERPRISE: None}, {}, id="null extension"),
    ],
)
def test_lenient(body: dict[str, Value], attributes: dict[str, Value] | None) -> None:
    """What clients send in their own way is understood, and comes out canonical."""
    if attributes is None:
        with pytest.raises(InvalidValue):
            load_user(**body)
    else:
        assert load_user(**body) == attributes


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"weight": 1.5}, id="decimal"),
        pytest.param({"weight": 2}, id="whole decimal"),
        pytest.param({"wheels": -3}, id="integer"),
        pytest.param({"built": "2020-02-29T12:00:00.5+01:00"}, id="dateTime"),
        pytest.param({"firmware": "AAECAw=="}, id="binary"),
        pytest.param({"home": "../rooms/1"}, id="reference"),
        pytest.param({"tags": ["a", "b"], "codes": [1, 2]}, id="simple lists"),
        pytest.param({"owner": {"value": "1", "since": "2020-01-01T00:00:00Z"}}, id="complex"),
        pytest.param({ARM: {"reach": 1.0, "grip": {"fingers": 5}}}, id="extension"),
    ],
)
def test_types(body: dict[str, Value]) -> None:
    """Values of every type come through as they are."""
    assert load_robot(**body) == body


def test_whole_float_is_integer() -> None:
    """A number without a fraction is a whole number, however it is written."""
    assert load_robot(wheels=4.0) == {"wheels": 4}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        pytest.param({"weight": "1"}, "weight: expected a number, got a string", id="decimal"),
        pytest.param({"weight": True}, "weight: expected a number, got a boolean", id="decimal boolean"),
        pytest.param({"weight": float("inf")}, "weight: is too large a number", id="infinite"),
        pytest.param({"weight": 10**400}, "weight: is too large a number", id="huge"),
        pytest.param({"wheels": 1.5}, "wheels: expected a whole number, got a number", id="integer"),
        pytest.param(
            {"wheels": False}, "wheels: expected a whole number, got a boolean", id="integer boolean"
        ),
        pytest.param({"wheels": 2**63}, "wheels: is a number of more than 64 bits", id="integer too large"),
        pytest.param({"on": "yes"}, "on: expected true or false, got a string", id="boolean"),
        pytest.param({"on": 1}, "on: expected true or false, got a number", id="boolean number"),
        pytest.param(
            {"built": "today"},
            "built: expected a dateTime such as 2011-05-13T04:42:34Z, got another string",
            id="dateTime",
        ),
        pytest.param(
            {"built": 5},
            "built: expected a dateTime such as 2011-05-13T04:42:34Z, got a number",
            id="dateTime number",
        ),
        pytest.param(
            {"firmware": "é"}, "firmware: expected base64, got another string", id="binary not ASCII"
        ),
        pytest.param({"firmware": "AAE"}, "firmware: expected base64, got another string", id="binary"),
        pytest.param({"nickname": ["a", "b"]}, "nickname: expected a string, got a list", id="list"),
        pytest.param({"nickname": {"a": 1}}, "nickname: expected a string, got an object", id="object"),
        pytest.param({"pin": "a\0b"}, "pin: has a NUL character, which cannot be stored", id="NUL"),
        pytest.param(
            {"externalId": "\0"}, "externalId: has a NUL character, which cannot be stored", id="NUL in SQL"
        ),
        pytest.param(
            {"nickname": "\ud800"},
            "nickname: has half of a surrogate pair, which is no character",
            id="surrogate",
        ),
        pytest.param({"codes": [1, "x"]}, "codes[1]: expected a whole number, got a string", id="element"),
        pytest.param({"parts": [7]}, "parts[0]: expected an object, got a number", id="complex"),
        pytest.param({"parts": []}, "parts: is required", id="required list"),
        pytest.param(
            {"parts": [{"type": "arm"}]}, "parts[0].value: is required", id="required sub-attribute"
        ),
        pytest.param(
            {"parts": [{"value": "a", "primary": True}, {"value": "b", "primary": "true"}]},
            "parts: has more than one value that is primary",
            id="two primaries",
        ),
        pytest.param({"serial": ""}, "serial: is required", id="required"),
        pytest.param({ARM: {"grip": {"force": 1}}}, f"{ARM}:reach: is required", id="required in extension"),
        pytest.param({ARM: 5}, f"{ARM}: expected an object, got a number", id="extension"),
        pytest.param(
            {"pin": 1234, "key": ["a", "b"]},
            "pin: expected a string, got a number; key: expected a string, got a list",
            id="several",
        ),
    ],
)
def test_refused(body: dict[str, Value], detail: str) -> None:
    """A value that does not fit is refused with its place, what was expected and what kind came."""
    with pytest.raises(InvalidValue) as raised:
        load_robot(**body)

    assert raised.value.detail == detail


def test_not_an_object() -> None:
    """A body that is no object is no resource."""
    with pytest.raises(InvalidSyntax) as raised:
        USERS.load(None)

    assert raised.value.detail == "the body must be a JSON object, got null"


@pytest.mark.parametrize(
    ("purpose", "detail"),
    [
        pytest.param("create", "serial: is required; key: is required; parts: is required", id="create"),
        pytest.param("replace", "serial: is required; parts: is required", id="replace"),
    ],
)
def test_required(purpose: Purpose, detail: str) -> None:
    """A replacement may leave out what is required and cannot be read."""
    with pytest.raises(InvalidValue) as raised:
        ROBOTS.load({}, purpose=purpose)

    assert raised.value.detail == detail


def test_required_extension() -> None:
    """RFC 7643 §6: an extension may be required of every resource of the type."""
    demanding = ResourceType(
        "User", "/Users", USER.schema, (Extension(USER.extensions[0].schema, required=True),)
    )

    with pytest.raises(InvalidValue) as raised:
        ResourceCodec(demanding).load({"userName": "bjensen"})

    assert raised.value.detail == f"{ENTERPRISE}: is required"


def test_read() -> None:
    """An answer of another service keeps what is read-only and need not be complete."""
    body: dict[str, Value] = {
        "schemas": [],
        "id": "1",
        "meta": {"version": 'W/"1"'},
        "uptime": 5,
        "parts": [{"wear": 1}],
    }

    resource = ROBOTS.load(body, purpose="read")

    assert resource.attributes == {name: value for name, value in body.items() if name != "schemas"}


def test_dump() -> None:
    """A resource is written with its schemas first, its meta last, and nothing that is never returned."""
    attributes: dict[str, Value] = {
        "meta": {"resourceType": "Robot"},
        ARM: {"reach": 1, "tools": [{"value": "saw"}]},
        "owner": {"value": "1", "code": "secret"},
        "pin": "1234",
        "id": "1",
        "tags": ["a"],
    }

    document = ROBOTS.dump(Resource(ROBOT, attributes))

    assert list(document.items()) == [
        ("schemas", [ROBOT.schema.id, ARM]),
        ("id", "1"),
        ("tags", ["a"]),
        ("owner", {"value": "1"}),
        (ARM, {"reach": 1, "tools": [{"value": "saw"}]}),
        ("meta", {"resourceType": "Robot"}),
    ]


def test_dump_with_secrets() -> None:
    """Who passes a resource on asks for its secrets."""
    attributes: dict[str, Value] = {"pin": "1234", "owner": {"code": "secret"}}

    assert ROBOTS.dump(Resource(ROBOT, attributes), secrets=True) == {
        "schemas": [ROBOT.schema.id],
        **attributes,
    }


@pytest.mark.parametrize(
    ("path", "value", "loaded"),
    [
        pytest.param("active", "TRUE", True, id="simple"),
        pytest.param("emails", {"value": "a"}, [{"value": "a"}], id="multi-valued"),
        pytest.param("title", "", None, id="unassigned"),
        pytest.param(f"{ENTERPRISE}:manager", "26", {"value": "26"}, id="complex"),
    ],
)
def test_load_value(path: str, value: Value, loaded: Value) -> None:
    """A single attribute's value is read as in a body."""
    assert load_value(resolve(parse_path(path), USER), value) == loaded


def test_load_incomplete() -> None:
    """A part of a complex value may be read by itself."""
    parts = resolve(parse_path("parts"), ROBOT)

    assert load_value(parts, {"type": "arm"}, complete=False) == [{"type": "arm"}]


def test_load_value_refused() -> None:
    """A single value that does not fit is refused with its whole path."""
    with pytest.raises(InvalidValue) as raised:
        load_value(resolve(parse_path(f"{ENTERPRISE}:manager"), USER), 5)

    assert raised.value.detail == f"{ENTERPRISE}:manager: expected an object, got a number"


@given(users)
@settings(max_examples=50, deadline=None)
def test_round_trip(resource: Resource) -> None:
    """What is written is read back the same."""
    assert USERS.load(USERS.dump(resource, secrets=True)) == resource


@given(json_values)
@settings(max_examples=100, deadline=None)
def test_hostile(body: Any) -> None:
    """Whatever JSON comes is read or refused, and reading twice changes nothing."""
    try:
        resource = USERS.load(body)
    except ScimError:
        return

    assert USERS.load(USERS.dump(resource, secrets=True)) == resource


@pytest.mark.parametrize(
    ("name", "resource_type"),
    [
        pytest.param("rfc7643-8.1-minimal-user", USER, id="minimal user"),
        pytest.param("rfc7643-8.2-full-user", USER, id="full user"),
        pytest.param("rfc7643-8.3-enterprise-user", USER, id="enterprise user"),
        pytest.param("rfc7643-8.4-group", GROUP, id="group"),
        pytest.param("rfc7644-3.3-create-user", USER, id="user to be created"),
        pytest.param("rfc7644-3.3-created-user", USER, id="created user"),
        pytest.param("rfc7644-3.14-versioned-user", USER, id="user with a version"),
        pytest.param("rfc7644-3.5.1-replaced-user", USER, id="replaced user"),
    ],
)
def test_rfc_examples(name: str, resource_type: ResourceType) -> None:
    """The resources of RFC 7643 §8 and of RFC 7644 are written as they were read."""
    document = read(f"rfc/{name}.json")
    codec = ResourceCodec(resource_type)

    assert codec.dump(codec.load(document, purpose="read"), secrets=True) == document
    assert "password" not in codec.dump(codec.load(document))
