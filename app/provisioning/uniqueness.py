"""userName is unique within a domain, also where the directory itself does not see to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from app.directory.filters import Equals, Filter, all_of
from app.directory.model import Search
from app.mapping.written import values_at
from app.provisioning.entries import Entries
from app.provisioning.target import nothing
from app.scim.errors import UniquenessConflict
from app.scim.path import AttributePath
from app.scim.resource import Resource

USER_NAME = AttributePath("userName")


def refuse_taken(entries: Entries, resource: Resource, *, before: Resource | None = None) -> None:
    """Refuse a userName that another entry has.

    Where the directory refuses a second one by itself nothing is asked here: where userName names the entry and all
    entries are in one container, or where it is kept in an attribute that the product holds to be unique.

    Raises:
        UniquenessConflict: if it is taken.
    """
    if before is not None and before.get(USER_NAME) == resource.get(USER_NAME):
        return
    own = before.attributes.get("id") if before else None
    for wanted in _same_user_name(entries, resource):
        found = entries.search(
            Search(entries.domain.base, "subtree", wanted, entries.attributes(nothing), size_limit=2)
        )
        if any(entries.domain.dialect.id_of(entry) != own for entry in islice(found, 2)):
            raise UniquenessConflict("userName: the value is taken already.")


def _same_user_name(entries: Entries, resource: Resource) -> Iterator[Filter]:
    schema_map = entries.map
    kept_unique = {*entries.domain.dialect.unique_attributes}
    if not schema_map.entry.is_routed:
        kept_unique.add(schema_map.entry.rdn.lower())
    for rule in schema_map.rules_of(USER_NAME):
        if rule.attribute.lower() not in kept_unique:
            for value in values_at(rule, resource):
                yield all_of((Equals(rule.attribute, value), schema_map.entry.scope))
