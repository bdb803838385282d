"""Filters become what the directory is asked, and what is left to check."""

from __future__ import annotations

import pytest

from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.openldap import LOCKED_FOR_EVER
from app.directory.dn import Dn
from app.directory.filters import (
    And,
    Equals,
    Everything,
    Filter,
    GreaterOrEqual,
    LessOrEqual,
    Not,
    Nothing,
    Or,
    Present,
    Substrings,
)
from app.mapping.compared import referred_ids, refers, shown_references
from app.mapping.filters import Also, Compiled, compile_filter
from app.mapping.model import SchemaMap
from app.mapping.references import Alias, Name
from app.scim.filters.nodes import And as Both
from app.scim.filters.nodes import Comparison
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.path import AttributePath
from tests.mapping.samples import DIALECT, ID, ROBOT_MAP, USER_MAP, read_map, shipped
from tests.scim.samples import ENTERPRISE

GROUP_MAP = shipped("openldap-group")
ANN, BOB = Dn.parse("uid=ann,dc=x"), Dn.parse("uid=bob,dc=x")
NAMES = {"a": [ANN, BOB]}
MAIL, SN = Present("mail"), Present("sn")
LOCKED = Equals("pwdAccountLockedTime", LOCKED_FOR_EVER)
TIMES = read_map("""
kind: SchemaMap
name: m
resource_type: Robot
entry: {object_classes: [device], scope: (cn=*), rdn: cn}
attributes:
  serial: cn
  origin.place: {attribute: l, matching: caseExact}
  built: {attribute: built, matching: typed}
  wheels: wheels
  "on": {attribute: lit, matching: none}
  nickname: {attribute: info, direction: to_directory}
""")


def compiled(text: str, schema_map: SchemaMap = USER_MAP) -> tuple[Filter, bool]:
    """Compile a filter; tell what is asked, and whether something is left to check."""
    node = resolve(parse(text), schema_map.resource_type)
    found = compile_filter(node, schema_map, DIALECT, NAMES)
    assert found.residue in {None, node}
    return found.filter, found.residue is not None


@pytest.mark.parametrize(
    ("text", "asked", "is_checked"),
    [
        pytest.param('userName eq "bjensen"', Equals("uid", b"bjensen"), True, id="eq"),
        pytest.param('userName ne "x"', Everything(), True, id="ne"),
        pytest.param('not (userName eq "x")', Everything(), True, id="not eq"),
        pytest.param("title pr", Present("title"), False, id="pr"),
        pytest.param("not (title pr)", Not(Present("title")), False, id="not pr"),
        pytest.param("title eq null", Not(Present("title")), False, id="null"),
        pytest.param("name pr", Or((Present("givenName"), SN, Present("cn"))), False, id="complex pr"),
        pytest.param('title gt "a"', Present("title"), True, id="texts have no order"),
        pytest.param(
            'title pr and userName sw "b"', And((Present("title"), Substrings("uid", b"b"))), True, id="and"
        ),
        pytest.param('emails co "@x"', Substrings("mail", any=(b"@x",)), True, id="co"),
        pytest.param('emails.type eq "work"', MAIL, True, id="type"),
        pytest.param("emails.primary eq true", MAIL, True, id="primary"),
        pytest.param("emails.type pr", MAIL, True, id="type pr"),
        pytest.param('emails.display eq "x"', Nothing(), False, id="part that is never there"),
        pytest.param('emails[value eq "a"]', Equals("mail", b"a"), True, id="one element"),
        pytest.param(
            'emails[type eq "work" and value ew "x"]',
            And((MAIL, Substrings("mail", final=b"x"))),
            True,
            id="both",
        ),
        pytest.param(
            'emails[value eq "a" or value eq "b"]',
            Or((Equals("mail", b"a"), Equals("mail", b"b"))),
            True,
            id="or",
        ),
        pytest.param('emails[not (value eq "a")]', MAIL, True, id="not in an element"),
        pytest.param('emails[value ne "a"]', Everything(), True, id="ne in an element"),
        pytest.param('nickName eq "x"', Nothing(), False, id="unmapped"),
        pytest.param('not (nickName eq "x")', Everything(), False, id="not unmapped"),
        pytest.param('profileUrl sw "http"', Present("labeledURI"), True, id="no substrings"),
        pytest.param("active eq true", Not(LOCKED), False, id="active"),
        pytest.param("active ne true", LOCKED, False, id="not active"),
        pytest.param("active pr", Everything(), False, id="active pr"),
        pytest.param(f'id eq "{ID}"', Equals("entryUUID", ID.encode()), True, id="id"),
        pytest.param('id eq "x"', Nothing(), False, id="no id"),
        pytest.param('id sw "0"', Everything(), True, id="part of an id"),
        pytest.param("id pr and meta.resourceType pr and schemas pr", Everything(), False, id="always there"),
        pytest.param("meta.location pr", Everything(), True, id="location"),
        pytest.param('schemas eq "urn:x"', Everything(), True, id="schemas"),
        pytest.param('meta.resourceType eq "User"', Everything(), True, id="resource type"),
        pytest.param('meta.created ne "2026-01-01T00:00:00Z"', Everything(), True, id="time ne"),
        pytest.param(
            'meta.created gt "2026-01-01T00:00:00.7Z"',
            GreaterOrEqual("createTimestamp", b"20260101000000.0Z"),
            True,
            id="later",
        ),
        pytest.param(
            'meta.lastModified le "2026-01-01T01:00:00.7+01:00"',
            LessOrEqual("modifyTimestamp", b"20260101000001.0Z"),
            True,
            id="earlier",
        ),
        pytest.param(
            'meta.created eq "2026-01-01T00:00:00Z"',
            And(
                (
                    GreaterOrEqual("createTimestamp", b"20260101000000.0Z"),
                    LessOrEqual("createTimestamp", b"20260101000001.0Z"),
                )
            ),
            True,
            id="the same time",
        ),
        pytest.param(
            'meta.created ge "0001-01-01T00:00:00+14:00"',
            Present("createTimestamp"),
            True,
            id="before all time",
        ),
        pytest.param('groups.display eq "x"', Present("memberOf"), True, id="reference's display"),
        pytest.param("groups pr", Present("memberOf"), True, id="reference pr"),
        pytest.param('groups ne "a"', Everything(), True, id="reference ne"),
        pytest.param('groups eq "x"', Nothing(), False, id="reference to nobody"),
        pytest.param(
            'groups[type eq "direct" or not (value pr)]', Present("memberOf"), True, id="reference's elements"
        ),
    ],
)
def test_users(text: str, asked: Filter, is_checked: bool) -> None:  # noqa: FBT001 - a table
    """The directory is asked for at least what matches, and for exactly that where nothing is left to check."""
    assert compiled(text) == (asked, is_checked)


@pytest.mark.parametrize(
    ("text", "asked", "is_checked"),
    [
        pytest.param("wheels eq 3.0", Equals("uidNumber", b"3"), True, id="integer"),
        pytest.param("wheels eq 2.5", Nothing(), False, id="never an integer"),
        pytest.param("wheels gt 2.5", Present("uidNumber"), True, id="between integers"),
        pytest.param("wheels ge 3", GreaterOrEqual("uidNumber", b"3"), True, id="at least"),
        pytest.param("wheels le 3", LessOrEqual("uidNumber", b"3"), True, id="at most"),
        pytest.param("weight eq 3", Present("roomNumber"), True, id="decimal"),
        pytest.param("on eq false", Equals("carLicense", b"FALSE"), True, id="boolean"),
        pytest.param('firmware eq "AAEC"', Present("jpegPhoto"), True, id="no equality rule"),
        pytest.param('tags[value eq "x"]', Equals("description", b"x"), True, id="value of a simple list"),
        pytest.param("tags[value pr]", Present("description"), True, id="presence in a simple list"),
        pytest.param("wheels pr", Present("uidNumber"), True, id="presence of what may be unreadable"),
    ],
)
def test_types(text: str, asked: Filter, is_checked: bool) -> None:  # noqa: FBT001 - a table
    """Values that are no text are compared by their type, where the directory does that."""
    assert compiled(text, ROBOT_MAP) == (asked, is_checked)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        pytest.param('origin.place eq "x"', Present("l"), id="case counts in the directory alone"),
        pytest.param(
            'built lt "2026-01-01T00:00:00Z"', LessOrEqual("built", b"20260101000001.0Z"), id="time"
        ),
        pytest.param("wheels eq 3", Present("wheels"), id="integer that compares as text"),
        pytest.param("on eq true", Present("lit"), id="boolean without an equality rule"),
        pytest.param('nickname eq "x"', Nothing(), id="what is only written"),
    ],
)
def test_cautious_maps(text: str, asked: Filter) -> None:
    """What a map does not promise is not asked of the directory."""
    assert compiled(text, TIMES)[0] == asked


def test_references() -> None:
    """Ids are looked up beforehand, and asked for by all names that stand for them."""
    either = Or((Equals("member", b"uid=ann,dc=x"), Equals("member", b"uid=bob,dc=x")))

    assert compiled('members eq "A"', GROUP_MAP) == (either, False)
    assert compiled('not (members[value eq "a"])', GROUP_MAP) == (Not(either), False)
    assert compiled('members[value eq "a" and type eq "User"]', GROUP_MAP) == (
        And((either, Present("member"))),
        True,
    )


def test_referred_ids() -> None:
    """The ids that are to be looked up are found wherever they stand."""
    text = 'not (members eq "A" or displayName eq "x") and members[value eq "b" and not (value eq "c" or type pr or display eq "y")]'
    node = resolve(parse(text), GROUP_MAP.resource_type)

    assert [found for _, found in referred_ids(node, GROUP_MAP)] == ["a", "b", "c"]
    assert refers(node, GROUP_MAP)
    present = resolve(parse("members pr"), GROUP_MAP.resource_type)
    assert list(referred_ids(present, GROUP_MAP)) == []
    assert not refers(present, GROUP_MAP)


def test_unresolved() -> None:
    """What a resolved filter does not have is asked of nobody and checked all the same."""
    path = AttributePath("active")

    for node in (Comparison(path, "gt", True), Comparison(AttributePath("title"), "eq", None)):
        assert compile_filter(node, USER_MAP, DIALECT) == Compiled(Everything(), node)
    assert compile_filter(Both(()), USER_MAP, DIALECT) == Compiled(Everything())


def test_entries_that_are_asked_for_by_values() -> None:
    """Where the others say by a value whom they refer to, entries are asked for by that, and checked all the same."""
    node = resolve(parse('groups.value eq "a"'), USER_MAP.resource_type)
    names: dict[str, list[Name]] = {"a": [Alias("uid", "ann"), BOB]}

    found = compile_filter(node, USER_MAP.with_memberships_elsewhere, DIALECT, names)

    assert found == Compiled(Or((Equals("uid", b"ann"), Equals("entryDN", b"uid=bob,dc=x"))), node)


def test_shown_references() -> None:
    """What references show is found wherever it is compared, and asked for by the names of who shows it."""
    text = 'members.display eq "Jo" or members[display sw "x" and value eq "a"] or members.display gt "b"'
    node = resolve(parse(text), GROUP_MAP.resource_type)
    compared = [comparison for _, comparison in shown_references(node, GROUP_MAP)]
    shown = {compared[0]: [Dn.parse("uid=jo,dc=org")]}

    found = compile_filter(node, GROUP_MAP, DIALECT, NAMES, shown)

    assert [comparison.value for comparison in compared] == ["Jo", "x"]
    assert isinstance(found.filter, Or)
    assert Equals("member", b"uid=jo,dc=org") in found.filter.operands
    only = compile_filter(compared[0], GROUP_MAP, DIALECT, NAMES, shown)
    assert only == Compiled(Equals("member", b"uid=jo,dc=org"))


AD_USER, AD_GROUP = shipped("ad-user"), shipped("ad-group")


@pytest.mark.parametrize(
    ("schema_map", "text"),
    [
        pytest.param(AD_USER, "groups pr", id="groups"),
        pytest.param(AD_USER, 'groups.display co "x"', id="groups by display"),
        pytest.param(AD_GROUP, 'members[type eq "User"]', id="members"),
    ],
)
def test_memberships_of_no_list(schema_map: SchemaMap, text: str) -> None:
    """Where products count groups that no list tells of, an entry without such a list may match."""
    node = resolve(parse(text), schema_map.resource_type)

    assert compile_filter(node, schema_map, ActiveDirectory()) == Compiled(Everything(), node)
    manager = resolve(parse(f"{ENTERPRISE}:manager pr"), AD_USER.resource_type)
    assert compile_filter(manager, AD_USER, ActiveDirectory()).filter == Present("manager")


def test_what_matches_besides() -> None:
    """What stands for a group besides its name is asked for with it, and nothing is left to check."""
    text = 'groups.value eq "G" or groups.display eq "Staff"'
    node = resolve(parse(text), AD_USER.resource_type)
    [(_, by_display)] = shown_references(node, AD_USER)
    also: Also = {
        ("memberOf", "g"): Equals("primaryGroupID", b"1108"),
        ("memberOf", by_display): Present("x"),
    }

    found = compile_filter(node, AD_USER, ActiveDirectory(), {"g": [ANN]}, {by_display: []}, also=also)

    name = Equals("memberOf", b"uid=ann,dc=x")
    assert found == Compiled(Or((name, Equals("primaryGroupID", b"1108"), Present("x"))))
