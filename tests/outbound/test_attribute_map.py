"""What a system gets of our resources, and under which names."""

from typing import Any

import pytest

from app.outbound.attribute_map import (
    AttributeMap,
    AttributeMapSchema,
    InvalidAttributeMap,
    build_attribute_map,
)
from app.outbound.filters import NOTHING, to_remote
from app.scim.codec import ResourceCodec
from app.scim.errors import InvalidFilter, InvalidValue
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.filters.text import render
from app.scim.resource import Resource
from tests.provisioning.conftest import RESOURCE_TYPES, user

USER = RESOURCE_TYPES["User"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def made(*, others: str = "pass", **places: Any) -> AttributeMap:
    """Build a map of users."""
    return build_attribute_map(AttributeMapSchema().load({"others": others, "places": places}), USER)


def shown(resource: Resource) -> dict[str, Any]:
    """Write a resource's attributes."""
    document = ResourceCodec(USER).dump(resource)
    return {name: value for name, value in document.items() if name != "schemas"}


JO = user(
    userName="jo",
    title="Boss",
    name={"givenName": "Jo", "familyName": "Doe"},
    emails=[{"type": "work", "value": "jo@example.org"}, {"type": "home", "value": "jo@home.example"}],
)


@pytest.mark.parametrize(
    ("attribute_map", "expected"),
    [
        pytest.param(made(), shown(JO), id="everything passes"),
        pytest.param(made(title=None), {n: v for n, v in shown(JO).items() if n != "title"}, id="but one"),
        pytest.param(
            made(others="drop", userName="emails[work]"), {"userName": "jo@example.org"}, id="renamed"
        ),
        pytest.param(
            made(others="drop", **{"emails[other]": "emails[home]"}),
            {"emails": [{"type": "other", "value": "jo@home.example"}]},
            id="another type",
        ),
        pytest.param(
            made(others="drop", displayName={"template": "{name.givenName} {name.familyName}"}),
            {"displayName": "Jo Doe"},
            id="template",
        ),
        pytest.param(
            made(others="drop", userType={"value": "staff"}, **{f"{ENTERPRISE}:department": "title"}),
            {"userType": "staff", ENTERPRISE: {"department": "Boss"}},
            id="constant and extension",
        ),
        pytest.param(
            made(others="drop", **{"name.familyName": "name.givenName"}),
            {"name": {"familyName": "Jo"}},
            id="part",
        ),
        pytest.param(made(others="drop", nickName="displayName"), {}, id="nothing to write"),
        pytest.param(
            made(others="drop", userName={"from": "emails[work]", "transform": ["upper", {"suffix": "!"}]}),
            {"userName": "JO@EXAMPLE.ORG!"},
            id="transforms",
        ),
        pytest.param(
            made(
                others="drop",
                nickName={"from": "title", "transform": {"table": {"Boss": "B1", "Cook": "C2"}}},
            ),
            {"nickName": "B1"},
            id="table",
        ),
        pytest.param(
            made(others="drop", displayName={"expression": 'resource.name.givenName + "-" + resource.title'}),
            {"displayName": "Jo-Boss"},
            id="expression",
        ),
        pytest.param(
            made(
                others="drop",
                userType=[
                    {"text": "head", "when": 'resource.title == "Cook"'},
                    {"table": {"boss": "chief"}, "of": "{title}"},
                ],
                active={"expression": 'resource.title == "Boss"'},
            ),
            {"userType": "chief", "active": True},
            id="the first that is made",
        ),
    ],
)
def test_resources_are_written(attribute_map: AttributeMap, expected: dict[str, Any]) -> None:
    """The system gets what the map says, and nothing else."""
    assert shown(attribute_map.to_remote(JO)) == expected


@pytest.mark.parametrize(
    ("attribute_map", "remote", "expected"),
    [
        pytest.param(made(), {"title": "Boss"}, {"userName": "jo", "title": "Boss"}, id="as it is"),
        pytest.param(
            made(title="nickName"), {"title": "J"}, {"userName": "jo", "nickName": "J"}, id="renamed"
        ),
        pytest.param(
            made(others="drop", userName="userName", title="nickName"),
            {"title": "J", "displayName": "Jo"},
            {"userName": "jo", "nickName": "J"},
            id="the rest is not ours",
        ),
        pytest.param(
            made(others="drop", userName="userName", userType={"value": "staff"}),
            {"userType": "guest"},
            {"userName": "jo", "userType": "guest"},
            id="a constant is shown as it stands there",
        ),
    ],
)
def test_resources_are_shown(
    attribute_map: AttributeMap, remote: dict[str, Any], expected: dict[str, Any]
) -> None:
    """What the system shows is ours again, under our names."""
    assert shown(attribute_map.to_ours(user(**remote))) == expected


def test_what_is_dropped_stays_as_it_is_there() -> None:
    """What the system has and the map does not name is not taken away."""
    present = user(nickName="J", emails=[{"type": "home", "value": "old@example.org"}])
    attribute_map = made(others="drop", userName="userName", **{"emails[work]": "emails[work]"})

    wanted = attribute_map.to_remote(JO, onto=present)

    assert shown(wanted) == {
        "userName": "jo",
        "nickName": "J",
        "emails": [
            {"type": "home", "value": "old@example.org"},
            {"type": "work", "value": "jo@example.org"},
        ],
    }


SWAPPED = made(
    userName={"from": "userName", "transform": {"prefix": "x-"}},
    nickName={"from": "active", "transform": {"table": {"true": "in", "false": "out"}}},
    active=None,
)


def test_transforms_are_undone() -> None:
    """What the system shows is ours again; what is none of ours is left out."""
    written = SWAPPED.to_remote(user(userName="jo", active=False))

    assert (written.attributes["userName"], written.attributes["nickName"]) == ("x-jo", "out")
    assert SWAPPED.to_ours(user(**shown(written))).attributes["active"] is False
    assert SWAPPED.to_ours(user(**shown(written))).attributes["userName"] == "jo"
    strange = SWAPPED.to_ours(user(userName="jo", nickName="J"))
    assert strange.attributes.keys() & {"userName", "active", "nickName"} == set()


def test_what_has_no_form_there_is_refused() -> None:
    """A value that the table does not have is the client's mistake."""
    attribute_map = made(title={"from": "title", "transform": {"table": {"Cook": "C2"}}})

    with pytest.raises(InvalidValue, match="title: is none of Cook"):
        attribute_map.to_remote(JO)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ('userName eq "jo"', 'userName eq "x-jo"'),
        ('userName ne "jo"', 'userName ne "x-jo"'),
        ("userName pr", "userName pr"),
        ("active eq true", 'nickName eq "in"'),
    ],
)
def test_filters_ask_in_the_systems_form(asked: str, expected: str) -> None:
    """Conditions on what is transformed have the transformed value."""
    condition = to_remote(resolve(parse(asked), USER), SWAPPED, lambda _: None)

    assert render(condition) == expected


def test_filters_that_cannot_be_asked() -> None:
    """No condition is dropped: an order or a part of another form is refused, and what has no form is nobody's."""
    table = made(title={"from": "title", "transform": {"table": {"Cook": "C2"}}})
    with pytest.raises(InvalidFilter, match="another form"):
        to_remote(resolve(parse('userName co "o"'), USER), SWAPPED, lambda _: None)

    numbers = made(nickName={"from": "title", "transform": {"e164": "DE"}})
    with pytest.raises(InvalidFilter, match="title: the value is no telephone number"):
        to_remote(resolve(parse('title eq "ask Bo"'), USER), numbers, lambda _: None)

    assert to_remote(resolve(parse('title eq "Boss"'), USER), table, lambda _: None) == NOTHING


@pytest.mark.parametrize(
    ("places", "problem"),
    [
        pytest.param({"nothing": "title"}, "User has no attribute 'nothing'", id="unknown"),
        pytest.param({"title": "nothing"}, "User has no attribute 'nothing'", id="unknown source"),
        pytest.param({"title": "emails"}, "cannot hold emails, which is of another type", id="type"),
        pytest.param({"active": "title"}, "cannot hold title, which is of another type", id="boolean"),
        pytest.param({"id": "title"}, "is the system's own", id="id"),
        pytest.param({"title[work]": "title"}, "User has no attribute 'title.value'", id="no elements"),
        pytest.param({"emails.value": "title"}, "emails.value needs the type of the element", id="no type"),
        pytest.param({"title": {"template": "{emails}"}}, "emails has no single value", id="template"),
        pytest.param({"title": {"template": "{password}"}}, "password is a secret", id="secret"),
        pytest.param({"title": {"expression": "resource.nothing"}}, "nothing", id="expression"),
        pytest.param(
            {"title": {"from": "title", "transform": {"bits": {"mask": 2}}}},
            "cannot use bits: it is for the values of directories",
            id="directories",
        ),
        pytest.param({"title": {"from": "emails", "transform": "lower"}}, "has no single value", id="many"),
        pytest.param({"active": {"from": "title", "transform": "lower"}}, "which is text", id="no text"),
        pytest.param(
            {"title": {"from": "active", "transform": "lower"}},
            "lower is for reference and string",
            id="kind",
        ),
    ],
)
def test_what_cannot_be_is_refused(places: dict[str, Any], problem: str) -> None:
    """A map that makes no sense is refused with the place and the reason."""
    with pytest.raises(InvalidAttributeMap) as refused:
        made(**places)

    assert problem in str(refused.value)
    assert refused.value.place == next(iter(places))
