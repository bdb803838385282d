"""What the directory keeps by itself is not written, and who tries is told so."""

from __future__ import annotations

import pytest

from app.mapping.ownership import refuse_owned
from app.scim.errors import MutabilityError
from app.scim.path import parse_path
from tests.mapping.samples import read_map

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
""")


@pytest.mark.parametrize("path", ["title", "name.givenName", "phoneNumbers", "phoneNumbers.value"])
def test_refused(path: str) -> None:
    """A change of what is only shown is refused by its name."""
    with pytest.raises(MutabilityError, match=f"^{path}: the directory keeps it by itself"):
        refuse_owned(MAP, [parse_path("userName"), parse_path(path)])


def test_taken() -> None:
    """What is written in part, or not mapped at all, is nobody's to refuse."""
    refuse_owned(MAP, map(parse_path, ("userName", "name", "name.familyName", "emails", "nickName")))
