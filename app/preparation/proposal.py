"""A first map for a directory: proposed from its schema and a sample of its entries, with the reason of each rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.directory.dn import Dn
from app.directory.filters import Equals, any_of
from app.directory.model import Entry, Search
from app.directory.schema import AttributeType
from app.preparation.live import Live, texts
from app.preparation.products import MICROSOFT
from app.provisioning.domain import Domain

SAMPLE = 200
GLOBAL_SECURITY_GROUP = "-2147483646"
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_CLASSES: Mapping[str, tuple[str, ...]] = {
    "User": ("user", "inetOrgPerson", "organizationalPerson", "person", "account"),
    "Group": ("group", "groupOfNames", "groupOfUniqueNames", "posixGroup"),
}
"""What entries of a type may be, the likeliest first."""
PROPOSED = tuple(_CLASSES)
"""The resource types that maps are proposed for."""
_PLACES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "User": {
        "userName": ("sAMAccountName", "uid", "mail", "cn"),
        "name.familyName": ("sn",),
        "name.givenName": ("givenName",),
        "name.formatted": ("cn",),
        "displayName": ("displayName",),
        "title": ("title",),
        "userType": ("employeeType",),
        "preferredLanguage": ("preferredLanguage",),
        "emails[work]": ("mail",),
        "phoneNumbers[work]": ("telephoneNumber",),
        "phoneNumbers[mobile]": ("mobile",),
        "addresses[work].streetAddress": ("street", "streetAddress"),
        "addresses[work].locality": ("l",),
        "addresses[work].region": ("st",),
        "addresses[work].postalCode": ("postalCode",),
        f"{_ENTERPRISE}:employeeNumber": ("employeeNumber", "employeeID"),
        f"{_ENTERPRISE}:department": ("department", "departmentNumber"),
        f"{_ENTERPRISE}:organization": ("company", "o"),
    },
    "Group": {"displayName": ("cn", "ou")},
}
_UNTYPED = ("emails[work]", "phoneNumbers[work]")
_NAME: Mapping[str, str] = {"User": "{userName}", "Group": "{displayName}"}
_RDN: Mapping[str, str] = {"User": "uid", "Group": "cn"}
_UNIX_ACCOUNT = "posixAccount"
_UNIX_NUMBERS = 10000, 59999
"""Which numbers accounts and groups of Unix get where none is in use yet."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Some entries of a kind, the class that they are of, and how they are named."""

    entries: Sequence[Entry]
    kind: str
    rdn: str
    parent: Dn

    def count(self, attribute: str) -> int:
        """Count the entries that have an attribute."""
        return sum(1 for entry in self.entries if entry.values(attribute))

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of most entries: those that are accounts of Unix are so by a class of their own."""
        accounts = sum(_UNIX_ACCOUNT in texts(entry, "objectClass") for entry in self.entries)
        return (self.kind, _UNIX_ACCOUNT) if 2 * accounts > len(self.entries) else (self.kind,)

    def commonest(self, attribute: str, otherwise: str) -> str:
        """Return the value that most have."""
        found = Counter(text for entry in self.entries for text in texts(entry, attribute))
        return found.most_common(1)[0][0] if found else otherwise

    def numbers(self, attribute: str) -> str:
        """Say to generate numbers beside those that are in use."""
        first, last = _UNIX_NUMBERS
        used = [int(text) for entry in self.entries for text in texts(entry, attribute) if text.isdecimal()]
        start = min((number for number in used if number >= 1000), default=first)  # noqa: PLR2004 - below are the system's
        return f"{{generate: {{from: {start}, to: {max(last, start + last - first)}}}}}"


def propose(domain: Domain, live: Live, resource_type: str, *, name: str) -> str:
    """Write a map for ``User`` or ``Group`` as a document; raise DirectoryError."""
    return "\n".join(_lines(take_sample(domain, live, resource_type), live, resource_type, name=name)) + "\n"


def take_sample(domain: Domain, live: Live, resource_type: str) -> Sample:
    """Look at some entries that could be of a type; raise DirectoryError."""
    kinds = [kind for kind in _CLASSES[resource_type] if live.schema.object_class(kind)]
    search = Search(
        domain.base,
        filter=any_of(Equals("objectClass", kind.encode()) for kind in kinds),
        attributes=("*",),
        size_limit=SAMPLE,
    )
    entries = list(domain.directory.search(search))
    found = Counter(
        each.name for entry in entries for each in live.schema.structural(texts(entry, "objectClass"))
    )
    kind = next((each for each, _ in found.most_common() if each in kinds), kinds[0])
    same = [entry for entry in entries if kind in texts(entry, "objectClass")]
    default = "cn" if live.dialect.name in MICROSOFT else _RDN[resource_type]
    rdns = Counter(entry.dn.rdn.avas[0].attribute for entry in same)
    parents = Counter(entry.dn.parent for entry in same)
    parent = parents.most_common(1)[0][0] if parents else domain.base
    within = parent.rdns[: len(parent.rdns) - len(domain.base.rdns)]
    return Sample(same, kind, rdns.most_common(1)[0][0] if rdns else default, Dn(within))


def _lines(sample: Sample, live: Live, resource_type: str, *, name: str) -> Iterator[str]:
    rules = list(_rules(sample, live, resource_type))
    yield f"# Proposed from the schema and {len(sample.entries)} entries. Check it: landbridge map check {name} -f FILE"
    yield "kind: SchemaMap"
    yield f"name: {name}"
    yield f"resource_type: {resource_type}"
    yield "entry:"
    yield f"  object_classes: [{', '.join(sample.classes)}]  # what most entries are"
    yield f"  scope: {_scope(sample, live, resource_type)}"
    yield f"  rdn: {sample.rdn}  # what most are named by"
    if sample.parent.rdns:
        yield f'  parent: "{sample.parent}"  # where most are'
    written = dict(_written(sample, live, resource_type, rules=rules))
    if written:
        yield f"  attributes: {{{', '.join(f'{key}: {value}' for key, value in written.items())}}}"
    yield "attributes:"
    for place, attribute, options in rules:
        text = f"{{attribute: {attribute}, {options}}}" if options else attribute
        yield f"  {place}: {text}  # {sample.count(attribute)} of {len(sample.entries)} entries have it"
    yield from _besides(sample, live, resource_type)


def _written(
    sample: Sample, live: Live, resource_type: str, *, rules: Sequence[tuple[str, str, str]]
) -> Iterator[tuple[str, str]]:
    """Say what has to be written besides the rules."""
    if sample.rdn.lower() not in {attribute.lower() for _, attribute, _ in rules}:
        yield sample.rdn, f'"{_NAME[resource_type]}"'
    if sample.kind == "posixGroup":
        yield "gidNumber", sample.numbers("gidNumber")
    if _UNIX_ACCOUNT in sample.classes:
        yield "uidNumber", sample.numbers("uidNumber")
        yield "gidNumber", sample.commonest("gidNumber", "100")
        yield "homeDirectory", f'"/home/{_NAME[resource_type]}"'
    if sample.kind == "group" and live.dialect.name == "active-directory":
        yield "groupType", GLOBAL_SECURITY_GROUP
        yield "sAMAccountName", f'"{_NAME[resource_type]}"'


def _scope(sample: Sample, live: Live, resource_type: str) -> str:
    if live.dialect.name == "active-directory" and resource_type == "User":
        # Computers are users there, too.
        return "(&(objectCategory=person)(objectClass=user)(!(isCriticalSystemObject=TRUE)))"
    return f"(objectClass={sample.kind})"


def _rules(sample: Sample, live: Live, resource_type: str) -> Iterator[tuple[str, str, str]]:
    taken: set[str] = set()
    must = {attribute.oid for attribute in live.schema.must([sample.kind])}
    if sample.rdn == "cn" and live.dialect.name in MICROSOFT and resource_type == "User":
        # Active Directory names entries by it, and the name follows that of the account.
        taken.add("2.5.4.3")
    for place, candidates in _PLACES[resource_type].items():
        found = [
            attribute
            for attribute in map(live.schema.attribute, candidates)
            if attribute and attribute.oid not in taken and live.schema.allows([sample.kind], attribute)
        ]
        if found:
            best = max(found, key=lambda attribute: sample.count(attribute.name))
            taken.add(best.oid)
            is_must = best.oid in must and place not in {"userName", "displayName"}
            yield place, best.name, ", ".join(_options(place, best, resource_type, is_must=is_must))


def _options(place: str, attribute: AttributeType, resource_type: str, *, is_must: bool) -> Iterator[str]:
    if attribute.equality is None:
        yield "matching: none"
    elif attribute.equality.lower().startswith("caseexact"):
        yield "matching: caseExact"
    if attribute.equality and attribute.substrings is None:
        yield "substrings: false"
    if place in _UNTYPED:
        yield "untyped: true"
    if is_must:
        yield f'default: "{_NAME[resource_type]}"'


def _besides(sample: Sample, live: Live, resource_type: str) -> Iterator[str]:
    schema = live.schema
    if resource_type == "Group":
        if sample.kind == "posixGroup":
            yield "  members: {reference: memberUid, by: uid, types: [User]}  # they name their members by their login names"
            return
        candidates = map(schema.attribute, ("member", "uniqueMember"))
        members = next((a for a in candidates if a and schema.allows([sample.kind], a)), None)
        if members is not None:
            must = members.oid in {attribute.oid for attribute in schema.must([sample.kind])}
            placeholder = ', placeholder: ""' if must else ""
            yield f"  members: {{reference: {members.name}, types: [User, Group]{placeholder}}}"
        return
    manager = schema.attribute("manager")
    if manager is not None and schema.allows([sample.kind], manager):
        yield f"  {_ENTERPRISE}:manager: {{reference: manager, types: [User]}}"
    if schema.attribute("memberOf") is not None:
        yield "  groups: {reference: memberOf, types: [Group], direction: to_scim}"
    if all(schema.attribute(name) for name in live.dialect.account_attributes):
        yield "  active: {account: enabled}"
    password = schema.attribute("unicodePwd" if live.dialect.name in MICROSOFT else "userPassword")
    if password is not None and schema.allows([sample.kind], password):
        yield "  password: {account: password}"
