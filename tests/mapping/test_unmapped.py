"""Values that no rule takes are ignored, refused by name, or kept and shown again."""

from __future__ import annotations

import json
from operator import itemgetter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from app.directory.dn import Dn
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Change, Entry, Modify, Search
from app.mapping.documents import schema_map_kind
from app.mapping.model import SchemaMap
from app.mapping.translate import changes, to_image, to_resource
from app.mapping.unmapped import refuse_unmapped
from app.scim.errors import InvalidValue
from app.scim.filters.nodes import Filter
from app.scim.resource import Resource, values_of
from app.scim.schema import Value
from app.store.document import Document, Snapshot
from tests.mapping.samples import BASE, DIALECT, ID, TYPES, add, hostile_users, read_map, stored
from tests.mapping.test_pushdown import PEOPLE, Population, filters, holds
from tests.scim.samples import ENTERPRISE, USER
from tests.scim.strategies import users

TEXT = """
kind: SchemaMap
name: m
resource_type: User
entry:
  object_classes: [person]
  scope: (uid=*)
  rdn: uid
  parent: ou=People
  auxiliary_classes: {rest: {attributes: [NAME]}}
attributes:
  userName: uid
  name.familyName: sn
  displayName: displayName
  emails[work]: {attribute: mail, untyped: true}
  phoneNumbers: telephoneNumber
  addresses[work].locality: l
  urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department: departmentNumber
  urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager: {reference: manager}
  active: {account: enabled}
unmapped: HOW
"""
KEEP = read_map(TEXT.replace("HOW", "{keep: description}").replace("NAME", "description"))
REFUSE, IGNORE = (
    read_map(TEXT.replace("HOW", how).replace("NAME", "displayName")) for how in ("refuse", "ignore")
)
RICH: dict[str, Value] = {
    "userName": "jo",
    "password": "secret",
    "externalId": "7",
    "displayName": "Jo",
    "nickName": "j",
    "name": {"familyName": "Doe", "givenName": "Jo"},
    "emails": [
        {"value": "w@x", "type": "work", "display": "W"},
        {"value": "v@x", "type": "work"},
        {"value": "h@x", "type": "home", "primary": True},
    ],
    "phoneNumbers": [{"value": "1", "type": "home"}, {"value": "2"}],
    "addresses": [
        {"type": "work", "locality": "Here", "country": "DE"},
        {"type": "work", "country": "FR"},
        {"type": "home", "locality": "There"},
    ],
    ENTERPRISE: {"department": "Sales", "division": "North"},
}


def shown_again(schema_map: SchemaMap, attributes: dict[str, Value]) -> dict[str, Value]:
    """Write a resource to an entry and read it."""
    entry = stored(add(schema_map, Resource(USER, attributes)))
    read = to_resource(schema_map, entry, DIALECT).attributes
    return {name: value for name, value in read.items() if name not in {"id", "meta", "active"}}


def test_kept() -> None:
    """What no rule takes is kept as one compact value, and shown again in its place."""
    added = add(KEEP, Resource(USER, RICH))

    [kept] = added.attributes["description"]
    assert json.loads(kept) == {
        "nickName": "j",
        "name": {"givenName": "Jo"},
        "emails": [{"value": "h@x", "type": "home", "primary": True}],
        "addresses": [{"type": "work", "country": "FR"}, {"type": "home", "locality": "There"}],
        ENTERPRISE: {"division": "North"},
        "+": {
            "emails": [{"value": "w@x", "type": "work", "display": "W"}],
            "phoneNumbers": [{"value": "1", "type": "home"}],
            "addresses": [{"type": "work", "country": "DE"}],
        },
    }
    assert added.attributes["objectClass"] == (b"person", b"rest")
    kept_by_others = {"password", "externalId"}
    phones = [{"value": "1", "type": "home", "primary": True}, {"value": "2"}]
    assert shown_again(KEEP, RICH) == {
        name: value for name, value in {**RICH, "phoneNumbers": phones}.items() if name not in kept_by_others
    }


def test_ignored() -> None:
    """What is ignored is named all the same."""
    image = to_image(IGNORE, Resource(USER, RICH))

    assert set(image.unmapped) == {
        "nickName",
        "password",
        "name.givenName",
        "emails",
        "emails.display",
        "phoneNumbers.type",
        "addresses.country",
        "addresses",
        f"{ENTERPRISE}:division",
    }
    assert "description" not in image.attributes


def test_refused() -> None:
    """What is refused is named, but for what was there before."""
    before = Resource(USER, {"userName": "jo", "nickName": "j"})
    after = Resource(USER, {"userName": "jo", "nickName": "k", "title": "Dr", "name": {"givenName": "J"}})

    refuse_unmapped(IGNORE, after)
    refuse_unmapped(
        REFUSE, Resource(USER, {"userName": "jo", "name": {"familyName": "x"}, "externalId": "1"})
    )
    with pytest.raises(
        InvalidValue, match=r"no place for name\.givenName, title$|no place for title, name\.givenName$"
    ):
        refuse_unmapped(REFUSE, after, before=before)


def entry(kept: Any, **attributes: bytes) -> Entry:
    """Describe an entry that keeps something."""
    raw = kept if isinstance(kept, bytes) else json.dumps(kept).encode()
    values = {
        "uid": b"jo",
        "entryUUID": ID.encode(),
        "objectClass": b"rest",
        "description": raw,
        **attributes,
    }
    return Entry.of(Dn.parse("uid=jo"), {name: (value,) for name, value in values.items()})


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(b"a description", id="text"),
        pytest.param(b"[1]", id="list"),
        pytest.param(b"\xff", id="bytes"),
        pytest.param({"nobody": 1, "nickName": 1, "title": True, "urn:x": {"a": "b"}}, id="types"),
        pytest.param({"displayName": "taken", "userName": "taken", "id": "x", "active": False}, id="taken"),
        pytest.param({"password": "x", "externalId": "x", "groups": [{"value": "x"}]}, id="not ours"),
        pytest.param({"name": {"familyName": "taken"}, "emails": [], "roles": [{}], "ims": "x"}, id="empty"),
        pytest.param({"emails": [{"nothing": "x"}], ENTERPRISE: "x", "+": []}, id="shape"),
        pytest.param({"+": {"emails": [{"value": "gone@x", "type": "work", "display": "x"}]}}, id="gone"),
    ],
)
def test_unsound(kept: Any) -> None:
    """What is not sound, or not left any more, is not shown."""
    shown = to_resource(KEEP, entry(kept), DIALECT).attributes

    assert {*shown} <= {"id", "meta", "userName", "active", "emails", "name"}
    assert not shown.get("emails")
    assert not shown.get("name")


def test_parts_of_an_element_that_is_gone() -> None:
    """The rest of an address is an address."""
    kept = {"+": {"addresses": [{"type": "work", "country": "DE"}]}, "displayName": "x"}

    shown = to_resource(KEEP, entry(kept), DIALECT).attributes

    assert shown["addresses"] == [{"type": "work", "country": "DE"}]


def test_parts_of_an_element_of_another_type() -> None:
    """The rest of an element goes with the element of its type, wherever that stands."""
    kept = {
        "+": {
            "emails": [{"value": "w@x", "type": "work", "display": "W"}],
            "addresses": [{"type": "home", "country": "DE"}],
        }
    }

    shown = to_resource(KEEP, entry(kept, mail=b"w@x", l=b"Here"), DIALECT).attributes

    assert shown["emails"] == [{"value": "w@x", "type": "work", "display": "W", "primary": True}]
    assert shown["addresses"] == [{"locality": "Here", "type": "work"}]


def test_parts_of_an_element_without_a_type() -> None:
    """What an untyped element had besides its value is shown with it, under the type that it is shown by."""
    emails: Value = [{"value": "w@x", "display": "W"}]

    shown = shown_again(KEEP, {"userName": "jo", "emails": emails})

    assert shown["emails"] == [{"value": "w@x", "type": "work", "display": "W", "primary": True}]


@pytest.mark.parametrize(
    ("name", "elements"),
    [
        pytest.param(
            "emails",
            [{"value": "h@x", "type": "home", "primary": True}, {"value": "w@x", "type": "work"}],
            id="values",
        ),
        pytest.param("addresses", [{"locality": "Here", "type": "work", "primary": True}], id="parts"),
    ],
)
def test_the_primary_of_several_types(name: str, elements: list[Value]) -> None:
    """It is kept where no order of values says which it is, and nothing is lost where a map refuses what is left."""
    text = TEXT.replace("  phone", "  emails[home]: street\n  phone").replace("NAME", "street")
    keeping, refusing = (read_map(text.replace("HOW", how)) for how in ("{keep: description}", "refuse"))

    shown = shown_again(keeping, {"userName": "jo", name: elements})

    assert sorted(values_of(shown[name]), key=itemgetter("type")) == elements  # type: ignore[arg-type]  # elements have one
    refuse_unmapped(refusing, Resource(USER, {"userName": "jo", name: elements}))


def test_change() -> None:
    """What is kept follows the resource, and goes with it; what is alike already stays."""
    plain, rich = (Resource(USER, {"userName": "jo", **rest}) for rest in ({}, {"nickName": "j"}))
    images = [to_image(KEEP, each) for each in (plain, rich)]
    held = entry({"nickName": "j"})
    compact = Entry(held.dn, {**held.attributes, "description": (b'{"nickName":"j"}',)})

    came = changes(KEEP, entry(b"else"), before=images[0], after=images[1])
    went = changes(KEEP, held, before=images[1], after=images[0])

    assert came == [Modify(held.dn, (Change("replace", "description", (b'{"nickName":"j"}',)),))]
    assert went == [Modify(held.dn, (Change("replace", "description"),))]
    assert changes(KEEP, compact, before=images[0], after=images[1]) == []


@pytest.mark.parametrize("text", ["x" * 60_001, "\ud800"])
def test_too_much(text: str) -> None:
    """What cannot be kept is refused."""
    with pytest.raises(InvalidValue):
        to_image(KEEP, Resource(USER, {"userName": "jo", "nickName": text}))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(resource=users)
def test_round_trip(resource: Resource) -> None:
    """What is read of any resource is read again of what it is written to, and writing it changes nothing."""
    try:
        held = stored(add(KEEP, resource))
    except InvalidValue:
        return
    read = to_resource(KEEP, held, DIALECT)
    image = to_image(KEEP, read)
    again = to_resource(KEEP, stored(add(KEEP, read)), DIALECT)

    assert {*again.attributes} == {*read.attributes}
    assert to_image(KEEP, again).attributes == image.attributes
    assert changes(KEEP, held, before=image, after=image) == []


@pytest.fixture(scope="module")
def population() -> Population:
    """Give hostile users in memory, of whom most is kept."""
    directory = MemoryDirectory(BASE)
    directory.execute(Add(PEOPLE, {"ou": (b"People",)}))
    for resource in hostile_users():
        directory.execute(add(KEEP, resource))
    names = (*KEEP.directory_attributes(lambda _path: True), "entryUUID", "entryCSN", "createTimestamp")
    found = directory.search(Search(PEOPLE, "one", attributes=(*names, "modifyTimestamp")))
    return Population(directory, PEOPLE, KEEP, {each.dn: to_resource(KEEP, each, DIALECT) for each in found})


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(condition=filters)
def test_pushdown(population: Population, condition: Filter) -> None:
    """A search finds what the filter means, also by values that are kept."""
    holds(population, condition)


@pytest.mark.parametrize(
    ("unmapped", "key", "message"),
    [
        ("other", "unmapped", "is neither ignore nor refuse, nor {keep: ATTRIBUTE}"),
        ({}, "unmapped.keep", "Missing data for required field."),
        ({"keep": "a b"}, "unmapped.keep", "is no attribute name (RFC 4512)"),
        ({"keep": "UID"}, "unmapped.keep", "is a secret, or is used by something else already"),
        ({"keep": "userPassword"}, "unmapped.keep", "is a secret, or is used by something else already"),
    ],
)
def test_bad_documents(unmapped: Any, key: str, message: str) -> None:
    """What ``unmapped`` cannot be is told at its key."""
    entry = {"object_classes": ["person"], "scope": "(cn=*)", "rdn": "uid"}
    body = {
        "resource_type": "User",
        "entry": entry,
        "attributes": {"userName": "uid"},
        "unmapped": unmapped,
    }
    document = Document("SchemaMap", "m", body)
    kind = schema_map_kind(TYPES)
    found = next(iter(kind.problems(document) or kind.check(document, Snapshot(0, {}))))

    assert (found.key, found.message) == (key, message)
