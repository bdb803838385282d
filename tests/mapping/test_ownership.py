"""What the directory keeps by itself is not written, and who tries is told so."""

from __future__ import annotations

import pytest

from app.mapping.ownership import refuse_owned
from app.scim.errors import MutabilityError
from app.scim.patch_operations import Target, parse_path_target
from tests.mapping.samples import read_map
from tests.scim.samples import USER

MAP = read_map("""
kind: SchemaMap
name: m
resource_type: User
entry: {object_classes: [person], scope: (cn=*), rdn: uid}
attributes:
  userName: uid
  title: {attribute: title, direction: to_scim}
  name.givenName: {attribute: givenName, direction: to_scim}
  name.familyName: sn
  emails[work]: {attribute: mail, direction: to_scim}
  emails[home]: {attribute: homeMail, direction: to_directory}
  phoneNumbers[work]: {attribute: telephoneNumber, direction: to_scim}
  addresses[work].locality: {attribute: l, direction: to_scim}
  addresses[work].region: st
""")


def targets(*paths: str) -> list[Target]:
    """Read PATCH paths."""
    return [parse_path_target(path, USER) for path in paths]


@pytest.mark.parametrize(
    "path",
    [
        "title",
        "name.givenName",
        "phoneNumbers",
        "phoneNumbers.value",
        'phoneNumbers[type eq "work"].value',
        'phoneNumbers[value eq "1"]',
        'emails[type eq "work"]',
        'emails[type eq "Work" and primary eq true].value',
        "addresses.locality",
        'addresses[type eq "work"].locality',
    ],
)
def test_refused(path: str) -> None:
    """A change of what is only shown is refused by its name."""
    with pytest.raises(MutabilityError) as caught:
        refuse_owned(MAP, targets("userName", path))

    assert str(caught.value).startswith(path)


@pytest.mark.parametrize(
    "path",
    [
        "userName",
        "name",
        "name.familyName",
        "emails",
        'emails[type eq "home"].value',
        'emails[type eq "other"].value',
        'emails[value eq "x"]',
        'emails[type sw "w"].value',
        "addresses",
        'addresses[type eq "work"]',
        'addresses[type eq "work"].region',
        "nickName",
    ],
)
def test_taken(path: str) -> None:
    """What is written in part, or not mapped at all, is nobody's to refuse."""
    refuse_owned(MAP, targets(path))
