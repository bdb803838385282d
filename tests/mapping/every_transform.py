"""Each transform that a map can name, as an example: what it makes of values, and where directories keep them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.directory.dn import Dn, Rdn
from app.directory.model import Add
from app.mapping.documents import build_map
from app.mapping.model import SchemaMap
from app.mapping.translate import to_entry, to_image
from app.scim.resource import Resource
from app.scim.schema import Attribute, ResourceType, Schema, Type, Value
from tests.mapping.samples import document

Scalar = bool | int | float | str
Kept = tuple[str, str]
"""A directory attribute, and how its values are compared."""


@dataclass(frozen=True)
class Example:
    """A transform as a map says it, and rows of what SCIM says, what the directory keeps, and what SCIM then shows."""

    transform: Any
    rows: tuple[tuple[Scalar, bytes, Scalar], ...]
    openldap: Kept
    ad: Kept
    foreign: tuple[bytes, ...] = ()
    """What somebody else may have stored."""
    type: Type = "string"
    memory: Kept | None = None
    """Where the directory in memory compares otherwise than by caseIgnoreMatch."""

    def kept(self, where: str) -> Kept:
        """Say where a directory keeps the values."""
        return (
            self.memory if where == "memory" and self.memory else self.ad if where == "ad" else self.openldap
        )


REGEX: Final = {
    "scim": "(?P<job>[^,]+), (?P<level>.+)",
    "to_directory": "{level}/{job}",
    "directory": "(?P<level>[^/]+)/(?P<job>.+)",
    "to_scim": "{job}, {level}",
}
IGNORE: Final = "caseIgnore"
EXAMPLES: Final[Mapping[str, Example]] = {
    "text": Example(
        "text",
        (("Ann", b"Ann", "Ann"), ("straße", "straße".encode(), "straße")),
        ("displayName", IGNORE),
        ("displayName", IGNORE),
    ),
    "boolean": Example(
        "boolean",
        ((True, b"TRUE", True), (False, b"FALSE", False)),
        ("carLicense", IGNORE),
        ("msNPAllowDialin", "typed"),
        type="boolean",
    ),
    "integer": Example(
        "integer",
        ((7, b"7", 7), (-3, b"-3", -3), (3.0, b"3", 3)),
        ("uidNumber", "typed"),
        ("adminCount", "typed"),
        type="integer",
    ),
    "decimal": Example(
        "decimal",
        ((2.5, b"2.5", 2.5), (-3, b"-3", -3)),
        ("roomNumber", IGNORE),
        ("roomNumber", IGNORE),
        type="decimal",
        foreign=(b"nan",),
    ),
    "binary": Example(
        "binary",
        (("AAEC", b"\0\1\2", "AAEC"), ("/9j/", b"\xff\xd8\xff", "/9j/")),
        ("jpegPhoto", "none"),
        ("jpegPhoto", "none"),
        type="binary",
    ),
    "generalizedTime": Example(
        "generalizedTime",
        (
            ("2026-01-02T04:04:05+01:00", b"20260102030405.0Z", "2026-01-02T03:04:05Z"),
            ("1999-12-31T23:59:59Z", b"19991231235959.0Z", "1999-12-31T23:59:59Z"),
        ),
        ("description", "none"),
        ("msTSExpireDate", "typed"),
        type="dateTime",
        memory=("pwdAccountLockedTime", "typed"),
    ),
    "postalAddress": Example(
        "postalAddress",
        (("1 St\nA$B\\C", b"1 St$A\\24B\\5CC", "1 St\nA$B\\C"), ("Home", b"Home", "Home")),
        ("homePostalAddress", "none"),
        ("homePostalAddress", "none"),
    ),
    "fileTime": Example(
        "fileTime",
        (
            ("1601-01-01T00:00:01Z", b"10000000", "1601-01-01T00:00:01Z"),
            ("1601-01-01T01:00:01+01:00", b"10000000", "1601-01-01T00:00:01Z"),
            ("1601-01-01T00:03:00.5Z", b"1805000000", "1601-01-01T00:03:00.500000Z"),
        ),
        ("gidNumber", "typed"),
        ("accountExpires", "typed"),
        foreign=(b"0",),
    ),
    "proxyAddress": Example(
        "proxyAddress",
        (("Jo@example.org", b"smtp:Jo@example.org", "Jo@example.org"), ("b@x", b"smtp:b@x", "b@x")),
        ("mail", IGNORE),
        ("proxyAddresses", IGNORE),
        foreign=(b"X500:/o=x", b"SMTP:first@x"),
    ),
    "lower": Example(
        "lower",
        (("ANN", b"ann", "ann"), ("Straße", "straße".encode(), "straße")),
        ("givenName", IGNORE),
        ("givenName", IGNORE),
        foreign=(b"aNN",),
    ),
    "upper": Example(
        "upper",
        (("ann", b"ANN", "ANN"), ("Bo", b"BO", "BO")),
        ("initials", IGNORE),
        ("division", IGNORE),
        foreign=(b"aNN",),
    ),
    "trim": Example(
        "trim",
        ((" Ann ", b"Ann", "Ann"), ("A nn", b"A nn", "A nn")),
        ("title", IGNORE),
        ("title", IGNORE),
        foreign=(b" ",),
    ),
    "prefix": Example(
        {"prefix": "x-"},
        (("Ann", b"x-Ann", "Ann"), ("x-", b"x-x-", "x-")),
        ("employeeNumber", IGNORE),
        ("employeeNumber", IGNORE),
        foreign=(b"x-", b"Ann"),
    ),
    "suffix": Example(
        {"suffix": "@x.org"},
        (("Ann", b"Ann@x.org", "Ann"), ("x", b"x@x.org", "x")),
        ("departmentNumber", IGNORE),
        ("department", IGNORE),
        foreign=(b"@x.org", b"x.org"),
    ),
    "table": Example(
        {"table": {"Employee": "e", "Contractor": "0"}},
        (("employee", b"e", "Employee"), ("Contractor", b"0", "Contractor")),
        ("employeeType", IGNORE),
        ("employeeType", IGNORE),
        foreign=(b"E", b"Employee"),
    ),
    "regex": Example(
        {"regex": REGEX},
        (("Guide, senior", b"senior/Guide", "Guide, senior"), ("a b, C", b"C/a b", "a b, C")),
        ("st", IGNORE),
        ("st", IGNORE),
        foreign=(b"Guide", b"low, b/a"),
    ),
    "e164": Example(
        {"e164": "DE"},
        (("030 123456", b"+4930123456", "+4930123456"), ("+1 555 010 0100", b"+15550100100", "+15550100100")),
        ("telephoneNumber", IGNORE),
        ("telephoneNumber", IGNORE),
        foreign=(b"+49 (30) 1-1", b"ask Bo"),
    ),
    "bits": Example(
        {"bits": {"mask": 2, "true_when": "clear", "base": 512}},
        ((True, b"512", True), (False, b"514", False)),
        ("street", IGNORE),
        ("msDS-SupportedEncryptionTypes", "typed"),
        type="boolean",
        foreign=(b"3", b"66048"),
    ),
    "data_uri": Example(
        {"data_uri": "image/jpeg"},
        (
            ("data:image/png;base64,AAEC", b"\0\1\2", "data:image/jpeg;base64,AAEC"),
            ("/9j/", b"\xff\xd8\xff", "data:image/jpeg;base64,/9j/"),
        ),
        ("audio", "none"),
        ("thumbnailPhoto", "none"),
        memory=("facsimileTelephoneNumber", "none"),
    ),
    "list": Example(
        ["trim", "lower", {"prefix": "t-"}],
        ((" Ann", b"t-ann", "ann"), ("B o", b"t-b o", "b o")),
        ("l", IGNORE),
        ("l", IGNORE),
        foreign=(b"T-Ann", b"t-"),
    ),
}
THING: Final = ResourceType(
    "Thing",
    "/Things",
    Schema(
        "urn:example:thing",
        "Thing",
        (
            Attribute("name", required=True),
            *(Attribute(f"as_{name}", type=example.type) for name, example in EXAMPLES.items()),
        ),
    ),
)


@dataclass(frozen=True)
class Things:
    """The map of all transforms at once, as it is for a directory, and the entries that show them."""

    where: str
    base: Dn
    classes: tuple[str, ...]
    naming: str = "cn"
    others: Mapping[str, str] = field(default_factory=dict)
    """What else entries of these classes must have."""

    @property
    def map(self) -> SchemaMap:
        """Write one rule for each transform."""
        kept = {name: example.kept(self.where) for name, example in EXAMPLES.items()}
        rules = {
            f"as_{name}": {
                "attribute": attribute,
                "matching": matching,
                "transform": EXAMPLES[name].transform,
            }
            for name, (attribute, matching) in kept.items()
        }
        entry = {
            "object_classes": [*self.classes],
            "scope": f"({self.naming}=thing*)",
            "rdn": self.naming,
            "attributes": {**self.others},
        }
        body = {"kind": "SchemaMap", "name": "things", "resource_type": "Thing", "entry": entry}
        return build_map(
            document(json.dumps({**body, "attributes": {"name": self.naming, **rules}})), {"Thing": THING}
        )

    def entries(self) -> list[Add]:
        """Make an entry for each row of the table, for each value of others, and one that has nothing."""
        most = max(len(example.rows) for example in EXAMPLES.values())
        made = [self._entry(f"thing{row}", self._row(row)) for row in range(most)]
        bare = self._entry("thing-bare", {})
        for number in range(max(len(example.foreign) for example in EXAMPLES.values())):
            name = f"thing-foreign{number}"
            entry = self._entry(name, {})
            raw = {
                example.kept(self.where)[0]: (example.foreign[number],)
                for example in EXAMPLES.values()
                if number < len(example.foreign)
            }
            made.append(Add(entry.dn, {**entry.attributes, **raw}))
        return [*made, bare]

    def _row(self, number: int) -> dict[str, Value]:
        return {
            f"as_{name}": example.rows[number][0]
            for name, example in EXAMPLES.items()
            if number < len(example.rows)
        }

    def _entry(self, name: str, attributes: Mapping[str, Value]) -> Add:
        resource = Resource(THING, {"name": name, **attributes})
        added = to_entry(self.map, to_image(self.map, resource), self.base)
        return Add(self.base.below(Rdn.of(self.naming, name)), added.attributes)
