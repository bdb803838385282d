"""Attributes that no SCIM attribute is are written with an entry, and follow it while they are ours."""

from __future__ import annotations

import pytest

from app.directory.dn import Dn
from app.directory.model import Add, Change, Entry, Modify, Operation, Rename
from app.mapping.documents import schema_map_kind
from app.mapping.translate import changes, to_entry, to_image
from app.scim.resource import Resource
from app.scim.schema import Value
from app.store.document import Snapshot
from tests.mapping.samples import TYPES, document, read_map

TEXT = """
kind: SchemaMap
name: m
resource_type: User
entry:
  object_classes: [user]
  scope: (cn=*)
  rdn: CN
  attributes: {cn: "{userName}", flag: 512, shown: ["{title} {userName}", "{userName}"], maybe: "{title}"}
attributes:
  userName: account
"""
MAP = read_map(TEXT)
BASE = Dn.parse("DC=x")


def user(**attributes: Value) -> Resource:
    """Describe a user."""
    return Resource(TYPES["User"], {"userName": "jo", **attributes})


def changed(before: Resource, after: Resource, entry: Entry) -> list[Operation]:
    """Say what a change of a resource does to its entry."""
    return changes(MAP, entry, before=to_image(MAP, before), after=to_image(MAP, after))


def entry(name: str, **attributes: bytes) -> Entry:
    """Describe an entry as it was read."""
    values = {"account": b"jo", "cn": name.encode(), "shown": b"jo", **attributes}
    return Entry.of(Dn.parse(f"CN={name},DC=x"), {key: (value,) for key, value in values.items()})


def test_written_with_the_entry() -> None:
    """Constants are written as they are, texts as the resource fills them, and what cannot be filled is not."""
    added = to_entry(MAP, to_image(MAP, user()), BASE)

    assert added == Add(
        Dn.parse("CN=jo,DC=x"),
        {
            "objectClass": (b"user",),
            "cn": (b"jo",),
            "flag": (b"512",),
            "shown": (b"jo",),
            "account": (b"jo",),
        },
    )


def test_fetched_where_they_may_follow() -> None:
    """A text is fetched with the attributes that it is made of, a constant never."""
    assert MAP.directory_attributes(lambda path: path.attribute == "title") == ("shown", "maybe")


def test_nothing_changes() -> None:
    """What no text is made of changes none; what somebody has removed is not written again."""
    assert changed(user(), user(nickName="J"), entry("jo", flag=b"514")) == []


def test_they_follow() -> None:
    """Texts become what they would be if the resource had always been so; the entry is renamed by one."""
    operations = changed(user(), user(userName="joe", title="Dr"), entry("jo"))

    assert operations == [
        Rename(Dn.parse("CN=jo,DC=x"), Dn.parse("CN=joe").rdn),
        Modify(
            Dn.parse("CN=joe,DC=x"),
            (
                Change("replace", "account", (b"joe",)),
                Change("replace", "shown", (b"Dr joe",)),
                Change("replace", "maybe", (b"Dr",)),
            ),
        ),
    ]


def test_what_others_have_chosen_stays() -> None:
    """A name and a value that are not what was made of the resource belong to somebody else."""
    operations = changed(user(), user(userName="joe"), entry("Jo Doe", shown=b"The Jo"))

    assert operations == [Modify(Dn.parse("CN=Jo Doe,DC=x"), (Change("replace", "account", (b"joe",)),))]


@pytest.mark.parametrize(
    ("attributes", "key"),
    [
        pytest.param('{account: "{userName}"}', "entry.attributes.account", id="written by a rule"),
        pytest.param("{cn: x, CN: y}", "entry.attributes.CN", id="twice"),
        pytest.param("{objectClass: x}", "entry.attributes.objectClass", id="object class"),
        pytest.param("{unicodePwd: x}", "entry.attributes.unicodePwd", id="secret"),
        pytest.param('{x: "{emails}"}', "entry.attributes.x", id="no single value"),
        pytest.param("{cn: jo}", "entry.rdn", id="a constant names nothing"),
        pytest.param('{"not a name": x}', "entry.attributes", id="no attribute"),
        pytest.param("{x: {}}", "entry.attributes", id="no text"),
    ],
)
def test_refused(attributes: str, key: str) -> None:
    """What cannot be is reported at its key."""
    kind = schema_map_kind(TYPES)
    lines = TEXT.splitlines()
    place = next(at for at, line in enumerate(lines) if line.startswith("  attributes:"))
    found = document("\n".join([*lines[:place], f"  attributes: {attributes}", *lines[place + 1 :]]))

    problems = kind.problems(found) or list(kind.check(found, Snapshot(0, {})))

    assert [problem.key.startswith(key) for problem in problems] == [True]
