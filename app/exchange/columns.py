"""Which attribute a column of a table holds: by a SCIM path, by a name that people use, or as somebody says.

``emails[work]``, ``name.familyName`` and ``urn:…:User:department`` mean what they do in maps, ``Surname`` and ``E-Mail``
what they do everywhere, and ``departmentNumber`` what the domain's map has it for. A column that means nothing here is left out, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from app.exchange.places import places_of
from app.exchange.table import InvalidTable
from app.mapping.model import Place, SchemaMap
from app.scim.path import AttributePath, PathError, parse_path, resolve
from app.scim.schema import ResourceType

NOT_USED: Final = "-"
"""Says of a column that it is to be left out."""
_TYPED: Final = re.compile(
    r'(?P<head>[^\[\]]+)\[(?:type\s+eq\s+)?"?(?P<type>[\w.-]+)"?\](?P<tail>\.\w+)?\Z', re.IGNORECASE
)
_OURS: Final = ("externalId", "id")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "userName": ("user", "login", "loginname", "logon", "logonname", "account", "accountname"),
    "name.givenName": ("firstname", "forename", "givenname"),
    "name.familyName": ("lastname", "surname", "familyname", "sn"),
    "name.middleName": ("middlename",),
    "name.formatted": ("fullname",),
    "name.honorificPrefix": ("prefix", "salutation"),
    "name.honorificSuffix": ("suffix",),
    "displayName": ("displayname", "name"),
    "nickName": ("nickname",),
    "title": ("jobtitle", "position"),
    "preferredLanguage": ("language",),
    "timezone": ("timezone",),
    "active": ("enabled", "isactive", "accountenabled"),
    "password": ("initialpassword",),
    "externalId": ("externalid",),
    "emails[work]": ("email", "mail", "emailaddress", "workemail", "workmail", "emails"),
    "emails[home]": ("homeemail", "privateemail", "personalemail"),
    "emails": ("email", "mail", "emailaddress", "workemail", "workmail"),
    "phoneNumbers[work]": ("phone", "telephone", "phonenumber", "telephonenumber", "workphone", "officephone"),
    "phoneNumbers": ("phone", "telephone", "phonenumber", "telephonenumber"),
    "phoneNumbers[mobile]": ("mobile", "mobilephone", "cell", "cellphone", "mobilenumber"),
    "phoneNumbers[home]": ("homephone",),
    "phoneNumbers[fax]": ("fax", "faxnumber"),
    "addresses[work].streetAddress": ("street", "streetaddress", "address"),
    "addresses[work].locality": ("city", "town", "locality"),
    "addresses[work].region": ("state", "region", "province"),
    "addresses[work].postalCode": ("zip", "zipcode", "postcode", "postalcode"),
    "addresses[work].country": ("country",),
    "department": ("department",),
    "division": ("division",),
    "organization": ("organization", "organisation", "company"),
    "costCenter": ("costcenter", "costcentre"),
    "manager": ("managerid", "supervisor", "reportsto"),
    "employeeNumber": ("employeenumber", "employeeid", "personnelnumber", "staffid"),
}  # fmt: skip
"""What people call the places, without blanks and signs, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is used: where it stands in a row, what it is called there, and what it holds."""

    index: int
    name: str
    place: Place

    @property
    def is_secret(self) -> bool:
        """Whether its values are never to be shown."""
        return self.place.resolved.leaf.returned == "never"

    @property
    def refers(self) -> bool:
        """Whether its values say who somebody else is."""
        attribute, part = self.place.resolved.attribute, self.place.path.sub_attribute
        return part == "value" and not attribute.multi_valued and bool(attribute.sub_attribute("$ref"))


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table: the one that users are found by, those with values, and those that are left out."""

    key: Column
    values: tuple[Column, ...]
    unused: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return it for a machine."""
        used = {column.name: str(column.place) for column in (self.key, *self.values)}
        return {"key": self.key.name, "columns": used, "unused": list(self.unused)}


@dataclass(frozen=True, slots=True)
class Offer:
    """The places that columns can hold in a domain."""

    places: Mapping[str, Place]
    resource_type: ResourceType
    attributes: Mapping[str, Place] = field(default_factory=dict)
    """By the names of directory attributes, in lower case."""

    def find(self, text: str) -> Place | None:
        """Return the place that a path or a name means; None where it means none, or more than one."""
        return self.at(text) or self._called(text) or self.attributes.get(text.strip().lower())

    def at(self, text: str) -> Place | None:
        """Return the place of a path, however it is written."""
        found = _TYPED.match(text.strip())
        kind = found["type"].lower() if found else None
        path = self._path(f"{found['head']}{found['tail'] or ''}" if found else text.strip())
        near = [place for place in self.places.values() if path in {place.path, place.of_value.path}]
        near = near or [place for place in self.places.values() if path == place.path.parent]
        if kind is not None:
            near = [place for place in near if (place.element_type or "").lower() == kind]
        return near[0] if len(near) == 1 else None

    def _path(self, text: str) -> AttributePath | None:
        try:
            return resolve(parse_path(text), self.resource_type).path
        except PathError:
            return None

    def _called(self, text: str) -> Place | None:
        name = re.sub(r"[\W_]+", "", text).lower()
        for path, names in _NAMES.items():
            if name in names or name == re.sub(r"\W+", "", path).lower():
                place = self.at(path)
                if place is not None:
                    return place
        return None


def offer_of(schema_map: SchemaMap) -> Offer:
    """Return what columns can hold where a map is in force."""
    kind = schema_map.resource_type
    own = (Place(resolve(AttributePath(name), kind)) for name in _OURS)
    referring = list(_references(schema_map))
    places = {str(place): place for place in (*places_of(schema_map), *referring, *own)}
    written = {rule.attribute.lower(): rule.place for rule in schema_map.rules if str(rule.place) in places}
    return Offer(places, kind, written)


def _references(schema_map: SchemaMap) -> Iterator[Place]:
    """Yield where a user refers to one other, such as the manager."""
    for rule in schema_map.references:
        path, attribute = rule.place.path, rule.place.resolved.attribute
        if rule.writes and not attribute.multi_valued and path.sub_attribute is None:
            yield Place(resolve(replace(path, sub_attribute="value"), schema_map.resource_type))


def choose(header: Sequence[str], offer: Offer, *, said: Mapping[str, str], key: str = "userName") -> Columns:
    """Say what the columns of a table hold. ``said`` has, by their names, what somebody says that columns hold.

    Raises:
        InvalidTable: if somebody names what is not there, two columns hold the same, or none holds the key.
    """
    missing = [name for name in said if name not in header]
    if missing:
        raise InvalidTable(f"there is no column {missing[0]!r}; the columns are {', '.join(header)}")
    columns = list(_chosen(header, offer, said))
    _refuse_twice(columns)
    wanted = offer.find(key)
    if wanted is None or wanted.resolved.leaf.returned == "never":
        raise InvalidTable(f"users cannot be found by {key!r}: no such attribute is written in this domain")
    found = next((column for column in columns if column.place == wanted), None)
    if found is None:
        raise InvalidTable(
            f"no column holds {wanted}, by which users are found; the columns are {', '.join(header)}"
        )
    used = {column.index for column in columns}
    ignored = {column.index for column in columns if str(column.place) == "id" and column != found}
    values = tuple(column for column in columns if str(column.place) != "id")
    unused = tuple(
        name for index, name in enumerate(header) if name and (index not in used or index in ignored)
    )
    return Columns(found, values, unused)


def _chosen(header: Sequence[str], offer: Offer, said: Mapping[str, str]) -> Iterator[Column]:
    for index, name in enumerate(header):
        wanted = said.get(name)
        if wanted == NOT_USED:
            continue
        place = offer.find(wanted or name)
        if wanted and place is None:
            raise InvalidTable(
                f"column {name!r}: {wanted} is nothing that can be written in this domain; "
                f"it has {', '.join(offer.places)}"
            )
        if place is not None:
            yield Column(index, name, place)


def _refuse_twice(columns: Iterable[Column]) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        other = seen.setdefault(str(column.place), column.name)
        if other is not column.name:
            raise InvalidTable(
                f"the columns {other!r} and {column.name!r} both hold {column.place}: say of one what it holds, "
                f"or {NOT_USED} to leave it out"
            )
