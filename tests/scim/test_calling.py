"""A user is shown by a name, whatever parts of it a directory keeps."""

import pytest

from app.scim.calling import full_name
from app.scim.codec import ResourceCodec
from app.scim.schema import Value
from tests.scim.samples import USER


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({"displayName": "Jo D", "name": {"formatted": "Jo Doe"}}, "Jo D", id="display name"),
        pytest.param({"name": {"formatted": "Dr Jo Doe", "familyName": "Doe"}}, "Dr Jo Doe", id="formatted"),
        pytest.param({"name": {"givenName": "Jo", "familyName": "Doe"}}, "Jo Doe", id="parts"),
        pytest.param({"name": {"familyName": "Doe"}}, "Doe", id="one part"),
        pytest.param({}, "", id="none"),
    ],
)
def test_full_name(attributes: dict[str, Value], expected: str) -> None:
    """What a client has chosen goes first, then what is whole, then what can be made."""
    user = ResourceCodec(USER).load({"userName": "jo", **attributes})

    assert full_name(user) == expected
