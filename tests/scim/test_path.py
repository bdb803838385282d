"""Attribute paths are read and found in a resource type."""

from __future__ import annotations

import pytest

from app.scim.path import (
    AttributePath,
    MalformedPath,
    ResolvedPath,
    UnknownAttribute,
    find_schema,
    parse_path,
    resolve,
)
from tests.scim.samples import ENTERPRISE, GROUP, USER

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("userName", AttributePath("userName"), id="attribute"),
        pytest.param("name.givenName", AttributePath("name", "givenName"), id="sub-attribute"),
        pytest.param("members.$ref", AttributePath("members", "$ref"), id="$ref"),
        pytest.param(f"{ENTERPRISE}:manager", AttributePath("manager", None, ENTERPRISE), id="URN"),
        pytest.param(
            f"{ENTERPRISE}:manager.value", AttributePath("manager", "value", ENTERPRISE), id="URN and both"
        ),
        pytest.param(
            f"{ENTERPRISE}.manager.value", AttributePath("manager", "value", ENTERPRISE), id="dot and both"
        ),
        pytest.param(
            "http://example.com/a.b:c", AttributePath("c", None, "http://example.com/a.b"), id="URL"
        ),
    ],
)
def test_parse(text: str, path: AttributePath) -> None:
    """A path is split at the last colon and the dot after it."""
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a.b.c", "urn:a:", "urn:a:b.c.d.e", "a b", "1a", "a[b]", "a\n"]
)
def test_malformed(text: str) -> None:
    """What is not a path is refused."""
    with pytest.raises(MalformedPath):
        parse_path(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        pytest.param("USERNAME", "userName", id="core"),
        pytest.param("Meta.LastModified", "meta.lastModified", id="common"),
        pytest.param(f"{CORE.upper()}:NAME.givenname", "name.givenName", id="core with its URN"),
        pytest.param(f"{ENTERPRISE.upper()}:Manager.VALUE", f"{ENTERPRISE}:manager.value", id="extension"),
        pytest.param(f"{ENTERPRISE}.manager", f"{ENTERPRISE}:manager", id="extension with a dot"),
        pytest.param("manager.value", f"{ENTERPRISE}:manager.value", id="extension without its URN"),
    ],
)
def test_resolve(text: str, canonical: str) -> None:
    """Names in any case are found and spelled as the schema does."""
    assert str(resolve(parse_path(text), USER).path) == canonical


def test_leaf() -> None:
    """The leaf is the sub-attribute where there is one."""
    members = GROUP.schema.attributes[1]

    whole = resolve(AttributePath("members"), GROUP)
    value = resolve(AttributePath("members", "value"), GROUP)

    assert whole == ResolvedPath(AttributePath("members"), members)
    assert whole.leaf == members
    assert value == ResolvedPath(AttributePath("members", "value"), members, members.sub_attributes[0])
    assert value.leaf == members.sub_attributes[0]
    assert value.path.parent == whole.path


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "name.nothing",
        "userName.value",
        "urn:x:y:z",
        "urn:x:y.z",
        f"{ENTERPRISE}:nothing",
    ],
)
def test_unknown(text: str) -> None:
    """What the resource type does not have is told so."""
    with pytest.raises(UnknownAttribute) as raised:
        resolve(parse_path(text), USER)

    assert str(raised.value) == f"User has no attribute {text!r}"


def test_find_schema() -> None:
    """A whole URN names a schema of the resource type."""
    assert find_schema(ENTERPRISE.lower(), USER) is USER.extensions[0].schema
    assert find_schema(CORE, USER) is USER.schema
    assert find_schema(CORE, GROUP) is None
