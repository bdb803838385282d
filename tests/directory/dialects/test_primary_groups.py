"""Primary groups: an account's number and its own identifier make the group's, and back."""

import pytest

from app.directory.dialects.primary_groups import PrimaryGroups
from app.directory.dn import Dn
from app.directory.filters import Equals
from app.directory.model import Entry

PRIMARY = PrimaryGroups()
DOMAIN = bytes.fromhex("010500000000000515000000010203040506070809101112")
GROUP = DOMAIN + (1108).to_bytes(4, "little")


def entry(**attributes: bytes) -> Entry:
    """Describe an entry."""
    return Entry.of(Dn.parse("CN=jo,DC=x"), {name: (value,) for name, value in attributes.items()})


def test_mark() -> None:
    """A group's mark is its identifier; an account is no group."""
    assert PRIMARY.mark_of(entry(objectSid=GROUP)) == GROUP
    assert PRIMARY.mark_of(entry(objectSid=GROUP, primaryGroupID=b"513")) is None
    assert PRIMARY.mark_of(entry()) is None


@pytest.mark.parametrize(
    ("account", "mark"),
    [
        pytest.param(entry(objectSid=DOMAIN + b"\1\1\0\0", primaryGroupID=b"1108"), GROUP, id="one's own"),
        pytest.param(entry(objectSid=DOMAIN + b"\1\1\0\0", primaryGroupID=b"513"), None, id="Domain Users"),
        pytest.param(entry(objectSid=DOMAIN + b"\1\1\0\0"), None, id="none"),
        pytest.param(entry(primaryGroupID=b"1108"), None, id="no identifier"),
    ],
)
def test_primary_group(account: Entry, mark: bytes | None) -> None:
    """It is in the account's domain."""
    assert PRIMARY.group_of(account) == mark


def test_filters() -> None:
    """The group is found by its identifier, its accounts by the last part of that."""
    assert PRIMARY.has_mark(GROUP) == Equals("objectSid", GROUP)
    assert PRIMARY.has_group(GROUP) == Equals("primaryGroupID", b"1108")
