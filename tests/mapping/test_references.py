"""References are ids in SCIM and names in the directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.directory.dn import Dn
from app.directory.filters import And, Equals, Nothing
from app.directory.model import Add, Change, Entry, Modify, Operation
from app.mapping import references
from app.mapping.references import (
    Alias,
    Elements,
    Referent,
    Referents,
    alias_of,
    begins_like,
    by_name,
    ids_in,
    names_in,
    names_of,
    values,
)
from app.mapping.translate import changes, to_entry, to_image, to_resource
from app.scim.errors import InvalidValue
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.scim.schema import Value
from tests.mapping.samples import BASE, DIALECT, ID, USER_MAP, shipped
from tests.scim.samples import ENTERPRISE, GROUP, group, user

GROUP_MAP = shipped("openldap-group")
MEMBERS = GROUP_MAP.references[0]
MANAGER, GROUPS = USER_MAP.references
NAME = Dn.parse("cn=g,ou=Groups,dc=example,dc=org")
ANN = Referent(Dn.parse("uid=ann,dc=x"), "a", "User", "Ann")
BOB = Referent(Dn.parse("uid=bob,dc=x"), "b", "User")
CREW = Referent(Dn.parse("cn=crew,dc=x"), "c", "Group", "Crew", parents=(Dn.parse("cn=all,dc=x"),))
ALL = Referent(Dn.parse("cn=all,dc=x"), "d", "Group", "All", parents=(CREW.dn, Dn.parse("cn=hidden")))
EVERYBODY: Referents = {referent.dn: referent for referent in (ANN, BOB, CREW, ALL)}
KNOWN: Mapping[str, Referent] = {referent.id: referent for referent in EVERYBODY.values()}


def everything(_path: AttributePath) -> bool:
    """Want all attributes."""
    return True


def entry(*members: str, **attributes: str) -> Entry:
    """Make a group's entry."""
    own = {"entryUUID": (ID.encode(),), "cn": (b"g",), "member": tuple(name.encode() for name in members)}
    return Entry.of(NAME, {**own, **{name: (value.encode(),) for name, value in attributes.items()}})


UNIX = shipped("openldap-group-posix")
OF_UNIX = shipped("openldap-user")


def test_values_that_stand_for_entries() -> None:
    """Members may be held by the value of an attribute: of several, by the one that SCIM shows, or by the first."""
    named = Entry.of(Dn.parse("uid=b,dc=x"), {"uid": (b"a", b"b"), "uidNumber": (b"7", b"8")})
    held = [alias_of(OF_UNIX, named, name) for name in ("UID", "carLicense", "title", "uidNumber")]
    assert held == [Alias("uid", "b"), None, None, Alias("uidnumber", "7")]
    group_entry = Entry.of(NAME, {"memberUid": (b"b", b"\xff", b"c")})
    [rule] = UNIX.references
    known = by_name([replace(ANN, aliases=(Alias("uid", "b"),))])

    assert list(names_of(rule, group_entry)) == [Alias("uid", "b"), Alias("uid", "c")]
    assert Elements(rule, known).of(group_entry) == [{"value": "a", "display": "Ann", "type": "User"}]


def test_filters_for_names() -> None:
    """A filter finds entries by the first part of a name, or by a value; the root has no part."""
    assert begins_like(Dn.parse("cn=a+sn=b,dc=x")) == And((Equals("cn", b"a"), Equals("sn", b"b")))
    assert [begins_like(Dn.parse(text)) for text in ("cn=Staff,dc=x", "CN=staff,dc=x")] == [
        Equals("cn", b"Staff"),
        Equals("CN", b"staff"),
    ]
    assert begins_like(Dn(())) == Nothing()
    assert begins_like(Alias("uid", "b")) == Equals("uid", b"b")


def test_members() -> None:
    """Members are shown by id, display and type; the placeholder and those whom SCIM does not see are not."""
    found = entry("", "UID=Ann,dc=x", "cn=crew,dc=x", "uid=nobody,dc=x", "no name")

    assert Elements(MEMBERS, EVERYBODY).of(found) == [
        {"value": "a", "display": "Ann", "type": "User"},
        {"value": "c", "display": "Crew", "type": "Group"},
    ]
    assert list(names_in(GROUP_MAP, found, wants=everything)) == [
        ANN.dn,
        CREW.dn,
        Dn.parse("uid=nobody,dc=x"),
    ]
    assert list(names_in(GROUP_MAP, found, wants=lambda path: path.attribute == "displayName")) == []


def test_members_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom several entries refer to is the same element in all of them; of a large group nothing is kept for others."""
    shown = Elements(MEMBERS, EVERYBODY)
    [ann] = shown.of(entry("uid=ann,dc=x"))

    assert shown.of(entry("uid=ann,dc=x", "uid=bob,dc=x"))[0] is ann
    monkeypatch.setattr(references, "_MANY", 1)
    assert shown.of(entry("uid=ann,dc=x", "uid=bob,dc=x")) == [ann, {"value": "b", "type": "User"}]
    assert shown.of(entry("uid=ann,dc=x", "uid=bob,dc=x"))[0] is not ann


def test_values_that_are_no_names() -> None:
    """A value that is no name, or not even text, refers to nobody."""
    found = Entry.of(NAME, {"member": (b"cn=\xff,dc=x", b"no name", b"uid=ann,dc=x")})

    assert Elements(MEMBERS, EVERYBODY).of(found) == [{"value": "a", "display": "Ann", "type": "User"}]


def test_groups() -> None:
    """A user's groups are direct, or above these, each once however the groups contain each other."""
    found = entry(memberOf="cn=crew,dc=x")

    assert Elements(GROUPS, EVERYBODY).of(found) == [
        {"value": "c", "display": "Crew", "type": "direct"},
        {"value": "d", "display": "All", "type": "indirect"},
    ]


def test_groups_above_an_entry() -> None:
    """Where all groups above an entry are told at once, those that its own groups do not lead to are indirect, too."""
    alone = Referent(Dn.parse("cn=far,dc=x"), "f", "Group", "Far")
    found = entry(memberOf="cn=crew,dc=x")
    itself = Referent(found.dn, "i", "User", parents=(alone.dn, Dn.parse("cn=crew,dc=x")))

    shown = Elements(GROUPS, {**EVERYBODY, alone.dn: alone, found.dn: itself}).of(found)

    assert [(each["value"], each["type"]) for each in shown if isinstance(each, dict)] == [
        ("c", "direct"),
        ("f", "indirect"),
        ("d", "indirect"),
    ]


def test_in_resources() -> None:
    """References stand in a resource as lists, or as one value, and not at all where there is none."""
    person = Entry.of(
        ANN.dn, {**entry(memberOf="cn=crew,dc=x", manager="uid=bob,dc=x").attributes, "uid": (b"ann",)}
    )

    shown = to_resource(USER_MAP, person, DIALECT, EVERYBODY).attributes
    alone = to_resource(GROUP_MAP, entry(""), DIALECT, EVERYBODY).attributes

    assert shown[ENTERPRISE] == {"manager": {"value": "b"}}
    assert shown["groups"] == Elements(GROUPS, EVERYBODY).of(person)
    assert "members" not in alone


def test_to_names() -> None:
    """Ids become names, each once."""
    found = group("A", "c", "a")

    assert values(MEMBERS, found, KNOWN) == (b"uid=ann,dc=x", b"cn=crew,dc=x")
    assert list(ids_in(GROUP_MAP, found)) == ["a", "c", "a"]
    assert list(
        ids_in(USER_MAP, user(groups=[{"value": "c"}], **{ENTERPRISE: {"manager": {"value": "A"}}}))
    ) == ["a"]
    assert list(ids_in(GROUP_MAP, Resource(GROUP, {"members": [{"display": "x"}, "y"]}))) == []


@pytest.mark.parametrize(
    ("rule", "resource", "message"),
    [
        pytest.param(MEMBERS, group("x"), "members: there is no User or Group with the id x", id="unknown"),
        pytest.param(
            MANAGER,
            user(**{ENTERPRISE: {"manager": {"value": "c"}}}),
            "c is a Group, and only a User can be here",
            id="another type",
        ),
        pytest.param(
            MEMBERS,
            Resource(GROUP, {"members": [{"value": "a"}, {"display": "Bob"}]}),
            "members: each needs a value",
            id="no id",
        ),
    ],
)
def test_nobody(rule: Any, resource: Resource, message: str) -> None:
    """Who refers to nobody, or to somebody of another type, is told the id."""
    with pytest.raises(InvalidValue, match=message):
        values(rule, resource, KNOWN)


def test_new_group() -> None:
    """A new group has its members, and the placeholder, so that it may lose them."""
    assert to_entry(GROUP_MAP, to_image(GROUP_MAP, group("a"), KNOWN), BASE) == Add(
        Dn.parse("cn=Tour Guides,ou=Groups,dc=example,dc=org"),
        {"objectClass": (b"groupOfNames",), "cn": (b"Tour Guides",), "member": (b"", b"uid=ann,dc=x")},
    )


def changed(found: Entry, *members: str) -> list[Operation]:
    """Say what making these the members does to an entry."""
    before = to_resource(GROUP_MAP, found, DIALECT, EVERYBODY)
    elements_after: list[Value] = [{"value": member} for member in members]
    after = Resource(GROUP, {**before.attributes, "members": elements_after})
    images = (to_image(GROUP_MAP, state, KNOWN) for state in (before, after))
    return changes(GROUP_MAP, found, before=next(images), after=next(images))


@pytest.mark.parametrize(
    ("present", "members", "expected"),
    [
        pytest.param(["", "uid=ann,dc=x"], ["a"], (), id="nothing"),
        pytest.param(
            ["", "uid=ann,dc=x"],
            ["b"],
            (Change("add", "member", (b"uid=bob,dc=x",)), Change("delete", "member", (b"uid=ann,dc=x",))),
            id="another",
        ),
        pytest.param(
            ["", "uid=ann,dc=x"], [], (Change("delete", "member", (b"uid=ann,dc=x",)),), id="nobody"
        ),
        pytest.param(
            ["uid=ann,dc=x"],
            [],
            (Change("add", "member", (b"",)), Change("delete", "member", (b"uid=ann,dc=x",))),
            id="nobody, and no placeholder yet",
        ),
        pytest.param(
            ["uid=ann,dc=x", "uid=hidden,dc=x"],
            [],
            (Change("delete", "member", (b"uid=ann,dc=x",)),),
            id="somebody whom SCIM does not see stays",
        ),
    ],
)
def test_changes(present: list[str], members: list[str], expected: tuple[Change, ...]) -> None:
    """Members come and go one by one, and the attribute is never empty."""
    assert changed(entry(*present), *members) == ([Modify(NAME, expected)] if expected else [])
