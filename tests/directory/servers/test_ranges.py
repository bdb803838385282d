"""Attributes that come in part are put together."""

from app.directory.dn import Dn
from app.directory.model import Entry, Values
from app.directory.servers.ranges import complete

DN = Dn.parse("CN=Staff,DC=x")


def test_parts_are_put_together() -> None:
    """What follows is asked for until the last part has come."""
    parts: dict[str, dict[str, Values]] = {
        "member;range=2-*": {"member;range=2-3": (b"c", b"d")},
        "member;range=4-*": {"member;range=4-*": (b"e",)},
    }
    asked: list[str] = []

    def fetch(dn: Dn, attribute: str) -> Entry:
        assert dn is DN
        asked.append(attribute)
        return Entry(DN, parts[attribute])

    found = complete(Entry(DN, {"cn": (b"Staff",), "member;range=0-1": (b"a", b"b")}), fetch)

    assert found == Entry(DN, {"cn": (b"Staff",), "member": (b"a", b"b", b"c", b"d", b"e")})
    assert asked == list(parts)


def test_members_who_left_meanwhile() -> None:
    """Where there is nothing more by the time it is asked for, that is the end."""
    found = complete(Entry(DN, {"member;range=0-0": (b"a",)}), lambda *_: Entry(DN, {}))

    assert found == Entry(DN, {"member": (b"a",)})


def test_whole_entries_are_left_alone() -> None:
    """Nothing is asked where nothing is missing."""
    for besides in ({}, {"userCertificate;binary": (b"x",)}):
        entry = Entry(DN, {"cn": (b"Staff",), **besides})

        assert complete(entry, lambda *_: Entry(DN, {})) is entry
