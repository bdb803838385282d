"""Values that no client has sent are made by texts, expressions and tables, each under its condition."""

from __future__ import annotations

from typing import Any

import pytest

from app.directory.dn import Dn
from app.directory.model import Change, Entry, Modify, Operation
from app.mapping.documents import schema_map_kind
from app.mapping.expression import Finding
from app.mapping.required import refuse_missing
from app.mapping.translate import changes, to_entry, to_image
from app.scim.errors import InvalidValue
from app.scim.resource import Resource
from app.scim.schema import Value
from app.store.document import Document, Snapshot
from tests.mapping.samples import TYPES, read_map
from tests.scim.samples import ENTERPRISE, USER

MAP = read_map(f"""
kind: SchemaMap
name: m
resource_type: User
entry:
  object_classes: [person]
  scope: (cn=*)
  rdn: uid
  auxiliary_classes:
    staff: {{when: resource.userType == "Employee"}}
    mailer: {{attributes: [MAIL, nick]}}
  attributes:
    room:
      - {{table: {{Sales: "1", IT: "2"}}, of: '{{{ENTERPRISE}:department}}', when: resource.active}}
      - {{table: {{x: "3"}}, of: {{expression: lower(resource.title)}}}}
    ou: {{expression: 'resource.emails.map(e, e.type)', when: size(resource.emails) > 0}}
    flag: {{text: "1", when: has(resource.title)}}
attributes:
  userName: uid
  displayName: {{attribute: displayName, default: {{expression: "resource.name.familyName + '!'"}}}}
  nickName: {{attribute: nick, required: true, when: resource.userType == "Employee"}}
  emails[work]: mail
  emails[other]: {{attribute: alias, default: {{expression: '["a@x", "b@x"]', when: resource.active}}}}
  {ENTERPRISE}:manager: {{reference: manager, when: resource.active}}
""")
JO = Dn.parse("uid=jo")


def user(**attributes: Value) -> Resource:
    """Describe a user."""
    return Resource(USER, {"userName": "jo", "userType": "Guest", **attributes})


def written(**attributes: Value) -> dict[str, tuple[str, ...]]:
    """Return what is written for a user, besides what is written for every one."""
    found = to_image(MAP, user(**attributes)).attributes
    return {name: tuple(map(bytes.decode, values)) for name, values in found.items() if name != "uid"}


def changed(before: Resource, after: Resource, **entry: tuple[bytes, ...]) -> list[Operation]:
    """Say what a change of a resource does to its entry."""
    images = [to_image(MAP, each) for each in (before, after)]
    return changes(MAP, Entry.of(JO, {"uid": (b"jo",), **entry}), before=images[0], after=images[1])


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"active": True, ENTERPRISE: {"department": "SALES"}}, {"room": ("1",)}, id="row"),
        pytest.param({"active": True, ENTERPRISE: {"department": "HR"}}, {}, id="no row"),
        pytest.param({"active": False, ENTERPRISE: {"department": "IT"}}, {}, id="condition"),
        pytest.param({"title": "X"}, {"room": ("3",), "flag": ("1",)}, id="table of an expression"),
        pytest.param({"name": {"familyName": "Doe"}}, {"displayName": ("Doe!",)}, id="default"),
        pytest.param({"displayName": "J", "name": {"familyName": "D"}}, {"displayName": ("J",)}, id="said"),
        pytest.param({"nickName": "j"}, {}, id="rule without its condition"),
        pytest.param({"nickName": "j", "userType": "Employee"}, {"nick": ("j",)}, id="rule"),
        pytest.param(
            {"emails": [{"value": "a@x", "type": "work"}, {"value": "b", "type": "home"}]},
            {"mail": ("a@x",), "ou": ("work", "home")},
            id="several values",
        ),
    ],
)
def test_written(attributes: dict[str, Value], expected: dict[str, tuple[str, ...]]) -> None:
    """The first source that makes something counts, and a rule writes under its condition alone."""
    found = written(**attributes)
    found.pop("alias", None)

    assert found == expected


def test_several_defaults() -> None:
    """An expression's list is as many values as the attribute may have."""
    assert written(active=True)["alias"] == ("a@x", "b@x")


def test_references_under_a_condition() -> None:
    """A reference is written, and looked up, under its condition alone."""
    reference: Value = {ENTERPRISE: {"manager": {"value": "nobody"}}}

    assert "manager" not in written(active=False, **reference)  # type: ignore[arg-type]  # JSON
    with pytest.raises(InvalidValue):
        written(active=True, **reference)  # type: ignore[arg-type]  # JSON


def test_findings() -> None:
    """What fails is told with its place in the map."""
    assert Finding("attributes.displayName.default", "asks for an attribute that is not there") in (
        to_image(MAP, user()).findings
    )


def test_required_under_a_condition() -> None:
    """A value is required of those for whom it is written."""
    refuse_missing(MAP, user())
    with pytest.raises(InvalidValue):
        refuse_missing(MAP, user(userType="Employee"))


def test_condition_comes_and_goes() -> None:
    """Where a condition begins to hold the value is written; where it ceases to, the value goes."""
    guest, employee = (user(nickName="j", userType=kind, active=False) for kind in ("Guest", "Employee"))
    staff = (b"person", b"staff", b"mailer")

    came = changed(guest, employee, objectClass=(b"person",))
    went = changed(employee, guest, nick=(b"j",), objectClass=staff)

    classes = Change("add", "objectClass", (b"staff", b"mailer"))
    assert came == [Modify(JO, (classes, Change("replace", "nick", (b"j",))))]
    assert went == [Modify(JO, (Change("replace", "nick"),))]


def test_classes_of_new_entries() -> None:
    """A new entry has the auxiliary classes that it needs, and no others."""
    images = [to_image(MAP, each) for each in (user(), user(userType="Employee", nickName="j"))]

    assert [to_entry(MAP, image, Dn(())).attributes["objectClass"] for image in images] == [
        (b"person",),
        (b"person", b"staff", b"mailer"),
    ]


def test_classes_of_old_entries() -> None:
    """An entry is given a class when something that may need it changes, not because somebody looks at it."""
    mail: list[Value] = [{"value": "a@x", "type": "work"}]
    before = user(emails=mail)

    quiet = changed(before, before, mail=(b"a@x",), objectClass=(b"person",))
    loud = changed(before, user(emails=mail, nickName="k", displayName="J"), objectClass=(b"Person",))
    done = changed(before, user(emails=mail, displayName="J"), objectClass=(b"MAILER",))

    assert quiet == []
    assert loud == [
        Modify(JO, (Change("add", "objectClass", (b"mailer",)), Change("replace", "displayName", (b"J",))))
    ]
    assert done == [Modify(JO, (Change("replace", "displayName", (b"J",)),))]


def test_classes_are_fetched() -> None:
    """A change begins with the object classes that the entry has."""
    assert "objectClass" in MAP.directory_attributes(lambda _path: False)
    assert {"room", "flag"} <= set(MAP.directory_attributes(lambda path: path.attribute == "title"))


def problem(*, entry: dict[str, Any] | None = None, **attributes: Any) -> tuple[str, str]:
    """Return the first problem of a map: its key and message."""
    body = {
        "resource_type": "User",
        "entry": {"object_classes": ["person"], "scope": "(cn=*)", "rdn": "uid", **(entry or {})},
        "attributes": {"userName": "uid", **attributes},
    }
    document = Document("SchemaMap", "m", body)
    kind = schema_map_kind(TYPES)
    found = [*(kind.problems(document) or kind.check(document, Snapshot(0, {})))]
    return found[0].key, found[0].message


@pytest.mark.parametrize(
    ("default", "key", "message"),
    [
        ({"expression": "x"}, ".expression", "knows no x: there is resource, as in resource.userName"),
        ({"text": "{x}"}, "", "User has no attribute 'x'"),
        ({"text": "x", "when": "1 +"}, ".when", "is no expression: <input>:1:4: Syntax error"),
        ({"text": "x", "expression": "'x'"}, "", "needs one of text, expression, table"),
        ({"when": "true"}, "", "needs one of text, expression, table"),
        ({"text": [1]}, ".text", "is not a text"),
        ({"text": "x", "of": "y"}, "", "needs table and of together"),
        ({"table": {"x": "y"}}, "", "needs table and of together"),
        ({"table": {"x": "y", "X": "z"}, "of": "{title}"}, ".table", "has a text twice"),
        ({"table": {"x": "y"}, "of": {"expression": "x"}}, ".of.expression", "knows no x"),
        ({"table": {"x": "y"}, "of": {"expression": "x", "nothing": "x"}}, ".of.nothing", "Unknown field."),
        ({"table": {"x": "y"}, "of": {}}, ".of.expression", "Missing data for required field."),
        ([], "", "is not a text, or a list of texts"),
        ([None], "", "is not a text, or a list of texts"),
    ],
)
def test_bad_sources(default: Any, key: str, message: str) -> None:
    """What a source cannot be is told at its key."""
    found = problem(title={"attribute": "title", "default": default})

    assert (found[0], found[1][: len(message)]) == (f"attributes.title.default{key}", message)


@pytest.mark.parametrize(
    ("classes", "key", "message"),
    [
        ({"x": {}}, ".x", "needs one of attributes and when"),
        ({"x": {"attributes": ["uid"], "when": "true"}}, ".x", "needs one of attributes and when"),
        ({"x": {"attributes": []}}, ".x.attributes", "Shorter than minimum length 1."),
        ({"x": {"attributes": ["UID", "sn"]}}, ".x.attributes", "the map writes no sn"),
        ({"x": {"when": "resource"}}, ".x.when", "is no expression: resource stands alone"),
        ({"x y": {"when": "true"}}, ".x y", "is no object class name (RFC 4512)"),
    ],
)
def test_bad_classes(classes: Any, key: str, message: str) -> None:
    """What an auxiliary class cannot be is told at its key."""
    found = problem(entry={"auxiliary_classes": classes})

    assert (found[0], found[1][: len(message)]) == (f"entry.auxiliary_classes{key}", message)


def test_bad_conditions() -> None:
    """A condition is checked, and members have none."""
    members = problem(groups={"reference": "memberOf", "when": "true"})

    assert members == (
        "attributes.groups.when",
        "has members that come and go one by one, under no condition",
    )
    assert problem(title={"attribute": "t", "when": "x"})[0] == "attributes.title.when"


def test_certain_sources() -> None:
    """A text without gaps that may be empty is always made; what is computed or under a condition may not be."""
    fixed = {each.attribute: each.sources[0] for each in MAP.entry.attributes}
    default = (
        read_map("""
kind: SchemaMap
name: m
resource_type: User
entry: {object_classes: [person], scope: (cn=*), rdn: uid}
attributes:
  userName: uid
  title: {attribute: title, default: "{userName}"}
""")
        .rules[1]
        .defaults[0]
    )

    assert default.is_certain(default.paths)
    assert not default.is_certain([])
    assert not any(fixed[name].is_certain(fixed[name].paths) for name in ("room", "ou", "flag"))
    assert MAP.entry.all_classes == ("person", "staff", "mailer")
