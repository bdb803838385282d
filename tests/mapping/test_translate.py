"""Entries become resources, resources become entries, and a change touches nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.directory.dialects.base import Account
from app.directory.dialects.openldap import LOCKED_FOR_EVER
from app.directory.dn import Dn, Rdn
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Change, Entry, Modify, Operation, Rename, Search
from app.mapping.model import SchemaMap
from app.mapping.translate import changes, to_entry, to_image, to_resource
from app.scim.errors import InvalidValue
from app.scim.resource import Resource
from app.scim.schema import Value
from tests.directory.strategies import texts
from tests.mapping.samples import BASE, DIALECT, ID, ROBOT_MAP, USER_MAP, add, read_map, stored
from tests.scim.samples import ENTERPRISE, robot, user

PEOPLE = BASE.below(Rdn.of("ou", "People"))
JO = PEOPLE.below(Rdn.of("uid", "jo"))
FULL: Mapping[str, Value] = {
    "userName": "jo",
    "name": {"givenName": "Jo", "familyName": "Doe", "formatted": "Dr. Jo Doe"},
    "displayName": "Jo",
    "emails": [
        {"value": "jo@x", "type": "work", "primary": True},
        {"value": "doe@x", "type": "work"},
    ],
    "phoneNumbers": [
        {"value": "1", "type": "work", "primary": False},
        {"value": "2", "type": "mobile"},
        {"value": "3", "type": "fax"},
    ],
    "addresses": [
        {"streetAddress": "1 St", "locality": "X", "type": "work"},
        {"formatted": "2 St\nY$", "type": "home"},
    ],
    "profileUrl": "http://x/Jo",
    "active": True,
    ENTERPRISE: {"department": "IT", "employeeNumber": "7"},
}


def entry(dn: Dn = JO, **attributes: str | bytes | Sequence[str | bytes]) -> Entry:
    """Make an entry as a directory returns it."""
    values: dict[str, Any] = {"entryUUID": ID, "sn": "Doe", "cn": "Jo Doe", "uid": "jo", **attributes}
    listed = {name: value if isinstance(value, list) else [value] for name, value in values.items()}
    return Entry.of(
        dn,
        {name: [v if isinstance(v, bytes) else v.encode() for v in found] for name, found in listed.items()},
    )


def shown(found: Entry, schema_map: SchemaMap = USER_MAP) -> dict[str, Any]:
    """Show an entry as a resource's attributes, without what every resource has."""
    resource = to_resource(schema_map, found, DIALECT)
    return {name: value for name, value in resource.attributes.items() if name not in {"id", "meta"}}


def changed(found: Entry, schema_map: SchemaMap = USER_MAP, /, **attributes: Any) -> list[Operation]:
    """Say what setting attributes of the resource does to the entry; None removes one."""
    before = to_resource(schema_map, found, DIALECT)
    kept = {name: value for name, value in {**before.attributes, **attributes}.items() if value is not None}
    after = Resource(before.type, kept)
    return changes(schema_map, found, before=to_image(schema_map, before), after=to_image(schema_map, after))


def modified(*made: Change) -> list[Operation]:
    """Make the one modify of the entry."""
    return [Modify(JO, made)]


def test_both_ways() -> None:
    """A resource that the map covers comes back from its entry as it was."""
    resource = user(**FULL)

    found = shown(stored(add(USER_MAP, resource)))

    expected = {**FULL, "phoneNumbers": [{"value": "1", "type": "work"}, *FULL["phoneNumbers"][1:]]}  # type: ignore[index,misc]  # a table
    assert found == expected


def test_to_entry() -> None:
    """An entry has its classes, its name below the parent, and nothing that the resource does not say."""
    assert add(USER_MAP, user(userName="j,o", title="x", emails=[{"value": "a"}])) == Add(
        PEOPLE.below(Rdn.of("uid", "j,o")),
        {
            "objectClass": (b"inetOrgPerson",),
            "uid": (b"j,o",),
            "sn": (b"j,o",),
            "cn": (b"j,o",),
            "title": (b"x",),
            "mail": (b"a",),
        },
    )


def test_meta() -> None:
    """A resource has the entry's id, times and version, as far as they are there."""
    own = {"createTimestamp": b"20260102030405Z", "modifyTimestamp": b"20260102030406Z", "entryCSN": b"1#2"}

    full = to_resource(USER_MAP, stored(add(USER_MAP, user()), **own), DIALECT)
    bare = to_resource(USER_MAP, stored(add(USER_MAP, user())), DIALECT)

    assert full.attributes["id"] == ID
    assert full.attributes["meta"] == {
        "resourceType": "User",
        "created": "2026-01-02T03:04:05Z",
        "lastModified": "2026-01-02T03:04:06Z",
        "version": '"1#2"',
    }
    assert bare.attributes["meta"] == {"resourceType": "User"}


def test_account() -> None:
    """What a resource says of its account is told apart from its attributes."""
    image = to_image(USER_MAP, user(active=False, password="s3cret"))

    assert image.account == Account(enabled=False, password="s3cret")
    assert to_image(USER_MAP, user()).account == Account()
    assert to_image(ROBOT_MAP, robot()).account == Account()
    assert "s3cret" not in repr(image)
    assert shown(entry(pwdAccountLockedTime=LOCKED_FOR_EVER))["active"] is False


@pytest.mark.parametrize(
    ("attributes", "place"),
    [
        pytest.param({"userName": ""}, "nothing names the entry: userName is required", id="empty name"),
        pytest.param({"title": "\ud800"}, "title holds half of a character", id="half a character"),
    ],
)
def test_invalid(attributes: dict[str, Value], place: str) -> None:
    """A value that has no form in the directory is the client's mistake, named by its place."""
    with pytest.raises(InvalidValue, match=place):
        add(USER_MAP, user(**attributes))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({"name": {"givenName": "Jo", "familyName": "Doe"}}, "Jo Doe", id="the first"),
        pytest.param({"name": {"familyName": "Doe"}, "displayName": "JD"}, "JD", id="the second"),
        pytest.param({}, "jo", id="the last"),
    ],
)
def test_defaults(attributes: dict[str, Value], expected: str) -> None:
    """Where a resource says nothing the first default that can be made is written."""
    assert add(USER_MAP, user(userName="jo", **attributes)).attributes["cn"] == (expected.encode(),)


def test_default_of_a_type() -> None:
    """A default is written as a value of the attribute's type."""
    assert add(ROBOT_MAP, robot(serial="r2")).attributes["carLicense"] == (b"TRUE",)


def test_default_that_does_not_fit() -> None:
    """A default that makes no value of the type is the client's mistake, like the value it was made of."""
    schema_map = read_map("""
kind: SchemaMap
name: m
resource_type: Robot
entry: {object_classes: [device], scope: (cn=*), rdn: cn}
attributes: {serial: cn, wheels: {attribute: uidNumber, default: "{serial}"}}
""")

    with pytest.raises(InvalidValue, match="wheels: its default is no integer"):
        add(schema_map, robot(serial="r2"))


def test_primary_goes_first() -> None:
    """The primary value is written first, and the first of one type is shown as primary."""
    emails: list[Value] = [
        {"value": "a", "type": "work"},
        {"value": "b", "primary": True},
        {"value": "c", "type": "home"},
    ]

    added = add(USER_MAP, user(emails=emails))

    assert added.attributes["mail"] == (b"b", b"a")
    assert shown(stored(added))["emails"] == [
        {"value": "b", "type": "work", "primary": True},
        {"value": "a", "type": "work"},
    ]


def test_elements_in_parts() -> None:
    """Of several addresses of a type the primary one is written, all parts from the same."""
    addresses: list[Value] = [
        {"locality": "X", "region": "R", "type": "work"},
        {"locality": "Y", "type": "WORK", "primary": True},
        {"formatted": "", "type": "home"},
    ]

    found = add(USER_MAP, user(addresses=addresses)).attributes

    assert {name: found.get(name) for name in ("l", "st", "homePostalAddress")} == {
        "l": (b"Y",),
        "st": None,
        "homePostalAddress": None,
    }


def test_equal_values() -> None:
    """Of values that the directory finds equal the first is written; where case counts all are."""
    emails = [{"value": "A@x", "type": "work"}, {"value": "a@X", "type": "work"}]

    assert add(USER_MAP, user(emails=emails)).attributes["mail"] == (b"A@x",)
    assert add(ROBOT_MAP, robot(tags=["a", "A ", "b"])).attributes["description"] == (b"a", b"b")


def test_unreadable_values_are_not_shown() -> None:
    """What a transform cannot read is left out, and an attribute without any other value is not there."""
    found = shown(entry(uid="r2", cn="r2", uidNumber=["x"], description=[b"\xff", b"a"]), ROBOT_MAP)

    assert found == {"serial": "r2", "tags": ["a"]}


def test_the_name_is_the_value_shown() -> None:
    """Where an entry has several values of which one names it, a single-valued attribute shows that one."""
    assert shown(entry(uid=["x", "Jo"]))["userName"] == "Jo"


def test_no_change() -> None:
    """Where nothing changes nothing is written, be the entry as strange as it may."""
    strange = entry(
        uid=["x", "jo"], cn=["Jo", "Jo Doe"], mail=["a", "b"], title=["x", "y"], labeledURI=b"\xff"
    )

    assert changed(strange) == []


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({"title": "x"}, (Change("replace", "title", (b"x",)),), id="set"),
        pytest.param({"emails": None}, (Change("replace", "mail"),), id="removed"),
        pytest.param(
            {"emails": [{"value": "a", "type": "work"}]},
            (Change("delete", "mail", (b"b",)),),
            id="one removed",
        ),
        pytest.param(
            {"emails": [{"value": v, "type": "work"} for v in ("a", "c")]},
            (Change("delete", "mail", (b"b",)), Change("add", "mail", (b"c",))),
            id="one replaced",
        ),
        pytest.param(
            {"emails": [{"value": "a"}, {"value": "b", "primary": True}]},
            (Change("replace", "mail", (b"b", b"a")),),
            id="another primary",
        ),
        pytest.param(
            {"emails": [{"value": v, "type": "work"} for v in "ab"]}, (), id="the same, otherwise said"
        ),
        pytest.param({"name": {"formatted": "Jo Doe"}}, (Change("replace", "sn", (b"jo",)),), id="default"),
        pytest.param(
            {"phoneNumbers": [{"value": "1", "type": "fax"}]},
            (Change("replace", "facsimileTelephoneNumber", (b"1",)),),
            id="no equality rule",
        ),
    ],
)
def test_changes(attributes: dict[str, Value], expected: tuple[Change, ...]) -> None:
    """Only what a request changes is written, value by value where the order allows it."""
    found = entry(mail=["a", "b"], facsimileTelephoneNumber=["1", "2"])
    kept = {
        "phoneNumbers": [{"value": v, "type": "fax"} for v in "12"],
        "name": {"familyName": "Doe", "formatted": "Jo Doe"},
    }

    operations = changed(found, **{**kept, **attributes})

    assert operations == (modified(*expected) if expected else [])


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({"displayName": "b"}, Change("replace", "displayName", (b"b", b"x")), id="single"),
        pytest.param(
            {"displayName": None}, Change("replace", "displayName"), id="single removed, and not succeeded"
        ),
        pytest.param({"displayName": "X"}, Change("replace", "displayName", (b"X",)), id="what was there"),
    ],
)
def test_others_values_stay(attributes: dict[str, Value], expected: Change) -> None:
    """Values that SCIM does not show are somebody else's, and survive a change of the attribute."""
    assert changed(entry(displayName=["a", "x"]), **attributes) == modified(expected)


def test_unreadable_values_stay() -> None:
    """Values that a transform cannot read survive a change of the attribute."""
    found = entry(Dn.parse("cn=r2"), cn="r2", description=["a", b"\xff"], uidNumber=["x"])

    operations = changed(found, ROBOT_MAP, tags=["a", "b"], wheels=3)

    assert operations == [
        Modify(
            found.dn, (Change("replace", "uidNumber", (b"3", b"x")), Change("add", "description", (b"b",)))
        )
    ]


BUILT = read_map("""
kind: SchemaMap
name: m
resource_type: Robot
entry: {object_classes: [device], scope: (cn=*), rdn: CN}
attributes:
  serial: cn
  built: {attribute: dateAttribute, matching: typed}
  nickname: {attribute: gecos, direction: to_directory}
  notes: {attribute: info, direction: to_scim}
""")


def test_other_spellings() -> None:
    """A value that stands in the directory in another spelling is neither written nor left behind."""
    found = entry(Dn.parse("cn=r2"), cn="r2", dateAttribute="2026010203Z", info="x")

    assert changed(found, BUILT) == []
    assert changed(found, BUILT, built="2027-01-01T00:00:00Z") == [
        Modify(found.dn, (Change("replace", "dateAttribute", (b"20270101000000.0Z",)),))
    ]


def test_values_without_a_form() -> None:
    """A value that the directory has and that nobody could write goes with the others."""
    found = entry(mail=["", "a"])

    assert shown(found)["emails"] == [
        {"value": "", "type": "work", "primary": True},
        {"value": "a", "type": "work"},
    ]
    assert changed(found, emails=[{"value": "b"}]) == modified(Change("replace", "mail", (b"b",)))


def test_elements_that_are_none() -> None:
    """What is no element is not written."""
    assert "mail" not in add(USER_MAP, user(emails=["jo@x"])).attributes


def test_directions() -> None:
    """What is only written is not shown, and what is only shown is not written."""
    found = entry(Dn.parse("cn=r2"), cn="r2", gecos="old", info="x")

    assert shown(found, BUILT) == {"serial": "r2", "notes": "x"}
    assert changed(found, BUILT, nickname="new", notes="y") == [
        Modify(found.dn, (Change("replace", "gecos", (b"new",)),))
    ]
    assert set(BUILT.directory_attributes(lambda _path: True)) == {"cn", "dateAttribute", "gecos", "info"}


@pytest.mark.parametrize("name", ["Jo", "joe", " j,o+\\", "é"])
def test_rename(name: str) -> None:
    """Another name is a rename, and nothing else is written for it."""
    assert changed(entry(), userName=name) == [Rename(JO, Rdn.of("uid", name))]


def test_rename_and_change() -> None:
    """A rename comes first; what else changes is written under the new name."""
    joe = Rename(JO, Rdn.of("uid", "joe"))

    assert changed(entry(), userName="joe", title="x") == [
        joe,
        Modify(joe.new_dn, (Change("replace", "title", (b"x",)),)),
    ]


def test_rename_among_several_values() -> None:
    """Other values of the naming attribute are not touched by a rename."""
    assert changed(entry(uid=["x", "jo"]), userName="joe") == [Rename(JO, Rdn.of("uid", "joe"))]
    assert changed(entry(uid=["x", "jo"]), userName="x") == [Rename(JO, Rdn.of("uid", "x"))]


def test_rename_of_several_parts() -> None:
    """Of a name of several parts only the one that changed is another one."""
    name = Dn.parse("cn=Jo Doe+uid=jo+ou=x,dc=x")

    assert changed(entry(name), userName="joe") == [Rename(name, Dn.parse("cn=Jo Doe+uid=joe+ou=x").rdn)]


def test_entry_named_otherwise() -> None:
    """An entry that somebody else named by another mapped attribute is renamed with that one."""
    name = Dn.parse("cn=Jo Doe,dc=x")

    assert changed(entry(name), name={"familyName": "Doe", "formatted": "Jo Roe"}) == [
        Rename(name, Rdn.of("cn", "Jo Roe"))
    ]
    assert changed(entry(name), userName="joe") == [Modify(name, (Change("replace", "uid", (b"joe",)),))]


def test_name_cannot_vanish() -> None:
    """The attribute that names an entry cannot be removed."""
    with pytest.raises(InvalidValue, match="nothing names the entry: userName is required"):
        changed(entry(), userName=None)


EXTENDED = read_map(f"""
kind: SchemaMap
name: m
resource_type: User
entry: {{object_classes: [person], scope: (cn=*), rdn: uid}}
attributes:
  userName: uid
  emails: mail
  "{ENTERPRISE}:department": ou
""")


def test_elements_without_a_type() -> None:
    """A map may keep the elements of all types in one attribute; their types are then not kept."""
    emails: list[Value] = [{"value": "a", "type": "work"}, {"value": "b", "type": "home", "primary": True}]

    found = shown(stored(add(EXTENDED, user(userName="jo", emails=emails))), EXTENDED)

    assert found == {"userName": "jo", "emails": [{"value": "b", "primary": True}, {"value": "a"}]}


_changes_of = st.fixed_dictionaries(
    {},
    optional={
        "userName": texts,
        "displayName": st.none() | texts,
        "title": st.none() | texts,
        "name": st.none() | st.fixed_dictionaries({}, optional={"familyName": texts, "formatted": texts}),
        "emails": st.none()
        | st.lists(st.sampled_from("abcABC").map(lambda value: {"value": value, "type": "work"}), max_size=4),
        "addresses": st.none() | st.builds(lambda text: [{"locality": text, "type": "work"}], texts),
    },
)


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(_changes_of, min_size=1, max_size=3))
def test_changes_lead_where_they_should(steps: list[dict[str, Any]]) -> None:
    """Whatever is changed, the directory afterwards shows the resource that was asked for, and nothing is lost."""
    directory = MemoryDirectory(BASE)
    directory.execute(Add(PEOPLE, {"ou": (b"People",)}))
    directory.execute(add(USER_MAP, user(userName="jo", title="x")))
    theirs = Change("add", "title", (b"their own",))
    directory.execute(Modify(JO, (theirs, Change("add", "jpegPhoto", (b"\xff",)))))
    touched: set[str] = set()
    for step in steps:
        touched |= step.keys()
        found = _only(directory)
        wanted = {name: value for name, value in step.items() if value}
        before = to_resource(USER_MAP, found, DIALECT)
        kept = {name: value for name, value in before.attributes.items() if name not in step}
        image = to_image(
            USER_MAP, Resource(before.type, {"userName": before.attributes["userName"], **kept, **wanted})
        )
        if not image.attributes["uid"][0].strip():
            continue

        for operation in changes(USER_MAP, found, before=to_image(USER_MAP, before), after=image):
            directory.execute(operation)

        now = to_image(USER_MAP, to_resource(USER_MAP, _only(directory), DIALECT))
        assert now.attributes == image.attributes
        assert _only(directory).values("jpegPhoto") == (b"\xff",)
        assert b"their own" in _only(directory).values("title") or "title" in touched


def _only(directory: MemoryDirectory) -> Entry:
    attributes = (*USER_MAP.directory_attributes(lambda _path: True), "entryUUID", "jpegPhoto")
    (found,) = directory.search(Search(PEOPLE, "one", attributes=attributes))
    return found


def test_parent_of_the_root() -> None:
    """Entries go below the domain's base where the map names no parent."""
    image = to_image(EXTENDED, user(userName="jo"))

    assert to_entry(EXTENDED, image, Dn.parse("dc=x")).dn == Dn.parse("uid=jo,dc=x")
