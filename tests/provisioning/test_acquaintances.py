"""Who an entry is follows from what the directory says of it now, whatever was said before."""

from __future__ import annotations

from app.directory.dn import Dn
from app.directory.model import Entry
from app.mapping.references import Referent
from app.provisioning.acquaintances import Acquaintances
from app.provisioning.reading import OthersReading
from tests.mapping.samples import DIALECT, USER_MAP, shipped

NAME = Dn.parse("cn=staff,dc=x")
READING = OthersReading.of({"Group": shipped("openldap-group")}, DIALECT, keeps_memberships=False)
ANOTHER = OthersReading.of({"User": USER_MAP}, DIALECT, keeps_memberships=False)


def entry(*names: str, **more: str) -> Entry:
    """Make a group's entry as a directory returns it."""
    return Entry.of(
        NAME,
        {"cn": [name.encode() for name in names], **{key: [value.encode()] for key, value in more.items()}},
    )


def test_only_who_has_changed_is_looked_at() -> None:
    """An entry that came as it was before is who it was; one that did not, or is read by other maps, is looked at."""
    looked_at: list[Entry] = []

    def make(found: Entry, _reading: OthersReading) -> Referent | None:
        looked_at.append(found)
        display = found.text("cn")
        return Referent(found.dn, "1", "Group", display) if display else None

    acquaintances = Acquaintances()
    first = acquaintances.of(entry("Staff"), READING, make)

    assert acquaintances.of(entry("Staff"), READING, make) is first
    assert len(looked_at) == 1
    for other in (entry("Crew"), entry("Crew", "Staff"), entry("Crew", objectClass="groupOfNames")):
        found = acquaintances.of(other, READING, make)
        assert found is not None
        assert found.display == "Crew"
    assert len(looked_at) == 4
    assert acquaintances.of(entry("Staff"), ANOTHER, make) == first
    assert len(looked_at) == 5


def test_nobody_is_remembered_too() -> None:
    """What does not exist for SCIM is not looked at again as long as it is what it was."""
    looked_at: list[Entry] = []
    acquaintances = Acquaintances()

    def make(found: Entry, _reading: OthersReading) -> None:
        looked_at.append(found)

    assert acquaintances.of(entry(), READING, make) is None
    assert acquaintances.of(entry(), READING, make) is None
    assert len(looked_at) == 1
