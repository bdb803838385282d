"""Filters mean the same for every resource."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from app.scim.filters.evaluate import element_matches, matches
from app.scim.filters.nodes import And, Filter, Not, Or
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve, resolve_element
from app.scim.filters.text import render
from app.scim.resource import Resource
from tests.scim.samples import ENTERPRISE, ROBOT, USER, robot, user
from tests.scim.strategies import user_filters, users

BARBARA = user(
    id="Ab1",
    title="Größe",
    active=True,
    emails=[{"value": "b@work.example", "type": "work", "primary": True}, {"value": "b@home.example"}],
    meta={"created": "2011-05-13T04:42:34Z"},
    **{ENTERPRISE: {"manager": {"value": "26"}}},
)
R2 = robot(wheels=3, weight=32.5, tags=["blue", "White"], on=False, firmware="AAEC")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('userName eq "BJENSEN"', True, id="caseExact false"),
        pytest.param('id eq "ab1"', False, id="caseExact true"),
        pytest.param('title eq "GRÖSSE"', True, id="sharp s"),
        pytest.param('title eq "Gro\\u0308\\u00dfe"', True, id="composition"),
        pytest.param('userName co "JEN" and userName sw "bj" and userName ew "sen"', True, id="substrings"),
        pytest.param(
            'userName gt "a" and userName lt "c" and userName ge "bjensen"', True, id="order of texts"
        ),
        pytest.param('title ne "x"', True, id="ne"),
        pytest.param('nickName ne "x"', True, id="ne of nothing"),
        pytest.param('nickName eq "x"', False, id="eq of nothing"),
        pytest.param('nickName lt "x"', False, id="order of nothing"),
        pytest.param("nickName pr", False, id="presence of nothing"),
        pytest.param("emails pr", True, id="presence"),
        pytest.param('emails.value eq "b@home.example"', True, id="any of many"),
        pytest.param('emails ne "b@home.example"', False, id="none of many"),
        pytest.param('emails.type eq "work" and emails eq "b@home.example"', True, id="two elements"),
        pytest.param('emails[type eq "work" and value eq "b@home.example"]', False, id="one element"),
        pytest.param('emails[type eq "work"].value eq "b@work.example"', True, id="Entra"),
        pytest.param('emails[type ne "work"]', True, id="ne in one element"),
        pytest.param('emails[not (type pr) or value eq "x"]', True, id="connectives in one element"),
        pytest.param('ims[type eq "work"]', False, id="no elements"),
        pytest.param('meta.created eq "2011-05-13T06:42:34+02:00"', True, id="the same instant"),
        pytest.param('meta.created gt "2011-05-13T04:42:33.9Z"', True, id="later"),
        pytest.param('meta.lastModified lt "2011-05-13T04:42:33.9Z"', False, id="no date"),
        pytest.param(f'{ENTERPRISE}:manager eq "26"', True, id="extension"),
        pytest.param(f'{ENTERPRISE}:manager[value eq "26"]', True, id="brackets on one value"),
        pytest.param(f'schemas eq "{ENTERPRISE}"', True, id="schemas"),
        pytest.param('active eq "true" and not (active eq false)', True, id="booleans"),
        pytest.param("title eq null or nickName ne null", False, id="null"),
    ],
)
def test_user(text: str, expected: bool) -> None:  # noqa: FBT001  # a table of booleans
    """A resolved filter holds or does not."""
    assert matches(resolve(parse(text), USER), BARBARA) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("wheels ge 3 and wheels le 3.0 and not (wheels gt 3)", True, id="integer"),
        pytest.param("weight gt 32 and weight lt 33", True, id="decimal"),
        pytest.param('tags eq "white"', True, id="simple list"),
        pytest.param('tags[value sw "b" and value ew "e"]', True, id="one simple element"),
        pytest.param('tags[value sw "b" and value eq "white"]', False, id="two simple elements"),
        pytest.param('firmware eq "aaec"', False, id="binary counts case"),
        pytest.param("on eq false", True, id="false is a value"),
    ],
)
def test_robot(text: str, expected: bool) -> None:  # noqa: FBT001  # a table of booleans
    """Every type compares as what it is."""
    assert matches(resolve(parse(text), ROBOT), R2) is expected


def test_element() -> None:
    """A filter may be put to one element, as PATCH does."""
    emails = USER.attribute("emails")
    assert emails is not None

    condition = resolve_element(parse('TYPE eq "WORK"'), emails)

    assert element_matches(condition, {"value": "x", "type": "work"}, emails)
    assert not element_matches(condition, {"value": "x"}, emails)


@given(user_filters, users)
@settings(max_examples=150, deadline=None)
def test_laws(condition: Filter, resource: Resource) -> None:
    """Resolving keeps the meaning, writing out keeps it, and every filter or its negation holds."""
    resolved = resolve(condition, USER)

    holds = matches(resolved, resource)

    assert matches(resolve(resolved, USER), resource) is holds
    assert matches(resolve(parse(render(resolved), max_length=1_000_000), USER), resource) is holds
    assert matches(resolve(Not(condition), USER), resource) is not holds
    assert matches(And((resolved, Not(resolved))), resource) is False
    assert matches(Or((resolved, Not(resolved))), resource) is True
