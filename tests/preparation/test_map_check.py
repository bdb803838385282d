"""What is wrong with a map is found against the schema of real servers: a row for each code."""

from dataclasses import replace

import pytest

from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.memory import MemoryDirectory
from app.directory.schema import AttributeType, Schema
from app.mapping.language import InvalidMap
from app.preparation.finding import Finding, by_severity, has_errors
from app.preparation.live import Live, NoSchema, parse_indexes, read_live
from app.preparation.map_check import check_in_domain, check_map, placed, refused
from app.preparation.map_codes import MAP_CODES
from app.provisioning.domain import Domain
from app.store.document import Snapshot
from app.store.loading import parse
from app.testing.slapd import Slapd
from tests.mapping.samples import NEWER_MAP
from tests.preparation.conftest import connected, map_of, shipped
from tests.provisioning.conftest import MAPS, shipped_map

ENTRY = """resource_type: User
entry: {object_classes: [%s], scope: (objectClass=person), rdn: uid}
attributes:
  userName: uid
  name.familyName: {attribute: sn, default: "{userName}"}
  name.formatted: {attribute: cn, default: "{userName}"}
"""
PERSON = ENTRY % "inetOrgPerson"
GROUP = """resource_type: Group
entry: {object_classes: [%s], scope: (objectClass=*), rdn: cn}
attributes:
  displayName: cn
  members: {reference: %s}
"""
ROWS = [
    pytest.param(
        ENTRY % "inetOrgPerson, scimUser", "unknown-class", "entry.object_classes", id="unknown-class"
    ),
    pytest.param(ENTRY % "posixAccount", "no-structural-class", "entry.object_classes", id="auxiliary-alone"),
    pytest.param(
        ENTRY % "inetOrgPerson, account",
        "several-structural-classes",
        "entry.object_classes",
        id="two-structural-classes",
    ),
    pytest.param(
        PERSON + "  title: jobTitel", "unknown-attribute", "attributes.title", id="unknown-attribute"
    ),
    pytest.param(
        PERSON.replace("(objectClass=person)", "(kind=person)"),
        "unknown-attribute",
        "entry.scope",
        id="unknown-attribute-in-the-scope",
    ),
    pytest.param(
        PERSON + "  nickName: {attribute: nick, direction: to_scim}",
        "unknown-read",
        "attributes.nickName",
        id="unknown-attribute-that-is-read",
    ),
    pytest.param(
        PERSON.replace("attribute: sn", "attribute: surname"),
        "other-name",
        "attributes.name.familyName",
        id="second-name",
    ),
    pytest.param(
        PERSON + "  timezone: gecos", "attribute-not-allowed", "attributes.timezone", id="not-of-the-classes"
    ),
    pytest.param(
        PERSON + "  nickName: creatorsName", "attribute-not-writable", "attributes.nickName", id="operational"
    ),
    pytest.param(
        PERSON + "  nickName: {attribute: surname, direction: to_directory}",
        "written-twice",
        "attributes.nickName",
        id="two-names-of-one",
    ),
    pytest.param(
        PERSON.replace("  name.formatted", "  # name.formatted"),
        "missing-must",
        "entry.object_classes",
        id="missing-must",
    ),
    pytest.param(
        PERSON.replace(', default: "{userName}"', "", 1),
        "optional-must",
        "attributes.name.familyName",
        id="optional-must",
    ),
    pytest.param(
        (ENTRY % "account").replace("name.f", "# name.f") + "  password: {account: password}",
        "no-account-attribute",
        "attributes.password",
        id="no-password",
    ),
    pytest.param(PERSON + "  title: manager", "syntax", "attributes.title", id="text-for-a-name"),
    pytest.param(GROUP % ("groupOfNames", "description"), "syntax", "attributes.members", id="names-as-text"),
    pytest.param(
        GROUP % ("groupOfNames", "seeAlso, by: uid"), "syntax", "attributes.members", id="values-as-names"
    ),
    pytest.param(
        GROUP % ("posixGroup", "memberUid, by: nothing"),
        "unknown-read",
        "attributes.members",
        id="by-what-is-not-there",
    ),
    pytest.param(PERSON + "  emails[work]: mail", "narrow-syntax", "attributes.emails[work]", id="ascii"),
    pytest.param(
        PERSON + "  emails[work]: displayName", "single-value", "attributes.emails[work]", id="single-value"
    ),
    pytest.param(
        PERSON + "  phoneNumbers[fax]: facsimileTelephoneNumber",
        "no-equality",
        "attributes.phoneNumbers[fax]",
        id="no-equality",
    ),
    pytest.param(PERSON + "  profileUrl: labeledURI", "case-exact", "attributes.profileUrl", id="case-exact"),
    pytest.param(
        PERSON + "  profileUrl: {attribute: labeledURI, matching: caseExact}",
        "no-substrings",
        "attributes.profileUrl",
        id="no-substrings",
    ),
    pytest.param(
        (ENTRY % "inetOrgPerson, shadowAccount")
        + "  title: {attribute: shadowMax, transform: generalizedTime, matching: typed}",
        "no-ordering",
        "attributes.title",
        id="no-ordering",
    ),
    pytest.param(
        PERSON + "  title: {attribute: title, matching: none}",
        "unused-rule",
        "attributes.title",
        id="matching-not-used",
    ),
    pytest.param(
        PERSON + "  title: {attribute: title, substrings: false}",
        "unused-rule",
        "attributes.title",
        id="substrings-not-used",
    ),
    pytest.param(PERSON + "  displayName: displayName", "no-index", "attributes.displayName", id="no-index"),
    pytest.param(
        PERSON.replace("(objectClass=person)", "(title=*)"), "no-index", "entry.scope", id="no-index-of-scope"
    ),
    pytest.param(
        PERSON.replace("rdn: uid", "rdn: displayName") + "  nickName: displayName",
        "no-index",
        "entry.rdn",
        id="no-index-of-names",
    ),
    pytest.param(
        PERSON + "  title: {attribute: title, transform: lower}", "loses", "attributes.title", id="lower-case"
    ),
    pytest.param(PERSON, "not-covered", "attributes", id="not-covered"),
]


def codes_and_places(findings: list[Finding]) -> set[tuple[str, str]]:
    """Say what was found where, in short."""
    return {(each.code.name.removeprefix("map-"), each.place) for each in findings}


@pytest.mark.directory
@pytest.mark.parametrize(("text", "code", "place"), ROWS)
def test_each_code_on_openldap(openldap_live: Live, text: str, code: str, place: str) -> None:
    """A broken map gives its finding, in its place, with a fix."""
    found = check_map(map_of(text), openldap_live)

    assert (code, place) in codes_and_places(found)
    assert all(finding.seen.endswith(".") and finding.fix.endswith(".") for finding in found)


@pytest.mark.directory
def test_a_sound_map_has_no_others(openldap_live: Live) -> None:
    """The map that the rows are made from gives the one finding that it keeps little."""
    assert codes_and_places(check_map(map_of(PERSON), openldap_live)) == {("not-covered", "attributes")}


@pytest.mark.container
def test_newer_transforms_fit(samba_live: Live) -> None:
    """An account that ends is kept in a large integer, without a word."""
    assert [
        each.seen
        for each in check_map(shipped_map("ad-user-account"), samba_live)
        if each.severity == "error"
    ] == []


@pytest.mark.directory
def test_every_transform_fits(openldap_live: Live) -> None:
    """What transforms make is held against the attributes' syntaxes: numbers, bytes and text alike."""
    assert [each.seen for each in check_map(NEWER_MAP, openldap_live) if each.severity == "error"] == []


@pytest.mark.container
def test_lengths_on_active_directory(samba_live: Live) -> None:
    """What Active Directory limits is told, the account's name by its own limit."""
    found = check_map(shipped_map("ad-user"), samba_live)

    seen = {each.place: each.seen for each in found if each.code.name == "map-length"}
    assert seen["attributes.userName"] == "sAMAccountName holds at most 20 characters."
    assert not has_errors(found)


@pytest.mark.directory
@pytest.mark.parametrize("name", ["openldap-user", "openldap-group", "openldap-user-by-name"])
def test_shipped_maps_on_openldap(openldap_live: Live, name: str) -> None:
    """Nothing that is shipped is wrong."""
    assert not has_errors(check_map(shipped_map(name), openldap_live))


@pytest.mark.container
def test_shipped_group_on_active_directory(samba_live: Live) -> None:
    """Nothing that is shipped is wrong."""
    assert not has_errors(check_map(shipped_map("ad-group"), samba_live))


def test_every_code_has_a_row() -> None:
    """No code is without a test."""
    elsewhere = {"map-length", "map-invalid", "map-schema-not-readable"}

    assert {f"map-{row.values[1]}" for row in ROWS} | elsewhere == set(MAP_CODES)


@pytest.mark.directory
def test_indexes_need_an_administrator(slapd: Slapd) -> None:
    """The service account may not read the configuration, so nobody knows of the indexes."""
    directory = connected(slapd)
    live = read_live(directory, OpenLdap(), Dn.parse(slapd.base_dn))
    directory.close()

    assert live.indexes is None
    assert not any(each.code.name == "map-no-index" for each in check_map(shipped_map("openldap-user"), live))


def test_indexes() -> None:
    """Indexes are read as slapd writes them; attributes without kinds have those of default."""
    schema = Schema((AttributeType("1.1", ("uid", "userid")), AttributeType("1.2", ("cn",))))

    found = parse_indexes(["default sub", "userid,CN eq,pres", "cn", "gone eq"], schema)

    assert found == {
        "1.1": frozenset({"equality", "ordering", "presence"}),
        "1.2": frozenset({"equality", "ordering", "presence", "substring"}),
    }


def test_a_directory_that_shows_no_schema() -> None:
    """Without a schema that is all there is to say."""
    base = Dn.parse("dc=example,dc=org")
    schema_map = shipped_map("openldap-user")
    domain = Domain("PRIMARY", MemoryDirectory(base), OpenLdap(), base, {"User": schema_map})

    (finding,) = check_in_domain(schema_map, domain)

    assert finding.code.name == "map-schema-not-readable"
    with pytest.raises(NoSchema):
        read_live(domain.directory, domain.dialect, base)


def test_lines() -> None:
    """A finding tells file and line, also where the rule is that of another map; keys may be in any case."""
    text = "kind: SchemaMap\nname: ours\nextends: openldap-user\nattributes:\n  TITLE: title\n"
    (document,) = parse(text, file="ours.yaml").documents
    lookup = shipped()
    codes = list(MAP_CODES.values())

    found = placed(
        [
            Finding(codes[0], "a", "b", ("attributes", "title")),
            Finding(codes[0], "a", "b", ("attributes", "displayName")),
            Finding(codes[0], "a", "b", ("nowhere",)),
        ],
        document,
        lookup,
    )

    lines = (MAPS / "openldap-user.yaml").read_text().splitlines()
    assert [each.place.split("/")[-1] for each in found] == [
        "ours.yaml:5: attributes.title",
        f"openldap-user.yaml:{lines.index('  displayName: displayName') + 1}: attributes.displayName",
        "ours.yaml:1: nowhere",
    ]


def test_lines_of_what_was_stored_without_a_file() -> None:
    """What the store has kept is read again for its lines; a map without a base is told where it says so."""
    text = "kind: SchemaMap\nname: ours\nextends: gone\nattributes:\n  title: title\n"
    (document,) = parse(text, file="ours.yaml").documents
    stored = replace(document, marks=None)
    finding = refused(InvalidMap("there is no SchemaMap gone", key=("extends",)))

    (found,) = placed([finding], stored, Snapshot(0, {}))
    (unknown,) = placed([finding], replace(stored, source=""), Snapshot(0, {}))

    assert (found.place, unknown.place) == ("SchemaMap ours:3: extends", "extends")


def test_order() -> None:
    """The worst comes first."""
    found = [Finding(code, "a", "b") for code in reversed(list(MAP_CODES.values()))]

    assert [each.severity for each in by_severity(found)] == sorted(
        (each.severity for each in found), key=("error", "warning", "note").index
    )
