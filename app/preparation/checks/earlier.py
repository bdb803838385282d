"""Whether an earlier census holds still, found out without reading the entries once more.

One entry of each map is looked at, and one of those alone that are wrong, if there is any: the directory looks for it. Two
entries of the same name cannot be found like this, nor values that SCIM has no room for; these a census finds.
"""

from __future__ import annotations

from app.directory.errors import DirectoryError
from app.directory.filters import Filter, Present, all_of, any_of, negate
from app.directory.model import Entry, Search
from app.mapping.model import SchemaMap
from app.preparation.census import Census
from app.preparation.checks.kept import kept_by
from app.preparation.naming import naming_rule
from app.preparation.patient import Admitted


def earlier_holds(admitted: Admitted, census: Census) -> bool:
    """Tell whether nothing is seen that speaks against a census in which nothing was wrong."""
    try:
        return all(
            _holds(admitted, schema_map, census.counts.get(schema_map.name, 0))
            for schema_map in admitted.domain.maps.values()
        )
    except DirectoryError:
        # Whoever takes a census tells what is the matter.
        return False


def _holds(admitted: Admitted, schema_map: SchemaMap, count: int) -> bool:
    one = _one(admitted, schema_map.entry.scope)
    if one is None:
        return not count
    is_shown = all(one.values(name) for name in kept_by(admitted.domain.dialect))
    return bool(count) and is_shown and _one(admitted, faulty(admitted, schema_map)) is None


def faulty(admitted: Admitted, schema_map: SchemaMap) -> Filter:
    """Match the entries of a map that lack what each must have: an id, a name, what clients must send."""
    naming = naming_rule(schema_map)
    demanded = [rule.attribute for rule in schema_map.required if rule.reads and rule.when is None]
    names = [admitted.domain.dialect.id_attribute, *([naming.attribute] if naming else []), *demanded]
    lacking = any_of(negate(Present(name)) for name in dict.fromkeys(names))
    return all_of([schema_map.entry.scope, lacking])


def _one(admitted: Admitted, wanted: Filter) -> Entry | None:
    domain = admitted.domain
    search = Search(domain.base, filter=wanted, attributes=kept_by(domain.dialect), size_limit=1)
    return next(iter(domain.directory.search(search)), None)
