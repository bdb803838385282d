"""Resources are looked into by path."""

from __future__ import annotations

import pytest

from app.scim.path import parse_path
from app.scim.schema import Value
from tests.scim.samples import ENTERPRISE, user

BARBARA = user(
    name={"givenName": "Barbara"},
    emails=[{"value": "a@example.com", "type": "work"}, {"value": "b@example.com"}],
    **{ENTERPRISE: {"manager": {"value": "26"}}},
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("userName", "bjensen", id="simple"),
        pytest.param("name.givenName", "Barbara", id="sub-attribute"),
        pytest.param("name.familyName", None, id="absent sub-attribute"),
        pytest.param("title.x", None, id="below what is absent"),
        pytest.param("emails.type", ["work"], id="through a list"),
        pytest.param("emails.display", None, id="through a list to nothing"),
        pytest.param(f"{ENTERPRISE}:manager.value", "26", id="extension"),
        pytest.param("urn:x:y:z", None, id="absent extension"),
        pytest.param("schemas", ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE], id="schemas"),
    ],
)
def test_get(path: str, value: Value) -> None:
    """A path leads to its value, and to None where there is none."""
    assert BARBARA.get(parse_path(path)) == value


def test_schemas() -> None:
    """The schemas are those that the resource has attributes of."""
    assert user().schemas == ["urn:ietf:params:scim:schemas:core:2.0:User"]


def test_what_is_made_once() -> None:
    """What was made of a resource is made once for all that it depends on, and little of it is kept."""
    resource, numbers = user(), iter(range(100))

    first = [resource.once("key", lambda: next(numbers)) for _ in range(2)]
    others = [resource.once(number, lambda: next(numbers)) for number in range(4)]

    assert first == [0, 0]
    assert others == [1, 2, 3, 4]
    assert resource.once("key", lambda: next(numbers)) == 5
    assert resource == user()
