"""Active Directory's primary groups: the one group of an account that neither its own list nor the group's tells of.

MS-ADTS §3.1.1.4.5: the account's primaryGroupID is the last part of the group's security identifier. Groups with less
than 1,000 for that come with every domain, as Domain Users does, which is everybody's; they are counted for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.directory.filters import Equals, Filter
from app.directory.model import Entry

_FIRST_OWN = 1000
"""From here on administrators' own groups are numbered (MS-SAMR §3.1.1.9.1)."""
_LAST_PART = 4
_IDENTIFIER, _NUMBER = "objectSid", "primaryGroupID"


@dataclass(frozen=True, slots=True)
class PrimaryGroups:
    """How primary groups are told. A group's *mark* is what accounts know it by."""

    members: str = "member"
    """Holds the other members of a group."""
    groups: str = "memberOf"
    """Holds the other groups of an account."""
    attributes: tuple[str, ...] = (_IDENTIFIER, _NUMBER)
    """What marks are read from."""

    def mark_of(self, group: Entry) -> bytes | None:
        """Return a group's mark; None for what is no group."""
        return None if group.values(_NUMBER) else group.first(_IDENTIFIER)

    def group_of(self, account: Entry) -> bytes | None:
        """Return the mark of an account's primary group; None where that is a group of the system, or there is none."""
        identifier, number = account.first(_IDENTIFIER), int(account.first(_NUMBER) or 0)
        if identifier is None or number < _FIRST_OWN:
            return None
        return identifier[:-_LAST_PART] + number.to_bytes(_LAST_PART, "little")

    def has_mark(self, mark: bytes) -> Filter:
        """Match the group of a mark."""
        return Equals(_IDENTIFIER, mark)

    def has_group(self, mark: bytes) -> Filter:
        """Match the accounts whose primary group has a mark."""
        return Equals(_NUMBER, str(int.from_bytes(mark[-_LAST_PART:], "little")).encode())
