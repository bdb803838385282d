"""NUL characters are refused where they cannot be kept, by the names of what has them."""

import pytest

from app.mapping.nul import asks_for_nul, refuse_nul
from app.scim.errors import InvalidValue
from app.scim.filters.parser import parse
from app.scim.resource import Resource
from tests.provisioning.conftest import RESOURCE_TYPES

USER = RESOURCE_TYPES["User"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def test_all_places_are_named() -> None:
    """Each attribute once, however deep."""
    resource = Resource(
        USER,
        {
            "userName": "a\0",
            "emails": [{"value": "\0"}, {"value": "a\0"}, {"value": "b"}],
            ENTERPRISE: {"department": "\0"},
        },
    )

    with pytest.raises(InvalidValue) as caught:
        refuse_nul(resource)

    assert (
        caught.value.detail == f"userName, emails.value, {ENTERPRISE}:department: "
        "has a NUL character, which the directory cannot keep"
    )


def test_what_was_there_may_stay() -> None:
    """Whoever changes something else is not bothered with it."""
    before = Resource(USER, {"userName": "jo", "title": "a\0"})

    refuse_nul(Resource(USER, {"userName": "joe", "title": "a\0"}), before=before)
    refuse_nul(Resource(USER, {"userName": "joe", "active": True}))


@pytest.mark.parametrize(
    "text",
    [
        r'userName eq "a\u0000"',
        r'title pr and not (userName sw "\u0000")',
        r'emails[type eq "work" and value co "\u0000"]',
    ],
)
def test_filters_that_ask_for_it(text: str) -> None:
    """Wherever in the filter it stands."""
    assert asks_for_nul(parse(text))


@pytest.mark.parametrize("text", ['userName eq "a"', "title pr", "active eq true"])
def test_filters_that_do_not(text: str) -> None:
    """Most do not."""
    assert not asks_for_nul(parse(text))
