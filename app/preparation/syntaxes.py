"""What values of each syntax are (RFC 4517 §3.3), and how Active Directory compares them, which it does not publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from app.directory.schema import AttributeType

Family = Literal[
    "text", "narrow text", "boolean", "integer", "time", "name", "octets", "postal address", "other"
]
_RFC = "1.3.6.1.4.1.1466.115.121.1"
_AD = "1.2.840.113556.1.4"


@dataclass(frozen=True, slots=True)
class Syntax:
    """A syntax in words."""

    title: str
    family: Family
    equality: str | None = None
    """The rule by which Active Directory compares values of it."""
    ordering: str | None = None
    substrings: str | None = None


_IGNORE = ("caseIgnoreMatch", "caseIgnoreOrderingMatch", "caseIgnoreSubstringsMatch")
_EXACT = ("caseExactMatch", "caseExactOrderingMatch", "caseExactSubstringsMatch")
_NUMBER = ("integerMatch", "integerOrderingMatch")
_TIME = ("generalizedTimeMatch", "generalizedTimeOrderingMatch")

SYNTAXES: Mapping[str, Syntax] = {
    f"{_RFC}.3": Syntax("Attribute Type Description", "other"),
    f"{_RFC}.5": Syntax("Binary", "octets"),
    f"{_RFC}.6": Syntax("Bit String", "other"),
    f"{_RFC}.7": Syntax("Boolean", "boolean", "booleanMatch"),
    f"{_RFC}.8": Syntax("Certificate", "octets"),
    f"{_RFC}.9": Syntax("Certificate List", "octets"),
    f"{_RFC}.11": Syntax("Country String, two letters", "narrow text", *_IGNORE),
    f"{_RFC}.12": Syntax("DN", "name", "distinguishedNameMatch"),
    f"{_RFC}.14": Syntax("Delivery Method", "other"),
    f"{_RFC}.15": Syntax("Directory String", "text", *_IGNORE),
    f"{_RFC}.22": Syntax("Facsimile Telephone Number", "narrow text", *_IGNORE),
    f"{_RFC}.23": Syntax("Fax", "octets"),
    f"{_RFC}.24": Syntax("Generalized Time", "time", *_TIME),
    f"{_RFC}.26": Syntax("IA5 String, which is ASCII", "narrow text", *_EXACT),
    f"{_RFC}.27": Syntax("INTEGER", "integer", *_NUMBER),
    f"{_RFC}.28": Syntax("JPEG", "octets"),
    f"{_RFC}.34": Syntax("Name And Optional UID", "name"),
    f"{_RFC}.36": Syntax("Numeric String", "narrow text", *_IGNORE),
    f"{_RFC}.38": Syntax("OID", "other", "objectIdentifierMatch"),
    f"{_RFC}.40": Syntax("Octet String", "octets", "octetStringMatch"),
    f"{_RFC}.41": Syntax("Postal Address", "postal address"),
    f"{_RFC}.44": Syntax("Printable String", "narrow text", *_EXACT),
    f"{_RFC}.50": Syntax("Telephone Number", "narrow text"),
    f"{_RFC}.53": Syntax("UTC Time", "other"),
    "1.3.6.1.1.16.1": Syntax("UUID", "other"),
    f"{_AD}.903": Syntax("DN with octets", "other"),
    f"{_AD}.904": Syntax("DN with text", "other"),
    f"{_AD}.905": Syntax("Teletex String", "text", *_IGNORE),
    f"{_AD}.906": Syntax("Large Integer", "integer", *_NUMBER),
    f"{_AD}.907": Syntax("NT Security Descriptor", "octets"),
    f"{_AD}.1221": Syntax("OR Name", "other"),
    f"{_AD}.1362": Syntax("Case-sensitive String", "text", *_EXACT),
}
UNKNOWN = Syntax("an unknown one", "other")


def syntax_of(attribute: AttributeType) -> Syntax | None:
    """Return an attribute's syntax; None where the schema does not tell."""
    return None if attribute.syntax is None else SYNTAXES.get(attribute.syntax, UNKNOWN)


def completed_by_syntax(attribute: AttributeType) -> AttributeType:
    """Put in the matching rules that Active Directory has for the syntax (MS-ADTS §3.1.1.2.2.4)."""
    syntax = syntax_of(attribute) or UNKNOWN
    return replace(
        attribute,
        equality=attribute.equality or syntax.equality,
        ordering=attribute.ordering or syntax.ordering,
        substrings=attribute.substrings or syntax.substrings,
    )
