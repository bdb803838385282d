"""Rules that write on create only, and what clients must send."""

from __future__ import annotations

import pytest

from app.directory.dn import Dn
from app.directory.model import Change, Entry, Modify, Operation
from app.mapping.image import Drawn
from app.mapping.required import refuse_missing
from app.mapping.translate import changes, to_image
from app.scim.errors import InvalidValue
from app.scim.resource import Resource
from app.scim.schema import Value
from tests.mapping.samples import BASE, add, read_map
from tests.scim.samples import USER

MAP = read_map("""
kind: SchemaMap
name: m
resource_type: User
entry: {object_classes: [person], scope: (cn=*), rdn: uid}
attributes:
  userName: {attribute: uid, write: create}
  displayName: {attribute: displayName, required: true}
  title: title
  "emails[work]": {attribute: mail, required: true}
  userType: {attribute: employeeType, write: create}
""")
JO = Dn.parse(f"uid=jo,{BASE}")
MAIL: list[Value] = [{"value": "jo@x", "type": "work"}]


def user(**attributes: Value) -> Resource:
    """Make a user."""
    return Resource(USER, {"userName": "jo", **attributes})


def changed(before: Resource, after: Resource) -> list[Operation]:
    """Say what becomes of the entry."""
    images = [to_image(MAP, each) for each in (before, after)]
    return changes(MAP, Entry.of(JO, images[0].attributes), before=images[0], after=images[1])


def test_written_once() -> None:
    """A value is written when the entry is made, and left alone after; it does not rename the entry either."""
    before = user(userType="staff")
    after = Resource(before.type, {"userName": "other", "userType": "guest", "title": "Dr"})

    assert add(MAP, before).attributes["employeeType"] == (b"staff",)
    assert changed(before, after) == [Modify(JO, (Change("replace", "title", (b"Dr",)),))]
    assert changed(before, user()) == []


@pytest.mark.parametrize(
    "after",
    [
        pytest.param({"userName": "jo", "title": "Dr", "emails": MAIL}, id="the same"),
        pytest.param({"userName": "jo", "title": "Prof", "emails": MAIL}, id="another value"),
        pytest.param({"userName": "jo", "emails": MAIL}, id="one less"),
        pytest.param({"userName": "jo", "title": "Dr", "nickName": "j"}, id="more, that no rule takes"),
    ],
)
def test_drawn_before(after: dict[str, Value]) -> None:
    """What two resources have in common looks the same in the second one's image, and the rest as if it were alone."""
    before, other = user(title="Dr", emails=MAIL), Resource(USER, after)
    drawn = Drawn(before.attributes, to_image(MAP, before))

    assert to_image(MAP, other, like=drawn) == to_image(MAP, other)
    assert to_image(MAP, other, like=drawn).unmapped == to_image(MAP, other).unmapped


def test_required() -> None:
    """All that is missing is named."""
    refuse_missing(MAP, user(displayName="Jo", emails=MAIL))

    with pytest.raises(InvalidValue, match=r"^displayName, emails\[work\] must have a value$"):
        refuse_missing(MAP, user(emails=[{"value": "jo@x", "type": "home"}]))


def test_required_of_old() -> None:
    """What an entry lacked already it may go on lacking; what it has cannot be taken away."""
    before = user(displayName="Jo")

    refuse_missing(MAP, user(displayName="J"), before=before)
    with pytest.raises(InvalidValue, match=r"^displayName must"):
        refuse_missing(MAP, user(), before=before)
