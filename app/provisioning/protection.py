"""Entries that no SCIM request may change: the key ``protected`` of a domain.

protected:
  entries: ["cn=admins,ou=Groups,dc=example,dc=org"]
  below: ["ou=Service,dc=example,dc=org"]
  filter: (employeeType=service)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields

from app.directory.dn import Dn, InvalidDn
from app.directory.filter_text import InvalidFilterText, parse_filter
from app.directory.filters import Filter
from app.directory.model import Add, Search
from app.directory.plan import Plan
from app.directory.port import Directory


@dataclass(frozen=True, slots=True)
class Protection:
    """Which entries are protected: by name, with all that is below them, or by what is in them."""

    entries: frozenset[Dn] = frozenset()
    below: tuple[Dn, ...] = ()
    filter: Filter | None = None

    def covers(self, plan: Plan, directory: Directory) -> bool:
        """Tell whether a plan changes a protected entry. A filter costs a search for each entry; raises DirectoryError."""
        return any(self._covers(name, directory) for name in _changed(plan))

    def _covers(self, name: Dn, directory: Directory) -> bool:
        if name in self.entries or any(name.is_within(base) for base in self.below):
            return True
        if self.filter is None:
            return False
        search = Search(name, "base", self.filter, ("1.1",), size_limit=1)
        return any(True for _ in directory.search(search))


NOTHING = Protection()


def _changed(plan: Plan) -> Iterator[Dn]:
    """Name the entries that were there before a plan and are changed by it."""
    added: list[Dn] = []
    for operation in plan.operations:
        if isinstance(operation, Add):
            added.append(operation.dn)
        elif operation.dn not in added:
            yield operation.dn


class _DnField(fields.Field[Any]):
    """A distinguished name."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Dn:
        del attr, data, kwargs
        try:
            if isinstance(value, str) and value.strip():
                return Dn.parse(value)
        except InvalidDn as error:
            raise ValidationError(str(error)) from error
        raise ValidationError("is a distinguished name")


class _FilterField(fields.Field[Any]):
    """A search filter (RFC 4515)."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Filter:
        del attr, data, kwargs
        try:
            return parse_filter(value if isinstance(value, str) else "")
        except InvalidFilterText as error:
            raise ValidationError(str(error)) from error


class ProtectionSchema(Schema):
    """The key ``protected``."""

    entries = fields.List(_DnField(), metadata={"description": "Names of entries."})
    below = fields.List(_DnField(), metadata={"description": "Names of entries, each with all below it."})
    filter = _FilterField(metadata={"description": "An LDAP filter; costs a search before each change."})


def read_protection(keys: Mapping[str, Any] | None) -> Protection:
    """Make the protection of a valid document."""
    if not keys:
        return NOTHING
    return Protection(frozenset(keys.get("entries", ())), tuple(keys.get("below", ())), keys.get("filter"))
