"""What a system gets of our resources, and under which names."""

from typing import Any

import pytest

from app.outbound.attribute_map import (
    AttributeMap,
    AttributeMapSchema,
    InvalidAttributeMap,
    build_attribute_map,
)
from app.scim.codec import ResourceCodec
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
    ],
)
def test_what_cannot_be_is_refused(places: dict[str, Any], problem: str) -> None:
    """A map that makes no sense is refused with the place and the reason."""
    with pytest.raises(InvalidAttributeMap) as refused:
        made(**places)

    assert problem in str(refused.value)
    assert refused.value.place == next(iter(places))
