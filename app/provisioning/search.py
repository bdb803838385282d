"""Lists of resources: what matches, and which part of it is returned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.directory.dn import Dn
from app.directory.filters import all_of
from app.directory.model import Search
from app.mapping.filters import Compiled, compile_filter, referred_ids
from app.provisioning.entries import Entries
from app.provisioning.target import Page, Query, Wants, everything
from app.scim.filters.evaluate import matches
from app.scim.filters.nodes import Filter
from app.scim.resource import Resource


def search(entries: Entries, query: Query, *, wants: Wants) -> Page:
    """Return a part of the resources that match, and count all of them."""
    total = 0
    page: list[Resource] = []
    last = query.start_index - 1 + query.count
    for total, resource in enumerate(_matching(entries, query, wants), start=1):
        if query.start_index <= total <= last:
            page.append(resource)
    return Page(page, total, query.start_index)


def compiled(entries: Entries, condition: Filter | None) -> Compiled:
    """Compile a filter for a domain, with whoever it refers to looked up."""
    scope = entries.map.entry.scope
    if condition is None:
        return Compiled(scope)
    found = compile_filter(condition, entries.map, entries.domain.dialect, _names(entries, condition))
    return replace(found, filter=all_of((found.filter, scope)))


def _matching(entries: Entries, query: Query, wants: Wants) -> Iterator[Resource]:
    asked = compiled(entries, query.filter)
    residue = asked.residue
    needed = wants if residue is None else everything
    found = entries.search(Search(entries.domain.base, "subtree", asked.filter, entries.attributes(needed)))
    resources = entries.resources(found, wants=needed)
    return resources if residue is None else (found for found in resources if matches(residue, found))


def _names(entries: Entries, condition: Filter) -> dict[str, list[Dn]]:
    """Look up the names that stand for the ids in a filter; a group also stands for the groups within it."""
    referred = list(referred_ids(condition, entries.map))
    found = entries.identities.by_ids(resource_id for _, resource_id in referred) if referred else {}
    return {
        resource_id: [found[resource_id].dn]
        if rule.writes
        else entries.identities.within([found[resource_id].dn])
        for rule, resource_id in referred
        if resource_id in found
    }
