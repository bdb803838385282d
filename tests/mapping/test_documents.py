"""Maps are read from documents, and whatever is wrong with one is reported at its key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.filters import Equals
from app.mapping import documents
from app.mapping.documents import build_map, schema_map_kind
from app.mapping.json_schema import json_schema
from app.mapping.language import KEYS_OF, InvalidMap, RuleSchema
from app.mapping.model import EntryRules
from app.mapping.named_transforms import PLAIN
from app.preparation.coverage import coverage
from app.store.document import Document, Snapshot
from tests.mapping.samples import TYPES, document, read_map
from tests.scim.samples import ENTERPRISE, ROOT

KIND = schema_map_kind(TYPES)
DOC = (ROOT / "docs" / "map-language.md").read_text()
DOCUMENTED_MAPS = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
DOCUMENTED = Snapshot(0, {found.identity: found for found in map(document, DOCUMENTED_MAPS)})
DOCUMENTED_RULES = [
    "".join(f"  {line}\n" for line in text.splitlines())
    for text in re.findall(r"```yaml attributes\n(.*?)```", DOC, re.DOTALL)
]
HEAD = """
kind: SchemaMap
name: m
resource_type: User
entry: {object_classes: [inetOrgPerson], scope: (uid=*), rdn: uid}
attributes:
  userName: uid
"""


def problems(found: Document) -> list[tuple[str, str]]:
    """Return what is wrong with a document, among those of the documentation: keys and messages."""
    first = KIND.problems(found)
    return [(p.key, p.message) for p in first or KIND.check(found, DOCUMENTED)]


def user_map(*, entry: dict[str, Any] | None = None, **attributes: Any) -> Document:
    """Describe a map of users, with changes."""
    body = {
        "resource_type": "User",
        "entry": {"object_classes": ["person"], "scope": "(cn=*)", "rdn": "uid", **(entry or {})},
        "attributes": {"userName": "uid", **attributes},
    }
    return Document("SchemaMap", "m", body)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "config" / "maps").glob("*.yaml")), ids=lambda path: path.stem
)
def test_shipped(path: Path) -> None:
    """A shipped map is called like its file and has nothing wrong with it."""
    found = document(path.read_text())
    others = [document(each.read_text()) for each in path.parent.glob("*.yaml")]
    shipped = Snapshot(0, {(each.kind, each.name): each for each in others})

    assert found.name == path.stem
    assert [*KIND.problems(found), *KIND.check(found, shipped)] == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "config" / "maps").glob("*.yaml")), ids=lambda path: path.stem
)
def test_nothing_is_misused(path: Path) -> None:
    """No shipped map keeps something in an attribute that lets people in, or keeps them out, by what is in it."""
    misused = {
        "userworkstations",
        "logonworkstation",
        "logonhours",
        "scriptpath",
        "profilepath",
        "homedirectory",
    }
    others = [document(each.read_text()) for each in path.parent.glob("*.yaml")]
    found = build_map(document(path.read_text()), TYPES, Snapshot(0, {(e.kind, e.name): e for e in others}))

    assert {rule.attribute.lower() for rule in found.rules} & misused == set()


@pytest.mark.parametrize("text", [*DOCUMENTED_MAPS, *(HEAD + rules for rules in DOCUMENTED_RULES)])
def test_documented(text: str) -> None:
    """Every map and every rule in the documentation can be loaded, and keeps what it is a rule for."""
    found = document(text)
    assert problems(found) == []

    schema_map = build_map(found, TYPES, DOCUMENTED)
    fates = {each.place: each.fate for each in coverage(schema_map, OpenLdap())}

    places = [
        str(rule.place).removesuffix(".value")
        for rule in schema_map.rules
        if rule.direction == "both" and rule.when is None
    ]
    assert {place for place in places if fates.get(place) not in {"kept", "changed"}} == set()


def test_every_key_is_documented() -> None:
    """Every key of the language, and every word that one may have, stands in the documentation, and in an example there."""
    words = {*said(json_schema())}
    examples = "\n".join((*DOCUMENTED_MAPS, *DOCUMENTED_RULES))

    assert {"attribute", "when", "generate", "max_length", "keep", "refuse", "bits", "caseExact"} <= words
    assert {word for word in words if not re.search(rf"`[^`\n]*\b{word}\b", DOC)} == set()
    assert {word for word in words if not re.search(rf"\b{word}\b", examples)} == set()
    assert {key for keys in KEYS_OF.values() for key in keys} <= set(RuleSchema().fields)


def said(schema: Any) -> Iterator[str]:
    """Yield the keys and words that a JSON Schema speaks of."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from (word for word in schema.get("enum", ()) if isinstance(word, str))
        schema = list(schema.values())
    for inner in schema if isinstance(schema, list) else ():
        yield from said(inner)


def test_build() -> None:
    """A map is what its document says, names in their schema's spelling."""
    found = read_map("""
kind: SchemaMap
name: m
resource_type: User
entry: {object_classes: [person], scope: (cn=x), rdn: UID, parent: "ou=P,ou=Q"}
attributes:
  USERNAME: uid
  EMAILS[work].value: mail
""")

    entry = replace(found.entry, locations=())
    assert entry == EntryRules(("person",), Equals("cn", b"x"), "uid", ())
    assert [location.names for location in found.entry.locations] == [(Dn.parse("ou=P,ou=Q"),)]
    assert [(str(rule.place), rule.attribute) for rule in found.rules] == [
        ("userName", "uid"),
        ("emails[work].value", "mail"),
    ]


SECRET = "is a secret, which is no attribute like others: map the password with account: password"
NEEDLESS = "is written from elsewhere, or not at all, so nobody needs to send it: leave required out"
GONE = "takes out what is not there: the map extends none that has it"
NEEDS = "needs one of attribute, reference (each a directory attribute's name) and account"


@pytest.mark.parametrize(
    ("rules", "key", "message"),
    [
        pytest.param({"nobody": "x"}, "nobody", "User has no attribute 'nobody'", id="unknown"),
        pytest.param({"name.x": "x"}, "name.x", "User has no attribute 'name.x'", id="unknown part"),
        pytest.param(
            {"urn:x:title": "x"}, "urn:x:title", "User has no attribute 'urn:x:title'", id="unknown URN"
        ),
        pytest.param({"a b": "x"}, "a b", "'a b' is not an attribute path", id="no path"),
        pytest.param(
            {"emails[work": "x"}, "emails[work", "'emails[work' is not an attribute path", id="open bracket"
        ),
        pytest.param(
            {"emails[]": "x"}, "emails[]", "'emails[]' is not an attribute path", id="empty brackets"
        ),
        pytest.param(
            {"emails[a][b]": "x"}, "emails[a][b]", "'emails[a]' is not an attribute path", id="brackets twice"
        ),
        pytest.param(
            {'emails[type eq "work"]': "x"},
            'emails[type eq "work"]',
            "has no plain word in brackets: write emails[work]",
            id="filter in brackets",
        ),
        pytest.param(
            {"title[work]": "x"},
            "title[work]",
            "has no elements of a type, so [work] cannot be",
            id="no elements",
        ),
        pytest.param({"name": "x"}, "name", "name is complex: name one of its sub-attributes", id="complex"),
        pytest.param(
            {"emails.value": "x"},
            "emails.value",
            "needs the type of the element: emails[work].value",
            id="no type",
        ),
        pytest.param(
            {"emails[work].type": "x"},
            "emails[work].type",
            "is what stands in the brackets, and cannot be mapped",
            id="type",
        ),
        pytest.param({"id": "x"}, "id", "is the service's own and cannot be mapped", id="id"),
        pytest.param({"password": "x"}, "password", SECRET, id="password in the open"),
        pytest.param({"title": "userPassword"}, "title", SECRET, id="password attribute"),
        pytest.param(
            {"title": "objectClass"},
            "title",
            "cannot write objectClass: entry.object_classes does",
            id="classes",
        ),
        pytest.param(
            {"title": {"attribute": "t", "untyped": True}},
            "title",
            "takes elements of any type already, so untyped says nothing",
            id="untyped without a type",
        ),
        pytest.param({"title": {}}, "title", NEEDS, id="empty"),
        pytest.param(
            {"title": {"attribute": "title", "required": True, "default": "x"}},
            "title",
            NEEDLESS,
            id="default",
        ),
        pytest.param(
            {"title": {"attribute": "title", "required": True, "direction": "to_scim"}},
            "title",
            NEEDLESS,
            id="not written",
        ),
        pytest.param({"title": {"attribute": "x", "account": "enabled"}}, "title", NEEDS, id="two kinds"),
        pytest.param({"title": 5}, "title", "Invalid input type.", id="number"),
        pytest.param({"title": None}, "title", GONE, id="null"),
        pytest.param(
            {"title": "no name"}, "title.attribute", "is no attribute name (RFC 4512)", id="attribute"
        ),
        pytest.param({"title": {"attribut": "x"}}, "title.attribut", "Unknown field.", id="unknown key"),
        pytest.param(
            {"title": {"attribute": "x", "placeholder": "y"}},
            "title.placeholder",
            "has no meaning beside attribute",
            id="key of another kind",
        ),
        pytest.param(
            {"active": {"account": "enabled", "default": "true"}},
            "active.default",
            "has no meaning beside account",
            id="default of an account",
        ),
        pytest.param(
            {"title": {"account": "current_password"}},
            "title.account",
            "is shown, which no password may be: the attribute needs returned: never",
            id="password that is shown",
        ),
        pytest.param(
            {"title": {"account": "enabled"}},
            "title.account",
            "cannot be the account's enabled: it is of another type",
            id="account of another type",
        ),
        pytest.param(
            {"title": {"reference": "manager"}},
            "title",
            "refers to nothing: it has no value that could be an id",
            id="reference without an id",
        ),
        pytest.param(
            {"groups": {"reference": "memberOf", "placeholder": "x"}},
            "groups.placeholder",
            "'x' is not a distinguished name: expected one of '=' at 2",
            id="placeholder",
        ),
        pytest.param(
            {"groups": {"reference": "memberUid", "by": "uid", "placeholder": ""}},
            "groups",
            "has values that stand for others, and no names (DNs) that a placeholder could be one of",
            id="placeholder that is no value",
        ),
        pytest.param(
            {"groups": {"reference": "memberUid", "by": "userPassword"}},
            "groups",
            "would tell others userPassword, which is a secret",
            id="reference by a secret",
        ),
        pytest.param(
            {"title": {"attribute": "x", "default": "{nobody}"}},
            "title.default",
            "User has no attribute 'nobody'",
            id="template",
        ),
        pytest.param(
            {"title": {"attribute": "x", "default": ["a", "{"]}},
            "title.default",
            "a '{' is left over",
            id="brace",
        ),
        pytest.param(
            {"title": {"attribute": "x", "default": {"a": "b"}}},
            "title.default.a",
            "Unknown field.",
            id="default of keys",
        ),
        pytest.param(
            {"title": {"attribute": "x", "default": []}},
            "title.default",
            "is not a text, or a list of texts",
            id="no default",
        ),
        pytest.param(
            {"active": {"attribute": "x", "transform": "boolean", "default": "many"}},
            "active.default",
            "is neither true nor false",
            id="default of another type",
        ),
        pytest.param(
            {"title": {"attribute": "x", "direction": "up"}},
            "title.direction",
            "Must be one of: both, to_directory, to_scim.",
            id="direction",
        ),
        pytest.param(
            {"title": "UID"},
            "title",
            "UID is written by userName already; give one of them direction: to_scim",
            id="two rules write an attribute",
        ),
        pytest.param(
            {f"{ENTERPRISE}:manager": {"reference": "uid"}},
            f"{ENTERPRISE}:manager",
            "uid is written by userName already; give one of them direction: to_scim",
            id="a reference writes another's attribute",
        ),
        pytest.param(
            {"username": "cn"},
            "userName",
            "is read from uid already; give one of them direction: to_directory",
            id="two rules read a place",
        ),
    ],
)
def test_wrong_rule(rules: dict[str, Any], key: str, message: str) -> None:
    """A mistake in a rule is reported at the rule, in words that say what to write."""
    assert problems(user_map(**rules)) == [(f"attributes.{key}", message)]


@pytest.mark.parametrize(
    ("entry", "key", "message"),
    [
        pytest.param(
            {"rdn": "cn"},
            "entry.rdn",
            "no attribute of the map writes cn, which names the entry",
            id="unwritten",
        ),
        pytest.param(
            {"rdn": "no name"}, "entry.rdn", "String does not match expected pattern.", id="no name"
        ),
        pytest.param(
            {"parent": "People"},
            "entry.parent",
            "'People' is not a distinguished name: expected one of '=' at 7",
            id="parent",
        ),
        pytest.param(
            {"scope": "cn=x"}, "entry.scope", "'cn=x' is not a search filter: expected '(' at 1", id="scope"
        ),
        pytest.param(
            {"object_classes": []}, "entry.object_classes", "Shorter than minimum length 1.", id="no class"
        ),
        pytest.param({"object_classes": "person"}, "entry.object_classes", "Not a valid list.", id="no list"),
        pytest.param({"base": "x"}, "entry.base", "Unknown field.", id="unknown key"),
    ],
)
def test_wrong_entry(entry: dict[str, Any], key: str, message: str) -> None:
    """A mistake in what entries look like is reported at its key."""
    assert problems(user_map(entry=entry)) == [(key, message)]


def test_binary_name() -> None:
    """Nothing is named by bytes."""
    found = user_map(entry={"rdn": "userCertificate"}, x509Certificates="userCertificate")

    assert problems(found) == [("entry.rdn", "userCertificate is binary, which names nothing")]


def test_unknown_resource_type() -> None:
    """A map of resources that do not exist is refused, and those that do are named."""
    found = Document("SchemaMap", "m", {**user_map().body, "resource_type": "Toy"})

    assert problems(found) == [
        ("resource_type", "there is no such resource type; there are Group, Robot, User")
    ]


def test_what_was_sound_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A map is checked once until it changes, however many there are."""
    monkeypatch.setattr(documents, "MOST_REMEMBERED", 1)
    kind = schema_map_kind(TYPES)
    maps = [user_map(), user_map(title="title"), user_map(toy="title"), user_map()]

    found = [[problem.key for problem in kind.check(each, Snapshot(0, {}))] for each in maps]

    assert found == [[], [], ["attributes.toy"], []]


def test_document_of_another_version() -> None:
    """A stored document that this version does not read is a map that cannot be used."""
    with pytest.raises(InvalidMap, match="is not as this version reads it"):
        build_map(Document("SchemaMap", "m", {}), TYPES)


@pytest.mark.parametrize(
    ("transform", "key", "message"),
    [
        pytest.param([], "", "Shorter than minimum length 1.", id="none"),
        pytest.param(
            "title",
            "",
            f"Must be one of: {', '.join(PLAIN)}, prefix, suffix, table, regex, e164, bits, data_uri.",
            id="unknown",
        ),
        pytest.param({}, "", "needs one of prefix, suffix, table, regex, e164, bits, data_uri", id="empty"),
        pytest.param(
            {"prefix": "x", "suffix": "y"},
            "",
            "needs one of prefix, suffix, table, regex, e164, bits, data_uri",
            id="two",
        ),
        pytest.param({"prefix": ""}, ".prefix", "Shorter than minimum length 1.", id="empty prefix"),
        pytest.param({"table": {}}, ".table", "is no table of SCIM values and directory values", id="table"),
        pytest.param(
            {"table": {"a": None}},
            ".table",
            "has something else than texts, numbers and true or false in it",
            id="hole",
        ),
        pytest.param(
            {"table": {True: "x", 5: "X"}},
            "",
            "the table has a value twice, and could not be read both ways",
            id="doubles",
        ),
        pytest.param(["lower", 5], "", "Invalid input type.", id="number"),
    ],
)
def test_wrong_transform(transform: Any, key: str, message: str) -> None:
    """A mistake in a transform is reported at its key."""
    attributes = {"title": {"attribute": "title", "transform": transform}}

    assert problems(user_map(**attributes)) == [(f"attributes.title.transform{key}", message)]
