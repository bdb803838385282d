"""The shipped maps, maps for robots and for other namings, and users that a directory holds against its will."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.model import Add, Entry
from app.mapping.documents import build_map
from app.mapping.model import SchemaMap
from app.mapping.translate import to_entry, to_image
from app.scim.resource import Resource
from app.scim.schema import Value
from app.store.document import Document
from app.store.loading import parse
from tests.scim.samples import ENTERPRISE, GROUP, ROBOT, ROOT, USER

TYPES: Final = {found.name: found for found in (USER, GROUP, ROBOT)}
DIALECT: Final = OpenLdap()
BASE: Final = Dn.parse("dc=example,dc=org")
ID: Final = "0a1b2c3d-0000-1000-8000-00805f9b34fb"


def document(text: str) -> Document:
    """Read a map's document."""
    (found,) = parse(text, file="map.yaml").documents
    return found


def read_map(text: str) -> SchemaMap:
    """Build the map that a text describes."""
    return build_map(document(text), TYPES)


def shipped(name: str) -> SchemaMap:
    """Build a shipped map."""
    return read_map(Path(ROOT / "config" / "maps" / f"{name}.yaml").read_text())


USER_MAP: Final = shipped("openldap-user")
ROBOT_MAP: Final = read_map("""
kind: SchemaMap
name: robots
resource_type: Robot
entry: {object_classes: [device, extensibleObject], scope: (objectClass=device), rdn: cn}
attributes:
  serial: cn
  wheels: {attribute: uidNumber, matching: typed}
  weight: {attribute: roomNumber, transform: decimal}
  tags: description
  "on": {attribute: carLicense, transform: boolean, default: true}
  firmware: {attribute: jpegPhoto, matching: none}
""")

CODED_MAP: Final = read_map("""
kind: SchemaMap
name: coded
resource_type: User
entry: {object_classes: [inetOrgPerson], scope: (objectClass=inetOrgPerson), rdn: uid, parent: ou=People}
attributes:
  userName: uid
  name.formatted: {attribute: cn, default: x}
  name.familyName: {attribute: sn, transform: trim, default: x}
  displayName: {attribute: displayName, transform: lower}
  title: {attribute: title, transform: [trim, {prefix: t-}]}
  nickName: {attribute: description, transform: {suffix: "@x.org"}}
  userType: {attribute: employeeType, transform: {table: {Strasse: e, Smith: "0", any: É}}}
  urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department:
    attribute: departmentNumber
    transform: {regex: {scim: "(?P<x>.+)", to_directory: "d{x}", directory: "d(?P<x>.+)", to_scim: "{x}"}}
""")


def add(schema_map: SchemaMap, resource: Resource) -> Add:
    """Return the entry that a resource becomes."""
    return to_entry(schema_map, to_image(schema_map, resource), BASE)


def stored(added: Add, **kept: bytes) -> Entry:
    """Return what a directory gives back of an entry that was added."""
    own = {"entryUUID": (ID.encode(),), **{name: (value,) for name, value in kept.items()}}
    return Entry.of(added.dn, {**added.attributes, **own})


TEXTS: Final = (
    "bjensen",
    "BJensen",
    "strasse",
    "straße",
    "STRAẞE",
    "mississippi",
    "s",
    "ß",
    "\u017fmith",
    "smith",
    "İstanbul",
    "istanbul",
    "i\u0307stanbul",
    "Zoë",
    "zoe\u0308",
    "zoe",
    "\u03bf\u03b4\u03bf\u03a3",
    "\u03bf\u03b4\u03bf\u03c2",
    "ǰa",
    "ja",
    "x😀y",
    "*()\\",
    " lead",
    "trail ",
    "a  b",
    "a b",
    "a\u00a0b",
    "a\tb",
    "\uff4a\uff4f",
    "jo",
    "中文",
    "Иван",
    "- -",
    "#x,y+z=",
    "co\u00adop",
    "q\u0301\u0323",
)
NAMES: Final = {"bjensen", "strasse", "straße", "smith", "*()\\", "Zoë", "x😀y", "中文"}
"""Those that no directory takes for one another."""
PHONES: Final = ("+1 555-0100", "5550100", "+1", "1-2 3")


def hostile_users() -> list[Resource]:
    """Make users of hostile values, each different."""
    return [_user(number, text) for number, text in enumerate(TEXTS)]


def _user(number: int, text: str) -> Resource:
    other = TEXTS[(number * 7 + 3) % len(TEXTS)]
    attributes: dict[str, Value] = {
        "userName": text if text in NAMES else f"{text}{number}",
        "name": {"familyName": other, "formatted": text},
        "displayName": other if number % 2 else text,
        "active": number % 4 != 0,
        "emails": [{"value": f"U{number}@Example.ORG", "type": "work"}, {"value": "any@x", "type": "work"}],
        "phoneNumbers": [
            {"value": PHONES[number % 4], "type": "work"},
            {"value": PHONES[number % 3], "type": "fax"},
        ],
        "addresses": [{"locality": text, "type": "work"}, {"formatted": f"{text}\n{other}", "type": "home"}],
        "profileUrl": f"http://x/{text}",
        ENTERPRISE: {"department": text, "employeeNumber": str(number)},
    }
    left_out = ("displayName", "emails", "phoneNumbers", "profileUrl", "addresses", ENTERPRISE)
    dropped = {name for at, name in enumerate(left_out) if (number >> at) % 4 == 1}
    return Resource(USER, {name: value for name, value in attributes.items() if name not in dropped})


def coded_entries() -> list[Add]:
    """Make entries of transformed hostile values, and of values that no transform has made."""
    made = [add(CODED_MAP, _coded(number, text)) for number, text in enumerate(TEXTS)]
    names = ("displayName", "title", "description", "employeeType", "departmentNumber")
    raw = ("t-", "@x.org", "E", "e", "d", "T-smith", "smith@X.ORG", "é", "Straße")
    for number, text in enumerate(raw):
        foreign = Resource(USER, {"userName": f"foreign{number}"})
        added = add(CODED_MAP, foreign)
        made.append(Add(added.dn, {**added.attributes, **dict.fromkeys(names, (text.encode(),))}))
    return made


def _coded(number: int, text: str) -> Resource:
    other = TEXTS[(number * 5 + 2) % len(TEXTS)]
    attributes: dict[str, Value] = {
        "userName": f"coded{number}",
        "name": {"familyName": f" {text}x", "formatted": "x"},
        "displayName": text,
        "title": f"{other}x",
        "nickName": text,
        "userType": ("STRASSE", "Smith", "Any")[number % 3],
        ENTERPRISE: {"department": text.replace("\n", " ")},
    }
    dropped = {
        name for at, name in enumerate(("displayName", "title", "userType")) if (number >> at) % 4 == 1
    }
    return Resource(USER, {name: value for name, value in attributes.items() if name not in dropped})


NEWER_MAP: Final = read_map("""
kind: SchemaMap
name: newer
resource_type: User
entry:
  object_classes: [inetOrgPerson, posixAccount]
  scope: (objectClass=inetOrgPerson)
  rdn: uid
  parent: ou=People
  attributes:
    roomNumber: {generate: {from: 1000, to: 1999}}
    homeDirectory: /home/x
attributes:
  userName: uid
  name.formatted: {attribute: cn, default: x}
  name.familyName: {attribute: sn, default: x}
  nickName: {attribute: displayName, default: {generate: {text: "{userName}", suffix: "-nick"}}}
  active: {attribute: gidNumber, transform: {bits: {mask: 2, true_when: clear, base: 512}}, matching: typed, default: "true"}
  phoneNumbers[work]: {attribute: telephoneNumber, transform: {e164: DE}, matching: none}
  photos[photo]: {attribute: jpegPhoto, transform: {data_uri: image/jpeg}, matching: none}
  emails[work]: {attribute: mail, transform: proxyAddress}
  title:
    attribute: title
    transform:
      regex:
        scim: (?P<job>[^,]+), (?P<level>.+)
        to_directory: "{level}/{job}"
        directory: (?P<level>[^/]+)/(?P<job>.+)
        to_scim: "{job}, {level}"
  locale: {attribute: uidNumber, transform: fileTime, matching: typed, default: "2001-01-01T00:00:00Z"}
""")
MOMENTS: Final = ("1999-12-31T23:59:59Z", "2026-11-28T12:00:00.5Z", "2026-11-28T12:00:00Z")
PICTURES: Final = ("data:image/jpeg;base64,AAEC", "data:image/jpeg;base64,/9j/")
GERMAN: Final = ("+49 30 123456", "030 123456", "+1 555 010 0100")
JOBS: Final = ("Guide, senior", "guide, Senior", "Chief, x/y", "a b, c")


def newer_entries() -> list[Add]:
    """Make entries of values that the newer transforms take, and of values that none has made."""
    made = [add(NEWER_MAP, _newer(number)) for number in range(24)]
    foreign = add(NEWER_MAP, Resource(USER, {"userName": "foreign"}))
    raw = {"title": (b"no level",), "mail": (b"SIP:x@x", b"smtp:a@x", b"SMTP:B@x"), "uidNumber": (b"0",)}
    return [*made, Add(foreign.dn, {**foreign.attributes, **raw})]


def _newer(number: int) -> Resource:
    attributes: dict[str, Value] = {
        "userName": f"newer{number}",
        "nickName": f"Nick{number % 5}",
        "active": number % 3 != 0,
        "phoneNumbers": [{"value": GERMAN[number % 3], "type": "work"}],
        "photos": [{"value": PICTURES[number % 2], "type": "photo"}],
        "emails": [{"value": f"N{number}@x", "type": "work"}, {"value": "all@x", "type": "work"}],
        "title": JOBS[number % 4],
        "locale": MOMENTS[number % 3],
    }
    left_out = ("nickName", "active", "phoneNumbers", "photos", "emails", "title", "locale")
    dropped = {name for at, name in enumerate(left_out) if (number >> (at % 4)) % 4 == 3}
    return Resource(USER, {name: value for name, value in attributes.items() if name not in dropped})
