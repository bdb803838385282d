"""What a resource says of its account, and what it cannot."""

import re
from collections.abc import Mapping

import pytest

from app.directory.dialects.base import Account
from app.mapping.accounts import refuse_current_password
from app.mapping.model import SchemaMap
from app.mapping.translate import to_image
from app.scim.errors import InvalidValue
from app.scim.resource import Resource
from app.scim.schema import Value
from tests.mapping.samples import USER_MAP, read_map
from tests.scim.samples import USER

URN = "urn:landbridge:scim:schemas:extension:account:1.0:User"
PLACE = f"{URN}:currentPassword"
CHANGING = read_map(f"""
kind: SchemaMap
name: changing
resource_type: User
entry: {{object_classes: [user], scope: (cn=*), rdn: cn}}
attributes:
  userName: cn
  password: {{account: password}}
  {PLACE}: {{account: current_password}}
""")


def account(sent: Mapping[str, Value], schema_map: SchemaMap = CHANGING) -> Account:
    """Read off what a resource says, with the password until now, and perhaps another."""
    resource = Resource(USER, {"userName": "jo", URN: {"currentPassword": "old secret"}, **sent})
    return to_image(schema_map, resource).account


def test_current_password() -> None:
    """It is told with the new one where the map has a place for it, and shown nowhere."""
    assert account({"password": "new"}) == Account(password="new", current_password="old secret")
    assert account({}, USER_MAP).current_password is None
    assert "old secret" not in repr(account({"password": "new"}))


@pytest.mark.parametrize(
    ("sent", "is_new", "is_asked", "reason"),
    [
        pytest.param({"password": "new"}, True, True, "a new account has none yet", id="new"),
        pytest.param({"password": "new"}, False, False, "this directory does not compare it", id="unasked"),
        pytest.param({}, False, True, "it goes together with a new password", id="alone"),
    ],
)
def test_current_password_for_nothing(
    sent: dict[str, str], *, is_new: bool, is_asked: bool, reason: str
) -> None:
    """Where nobody compares it, it is refused, and not passed over."""
    with pytest.raises(InvalidValue, match=f"^{re.escape(PLACE)}: {reason}"):
        refuse_current_password(CHANGING, account(sent), is_new=is_new, is_asked=is_asked)


def test_current_password_that_is_compared() -> None:
    """With a new one it is as it should be, and so is none."""
    refuse_current_password(CHANGING, account({"password": "new"}), is_new=False)
    refuse_current_password(CHANGING, Account(), is_new=True, is_asked=False)
