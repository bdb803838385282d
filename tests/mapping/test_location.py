"""Entries go where the map says, move when that changes, and stay where somebody else has put them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.dn import Dn, Rdn
from app.directory.model import Change, Entry, Modify, Operation, Rename
from app.mapping.documents import schema_map_kind
from app.mapping.translate import changes, to_entry, to_image
from app.scim.errors import InvalidValue
from app.scim.resource import Resource
from app.scim.schema import Value
from app.store.document import Document, Snapshot
from tests.mapping.samples import BASE, TYPES, read_map
from tests.scim.samples import ENTERPRISE, USER

MAP = read_map(f"""
kind: SchemaMap
name: m
resource_type: User
entry:
  object_classes: [person]
  scope: (cn=*)
  rdn: uid
  parent:
    - {{table: {{Guest: ou=Guests, Staff: "ou=Staff,ou=People"}}, of: "{{userType}}", when: "!has(resource.title)"}}
    - ou={{{ENTERPRISE}:department}}+l={{locale}},ou=People
    - ou={{{ENTERPRISE}:department}},ou=People
attributes:
  userName: uid
  displayName: displayName
""")


def user(department: str | None = None, **attributes: Value) -> Resource:
    """Describe a user."""
    extension: dict[str, Value] = {ENTERPRISE: {"department": department}} if department else {}
    return Resource(USER, {"userName": "jo", **attributes, **extension})


def added(resource: Resource) -> str:
    """Return the name of a new entry, without the base."""
    return str(to_entry(MAP, to_image(MAP, resource), BASE).dn).removesuffix(f",{BASE}")


def changed(before: Resource, after: Resource, *, name: str) -> list[Operation]:
    """Say what a change of a resource does to its entry."""
    entry = Entry.of(Dn.parse(f"{name},{BASE}"), {"uid": (b"jo",)})
    images = [to_image(MAP, each) for each in (before, after)]
    return changes(MAP, entry, before=images[0], after=images[1], base=BASE)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(user("Sales"), "ou=Sales,ou=People", id="gap"),
        pytest.param(user("Sales", locale="de"), "ou=Sales+l=de,ou=People", id="two gaps in a part"),
        pytest.param(user("a,ou=Admins"), "ou=a\\,ou\\=Admins,ou=People", id="hostile"),
        pytest.param(user(userType="GUEST"), "ou=Guests", id="row"),
        pytest.param(user("Sales", userType="x"), "ou=Sales,ou=People", id="no row"),
        pytest.param(user("Sales", userType="Guest", title="x"), "ou=Sales,ou=People", id="condition"),
    ],
)
def test_new_entries(resource: Resource, expected: str) -> None:
    """A new entry goes where the first location puts it that can be made."""
    assert added(resource) == f"uid=jo,{expected}"


def test_nowhere() -> None:
    """A resource that belongs nowhere is refused by what the map looks at."""
    with pytest.raises(
        InvalidValue, match=r"nothing says where the entry goes: see userType, title, .*department"
    ):
        added(user())


@given(department=st.text(st.characters(codec="utf-8"), min_size=1))
def test_never_elsewhere(department: str) -> None:
    """Whatever fills a gap, the entry stands right below what the map says, and the name can be read back."""
    dn = to_entry(MAP, to_image(MAP, user(department)), BASE).dn

    assert dn.parent.parent == Dn((*Dn.parse("ou=People").rdns, *BASE.rdns))
    assert Dn.parse(str(dn)) == dn


def test_move() -> None:
    """An entry moves when what its place is made of changes, together with a new name and other changes."""
    before, after = user("Sales"), user("IT", displayName="J")
    moved = changed(
        before, Resource(USER, {**after.attributes, "userName": "jane"}), name="uid=jo,ou=Sales,ou=People"
    )

    new = Dn.parse(f"ou=IT,ou=People,{BASE}")
    assert moved == [
        Rename(Dn.parse(f"uid=jo,ou=Sales,ou=People,{BASE}"), Rdn.of("uid", "jane"), new),
        Modify(new.below(Rdn.of("uid", "jane")), (Change("replace", "displayName", (b"J",)),)),
    ]


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        pytest.param(user("Sales"), user("IT"), "uid=jo,ou=Elsewhere", id="put elsewhere by somebody"),
        pytest.param(user("Sales"), user("sales"), "uid=jo,ou=Sales,ou=People", id="equal names"),
        pytest.param(user("Sales"), user(), "uid=jo,ou=Sales,ou=People", id="nowhere to go"),
        pytest.param(user(), user("IT"), "uid=jo,ou=People", id="came from nowhere"),
    ],
)
def test_stays(before: Resource, after: Resource, name: str) -> None:
    """An entry stays where it is as long as nothing says otherwise."""
    assert changed(before, after, name=name) == []


@pytest.mark.parametrize(
    ("entry", "key", "message"),
    [
        ({"parent": "x"}, "parent", "'x' is not a distinguished name: expected one of '=' at 2"),
        ({"parent": "ou={x}"}, "parent", "User has no attribute 'x'"),
        ({"parent": "ou={title"}, "parent", "a '{' is left over"),
        ({"parent": {"expression": "'ou=x'"}}, "parent.expression", "is a text with gaps, or a table"),
        (
            {"parent": {"table": {"x": "y"}, "of": "{title}"}},
            "parent.table",
            "'y' is not a distinguished name",
        ),
        ({"parent": {"text": "ou=x", "when": "x"}}, "parent.when", "knows no x"),
        ({"parent": [], "create_parents": True}, "parent", "is not a text, or a list of texts"),
        (
            {"parent": "cn={title},ou=x", "create_parents": True},
            "create_parents",
            "makes containers that are named",
        ),
    ],
)
def test_bad_locations(entry: dict[str, Any], key: str, message: str) -> None:
    """What a location cannot be is told at its key."""
    shape = {"object_classes": ["person"], "scope": "(cn=*)", "rdn": "uid", **entry}
    document = Document(
        "SchemaMap", "m", {"resource_type": "User", "entry": shape, "attributes": {"userName": "uid"}}
    )
    kind = schema_map_kind(TYPES)
    found = next(iter(kind.problems(document) or kind.check(document, Snapshot(0, {}))))

    assert (found.key, found.message[: len(message)]) == (f"entry.{key}", message)


def test_routed() -> None:
    """Entries are routed where the place looks at the resource."""
    plain = read_map("""
kind: SchemaMap
name: m
resource_type: User
entry: {object_classes: [person], scope: (cn=*), rdn: uid, parent: ou=People}
attributes: {userName: uid}
""")

    assert MAP.entry.is_routed
    assert not plain.entry.is_routed
