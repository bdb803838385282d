"""What a map does, without doing it: the plan for a resource, the resource of an entry, the search for a filter.

Nothing is written. What references mean only a domain can tell; without one they are left out, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn, Rdn
from app.directory.filters import Filter as DirectoryFilter
from app.directory.filters import all_of, attributes_of
from app.directory.indexes import Index, indexes_for
from app.directory.matching import matches
from app.directory.model import Search
from app.directory.plan import Plan
from app.mapping.compared import referred_ids, shown_references
from app.mapping.expression import Finding
from app.mapping.filters import compile_filter, named
from app.mapping.generation import Wanted, imagine
from app.mapping.model import ReferenceRule, SchemaMap
from app.mapping.references import Alias, Name, ids_in, names_of
from app.mapping.translate import to_resource
from app.provisioning.conditions import ask
from app.provisioning.domain import Domain
from app.provisioning.entries import Entries
from app.provisioning.planning import plan_create
from app.provisioning.target import everything
from app.provisioning.written_entry import entry_of
from app.scim.errors import NotFound
from app.scim.filters.nodes import Filter
from app.scim.resource import Resource


@dataclass(frozen=True, slots=True)
class CreatePreview:
    """What a create would send, and the references that nobody was there to look up."""

    plan: Plan
    left_out: tuple[ReferenceRule, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What the map could not make of the resource."""
    generated: tuple[Wanted, ...] = ()
    """What would be generated; examples stand in the plan."""
    unmapped: tuple[str, ...] = ()
    """The attributes of which the resource has values that no rule takes."""


class _Imagined:
    """Notes what would be generated, and gives examples."""

    def __init__(self) -> None:
        self.generated: tuple[Wanted, ...] = ()

    def example(self, wanted: Wanted) -> str:
        self.generated = (*self.generated, wanted)
        return imagine(wanted)


@dataclass(frozen=True, slots=True)
class EntryPreview:
    """An entry as a resource, and whether it exists for SCIM clients."""

    resource: Resource
    is_in_scope: bool
    left_out: tuple[ReferenceRule, ...] = ()
    """References that nobody was there to look up."""


@dataclass(frozen=True, slots=True)
class SearchPreview:
    """What the directory would be asked, and what is left to check on what it finds."""

    filter: DirectoryFilter
    residue: Filter | None
    left_out: tuple[ReferenceRule, ...] = ()
    """References that nobody was there to look up."""

    @property
    def indexes(self) -> list[Index]:
        """Name the indexes that the search wants."""
        return indexes_for(self.filter)


def with_map(domain: Domain, schema_map: SchemaMap) -> Entries:
    """Take a map into a domain, in the place of the one in force."""
    maps = {**domain.maps, schema_map.resource_type.name: schema_map}
    return Entries(replace(domain, maps=maps), schema_map)


def preview_create(entries: Entries, resource: Resource) -> CreatePreview:
    """Plan a create in a domain.

    Raises:
        ScimError: if the resource is refused, or the directory cannot be asked who it refers to.
    """
    known = entries.identities.by_ids(ids_in(entries.map, resource))
    domain = entries.domain
    imagined = _Imagined()
    planned = plan_create(
        entries.map, domain.dialect, resource, base=domain.base, known=known, generate=imagined.example
    )
    return CreatePreview(
        planned.plan, findings=planned.findings, generated=imagined.generated, unmapped=planned.unmapped
    )


def preview_create_alone(
    schema_map: SchemaMap, dialect: Dialect, resource: Resource, *, base: Dn
) -> CreatePreview:
    """Plan a create without a domain.

    Raises:
        InvalidValue: if a value has no form in the directory.
    """
    unknown = tuple(rule for rule in schema_map.references if _refers(schema_map, rule, resource))
    shown = tuple(
        replace(rule, direction="to_scim", placeholder=None) if rule in unknown else rule
        for rule in schema_map.references
    )
    reduced = replace(schema_map, references=shown)
    imagined = _Imagined()
    planned = plan_create(reduced, dialect, resource, base=base, known={}, generate=imagined.example)
    return CreatePreview(planned.plan, unknown, planned.findings, imagined.generated, planned.unmapped)


def preview_entry(entries: Entries, name: Dn) -> EntryPreview:
    """Show a live entry, whether it exists for SCIM or not.

    Raises:
        ScimError: if there is none, or the directory cannot be asked.
    """
    scope = entries.map.entry.scope
    attributes = dict.fromkeys((*entries.attributes(everything), *sorted(attributes_of(scope))))
    for entry in entries.search(Search(name, "base", attributes=tuple(attributes), size_limit=1)):
        return EntryPreview(entries.resource(entry, wants=everything), matches(scope, entry) is True)
    raise NotFound(f"There is no entry {name}.")


def preview_ldif(entries: Entries, text: str) -> EntryPreview:
    """Show an entry that stands in LDIF, and whoever in the domain it refers to.

    Raises:
        InvalidLdif: if there is none.
        ScimError: if the directory cannot be asked.
    """
    entry = entry_of(text, entries.domain.dialect)
    in_scope = matches(entries.map.entry.scope, entry) is True
    # Nobody is to look for a resource of that id where this entry would be.
    [resource] = entries.resources([entry], wants=everything)
    return EntryPreview(resource, in_scope)


def preview_ldif_alone(schema_map: SchemaMap, dialect: Dialect, text: str) -> EntryPreview:
    """Show an entry that stands in LDIF, without a domain; raises InvalidLdif."""
    entry = entry_of(text, dialect)
    unknown = tuple(rule for rule in schema_map.references if list(names_of(rule, entry)))
    in_scope = matches(schema_map.entry.scope, entry) is True
    return EntryPreview(to_resource(schema_map, entry, dialect), in_scope, unknown)


def preview_search(entries: Entries, condition: Filter) -> SearchPreview:
    """Compile a filter as a search in a domain would.

    Raises:
        ScimError: if the directory cannot be asked whom the filter means.
    """
    asked = ask(entries, condition)
    among = () if asked.among is None else (named(entries.domain.dialect.name_attribute, asked.among),)
    return SearchPreview(all_of((*among, asked.compiled.filter)), asked.compiled.residue)


def preview_search_alone(schema_map: SchemaMap, dialect: Dialect, condition: Filter) -> SearchPreview:
    """Compile a filter without a domain; ``id=…`` stands for the names of those whose ids it compares."""
    referred = list(referred_ids(condition, schema_map))
    names = {resource_id: _imagined_names(rule, resource_id) for rule, resource_id in referred if resource_id}
    compiled = compile_filter(condition, schema_map, dialect, names)
    shown = (rule for rule, _ in shown_references(condition, schema_map))
    unknown = tuple(dict.fromkeys((*(rule for rule, _ in referred), *shown)))
    return SearchPreview(all_of((compiled.filter, schema_map.entry.scope)), compiled.residue, unknown)


def _imagined_names(rule: ReferenceRule, resource_id: str) -> list[Name]:
    name = Rdn.of("id", resource_id)
    return [Dn((name,)), *([Alias(rule.by.lower(), str(name))] if rule.by else [])]


def _refers(schema_map: SchemaMap, rule: ReferenceRule, resource: Resource) -> bool:
    return any(ids_in(replace(schema_map, references=(rule,)), resource))
