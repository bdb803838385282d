"""PUT replaces a resource and spares what clients cannot set (RFC 7644 §3.5.1)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from app.scim.codec import ResourceCodec
from app.scim.errors import MutabilityError
from app.scim.replace import replace
from app.scim.resource import Resource
from app.scim.schema import Value
from tests.scim.samples import ARM, ENTERPRISE, USER, read, robot, user
from tests.scim.strategies import users


@pytest.mark.parametrize(
    ("existing", "body", "result"),
    [
        pytest.param({"nickname": "R"}, {}, {}, id="left out"),
        pytest.param({"nickname": "R"}, {"nickname": "S"}, {"nickname": "S"}, id="replaced"),
        pytest.param({"uptime": 5, "id": "1"}, {"uptime": 6}, {"uptime": 5, "id": "1"}, id="read-only"),
        pytest.param({"pin": "1"}, {}, {"pin": "1"}, id="write-only left out"),
        pytest.param({"pin": "1"}, {"pin": "2"}, {"pin": "2"}, id="write-only"),
        pytest.param({"maker": {"name": "A"}}, {}, {"maker": {"name": "A"}}, id="immutable left out"),
        pytest.param(
            {"maker": {"name": "A"}}, {"maker": {"name": "A"}}, {"maker": {"name": "A"}}, id="immutable"
        ),
        pytest.param(
            {}, {"maker": {"name": "A"}}, {"maker": {"name": "A"}}, id="immutable for the first time"
        ),
        pytest.param(
            {"owner": {"value": "1", "display": "R", "note": "n"}},
            {"owner": {"value": "1"}},
            {"owner": {"value": "1", "display": "R"}},
            id="read-only part",
        ),
        pytest.param(
            {"parts": [{"value": "a", "lot": "7", "note": "n"}, {"value": "b"}]},
            {"parts": [{"value": "c"}, {"value": "a"}]},
            {"parts": [{"value": "c"}, {"value": "a", "lot": "7"}]},
            id="elements",
        ),
        pytest.param({"tags": ["a"]}, {"tags": ["b"]}, {"tags": ["b"]}, id="simple elements"),
        pytest.param({ARM: {"reach": 1, "model": "x"}}, {}, {ARM: {"model": "x"}}, id="extension left out"),
        pytest.param({}, {ARM: {"reach": 1}}, {ARM: {"reach": 1}}, id="extension"),
    ],
)
def test_replace(existing: dict[str, Value], body: dict[str, Value], result: dict[str, Value]) -> None:
    """Each attribute is replaced as its mutability allows."""
    assert replace(robot(**existing), robot(**body)) == robot(**result)


def test_another_manager() -> None:
    """What was known of the old manager does not describe the new one."""
    existing = user(**{ENTERPRISE: {"manager": {"value": "26", "displayName": "J", "$ref": "x"}}})

    assert replace(existing, user(**{ENTERPRISE: {"manager": {"value": "27"}}})) == user(
        **{ENTERPRISE: {"manager": {"value": "27"}}}
    )


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        pytest.param(
            {"maker": {"name": "B"}}, "maker is immutable and already has another value", id="attribute"
        ),
        pytest.param(
            {"owner": {"value": "2"}}, "owner.value is immutable and already has another value", id="part"
        ),
    ],
)
def test_immutable(body: dict[str, Value], detail: str) -> None:
    """An immutable value that does not match is refused with mutability."""
    existing = robot(maker={"name": "A"}, owner={"value": "1"})

    with pytest.raises(MutabilityError) as raised:
        replace(existing, robot(**body))

    assert raised.value.detail == detail


def test_rfc_example() -> None:
    """The PUT of RFC 7644 §3.5.1 keeps id and meta, and empties what is empty."""
    request = read("rfc/rfc7644-3.5.1-replace-user.json")["request"]
    existing = user(id=request["id"], meta={"version": "1"}, title="gone", roles=[{"value": "gone"}])

    replaced = replace(existing, ResourceCodec(USER).load(request, purpose="replace"))

    expected = {name: value for name, value in request.items() if name not in ("schemas", "roles")}
    assert replaced == Resource(USER, {**expected, "meta": {"version": "1"}})


@given(users)
@settings(max_examples=30, deadline=None)
def test_replacing_with_itself(resource: Resource) -> None:
    """A PUT of what is there changes nothing."""
    assert replace(resource, resource) == resource
