"""Filters are bound to a resource type, and comparisons without a meaning are refused."""

from __future__ import annotations

import pytest

from app.scim.errors import InvalidFilter
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.filters.text import render
from app.scim.schema import ResourceType
from tests.scim.samples import ARM, ENTERPRISE, GROUP, ROBOT, USER, read


@pytest.mark.parametrize(
    ("resource_type", "text", "resolved"),
    [
        pytest.param(USER, 'USERNAME eq "x"', 'userName eq "x"', id="case"),
        pytest.param(USER, f'{USER.schema.id}:name.GIVENNAME sw "x"', 'name.givenName sw "x"', id="core URN"),
        pytest.param(USER, 'emails co "x"', 'emails.value co "x"', id="value of many"),
        pytest.param(GROUP, 'members eq "1"', 'members.value eq "1"', id="members"),
        pytest.param(USER, f'{ENTERPRISE}:manager eq "1"', f'{ENTERPRISE}:manager.value eq "1"', id="value of one"),
        pytest.param(USER, "EMAILS pr", "emails pr", id="presence"),
        pytest.param(USER, 'roles[PRIMARY eq "True"]', "roles[primary eq true]", id="boolean as a string"),
        pytest.param(USER, "active eq false", "active eq false", id="boolean"),
        pytest.param(USER, "title eq null", "not (title pr)", id="equal to null"),
        pytest.param(USER, "manager ne null", f"{ENTERPRISE}:manager.value pr", id="not equal to null"),
        pytest.param(USER, 'title co ""', "title pr", id="empty substring"),
        pytest.param(USER, 'title eq ""', 'title eq ""', id="empty text"),
        pytest.param(USER, 'not (TITLE pr or ID eq "1") and META pr', 'not (title pr or id eq "1") and meta pr', id="connectives"),
        pytest.param(USER, 'meta.created ge "2011-05-13T04:42:34+02:00"', 'meta.created ge "2011-05-13T04:42:34+02:00"', id="dateTime"),
        pytest.param(ROBOT, "wheels gt 3 and weight le 1.5", "wheels gt 3 and weight le 1.5", id="numbers"),
        pytest.param(ROBOT, 'firmware eq "AA=="', 'firmware eq "AA=="', id="binary"),
        pytest.param(ROBOT, 'tags[VALUE sw "a"]', 'tags[value sw "a"]', id="elements of a simple attribute"),
        pytest.param(ROBOT, f"{ARM.upper()}:GRIP.FORCE gt 1", f"{ARM}:grip.force gt 1", id="extension"),
    ],
)  # fmt: skip
def test_resolve(resource_type: ResourceType, text: str, resolved: str) -> None:
    """Paths become canonical, and shorthands are written out."""
    result = resolve(parse(text), resource_type)

    assert render(result) == resolved


@pytest.mark.parametrize("text", read("rfc/rfc7644-3.4.2.2-filters.json"))
def test_rfc_examples(text: str) -> None:
    """Every filter of RFC 7644 §3.4.2.2 has a meaning for users, and resolving it again changes nothing."""
    resolved = resolve(parse(text), USER)

    assert resolve(resolved, USER) == resolved


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        pytest.param("shoeSize eq 5", "Robot has no attribute 'shoeSize'", id="attribute"),
        pytest.param("parts[size eq 5]", "parts has no sub-attribute 'size'", id="sub-attribute"),
        pytest.param(
            "parts[owner.value pr]", "parts has no sub-attribute 'owner.value'", id="path in brackets"
        ),
        pytest.param(
            'nickname[value eq "a"]', "nickname has no sub-attribute 'value'", id="brackets on one value"
        ),
        pytest.param('maker eq "x"', "maker is complex: compare one of its sub-attributes", id="complex"),
        pytest.param(
            "on gt true", "on is of type boolean, which gt does not apply to", id="order of booleans"
        ),
        pytest.param(
            'firmware co "AA"', "firmware is of type binary, which co does not apply to", id="part of binary"
        ),
        pytest.param(
            'wheels sw "1"', "wheels is of type integer, which sw does not apply to", id="part of number"
        ),
        pytest.param(
            'built ew "Z"', "built is of type dateTime, which ew does not apply to", id="part of date"
        ),
        pytest.param(
            "nickname eq 5", "nickname is of type string, which the value does not fit", id="number for text"
        ),
        pytest.param(
            'wheels eq "5"', "wheels is of type integer, which the value does not fit", id="text for number"
        ),
        pytest.param(
            "wheels eq true",
            "wheels is of type integer, which the value does not fit",
            id="boolean for number",
        ),
        pytest.param(
            'on eq "yes"', "on is of type boolean, which the value does not fit", id="text for boolean"
        ),
        pytest.param(
            'built gt "May"', "built is of type dateTime, which the value does not fit", id="no date"
        ),
        pytest.param("nickname gt null", "nickname: null is only compared by eq and ne", id="order of null"),
        pytest.param("pin pr", "pin cannot be used in a filter", id="secret presence"),
        pytest.param('PIN eq "1234"', "pin cannot be used in a filter", id="secret"),
        pytest.param(
            "owner.code ne null", "owner.code cannot be used in a filter", id="secret sub-attribute"
        ),
        pytest.param("owner[code pr]", "code cannot be used in a filter", id="secret in brackets"),
    ],
)
def test_refused(text: str, detail: str) -> None:
    """What cannot be compared is refused by name, without the value."""
    with pytest.raises(InvalidFilter) as raised:
        resolve(parse(text), ROBOT)

    assert raised.value.detail == detail
