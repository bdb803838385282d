"""From entries to resources and from resources to entries, by a map.

Changes to an entry are the difference between what two resources look like as entries, so what a request does not
touch is never written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn, Rdn
from app.directory.model import Add, Entry, Modify, Operation, Rename
from app.mapping import accounts, fixed, object_classes, references
from app.mapping.differences import reference_changes, rule_changes
from app.mapping.drafts import Draft, mark_primary, meta_of, place_references, place_values
from app.mapping.expression import Evaluation
from app.mapping.generation import Generate, imagine
from app.mapping.image import NOT_DRAWN, Drawn, Image
from app.mapping.location import parent_of
from app.mapping.model import SchemaMap
from app.mapping.naming import container, naming_value, parent_after, rdn_after, renamed
from app.mapping.references import Referent, Referents
from app.mapping.unmapped import Leftover, kept_changes, kept_values, leftover, restore
from app.mapping.written import written_values
from app.scim.resource import Resource
from app.scim.schema import Value

NOBODY: Referents = {}
UNKNOWN: Mapping[str, Referent] = {}


def to_resource(
    schema_map: SchemaMap, entry: Entry, dialect: Dialect, referents: Referents = NOBODY
) -> Resource:
    """Show an entry as a resource, with ``id`` and ``meta``, as far as its attributes were fetched.

    ``referents`` are those that the entry refers to, as far as they are wanted and could be found.
    """
    return shown(schema_map, entry, dialect, Referring(schema_map, referents).shown(entry))


class Referring:
    """What entries of a map refer to."""

    def __init__(self, schema_map: SchemaMap, referents: Referents) -> None:
        rules = schema_map.references if referents else ()
        self._elements = [references.Elements(rule, referents) for rule in rules]

    def shown(self, entry: Entry) -> list[list[Value]]:
        """Show what an entry refers to, by each of the map's references in their order; nothing where nobody is known."""
        return [each.of(entry) for each in self._elements]


def shown(schema_map: SchemaMap, entry: Entry, dialect: Dialect, referred: Sequence[list[Value]]) -> Resource:
    """Show an entry together with what it refers to."""
    draft: Draft = {"id": dialect.id_of(entry), "meta": meta_of(schema_map, entry, dialect)}
    for attribute, rule in schema_map.readable:
        if attribute in entry.attributes:
            place_values(draft, rule, entry)
    for reference, found in zip(schema_map.references, referred, strict=False):
        place_references(draft, reference, found)
    mark_primary(draft, schema_map)
    accounts.place(draft, schema_map, dialect.state_of(entry))
    restore(draft, schema_map, entry)
    return Resource(schema_map.resource_type, draft)


def to_image(  # noqa: PLR0913 - what an image depends on
    schema_map: SchemaMap,
    resource: Resource,
    known: Mapping[str, Referent] = UNKNOWN,
    *,
    generate: Generate = imagine,
    tells_unmapped: bool = True,
    like: Drawn = NOT_DRAWN,
) -> Image:
    """Show a resource as an entry. ``known`` are those that it refers to, by their ids.

    ``generate`` finds the values that no other entry has. What no rule takes need not be told, and is not of what the
    resource has in common with another one that was drawn before.

    Raises:
        InvalidValue: if a value has no form in the directory, or refers to nobody.
    """
    evaluation = Evaluation(resource, generate)
    attributes = fixed.values(schema_map.entry, evaluation)
    common = like.in_common(resource)
    for rule, source in schema_map.written:
        if source in common:
            attributes[rule.attribute] = like.image.attributes.get(rule.attribute, ())
        elif source is None or source in resource.attributes:
            attributes[rule.attribute] = written_values(rule, evaluation)
    for reference in schema_map.references:
        if reference.writes and evaluation.holds(reference.when, place=f"attributes.{reference.place}.when"):
            attributes[reference.attribute] = references.values(reference, resource, known)
    if schema_map.keeps is not None:
        left = leftover(schema_map, resource)
        attributes[schema_map.keeps] = kept_values(left)
    else:
        left = leftover(schema_map, resource, beside=common) if tells_unmapped else Leftover()
    return Image(
        {name: values for name, values in attributes.items() if values},
        accounts.wanted(schema_map, resource),
        parent_of(schema_map.entry.locations, evaluation),
        object_classes.needed(schema_map.entry, attributes, evaluation),
        tuple(left.names),
        tuple(evaluation.findings),
    )


def to_entry(schema_map: SchemaMap, image: Image, base: Dn) -> Add:
    """Make the entry to add below the domain's base.

    Raises:
        InvalidValue: if nothing names the entry, or says where it goes.
    """
    parent = container(schema_map, image, base)
    names = dict.fromkeys((*schema_map.entry.object_classes, *image.classes))
    classes = tuple(name.encode() for name in names)
    attributes = {"objectClass": classes, **image.attributes}
    for rule in schema_map.references:
        if rule.placeholder is not None:
            attributes[rule.attribute] = (str(rule.placeholder).encode(), *attributes.get(rule.attribute, ()))
    naming = schema_map.entry.rdn
    return Add(parent.below(Rdn.of(naming, naming_value(schema_map, naming, image))), attributes)


def changes(
    schema_map: SchemaMap, entry: Entry, *, before: Image, after: Image, base: Dn | None = None
) -> list[Operation]:
    """Say what turns one image of an entry into the other: a rename, a modify, both or nothing.

    It is moved within the domain's ``base``, and without one stays where it is.
    """
    operations: list[Operation] = []
    rdn = rdn_after(schema_map, entry.dn.rdn, before=before, after=after)
    rename = Rename(
        entry.dn, rdn, None if base is None else parent_after(entry, base, before=before, after=after)
    )
    if rename.new_dn.rdns != entry.dn.rdns:
        operations.append(rename)
        entry = renamed(entry, rename)
    touched = [
        change
        for rule in schema_map.followed
        if before.attributes.get(rule.attribute) != after.attributes.get(rule.attribute)
        for change in rule_changes(rule, entry, after.attributes.get(rule.attribute, ()))
    ]
    for reference in schema_map.references:
        touched += reference_changes(reference, entry, before=before, after=after)
    touched += fixed.changes(schema_map.entry, entry, before=before.attributes, after=after.attributes)
    touched += kept_changes(schema_map, entry, before=before, after=after)
    classes = object_classes.added(entry, before=before, after=after, is_changed=bool(touched))
    touched = [*classes, *touched]
    if touched:
        operations.append(Modify(entry.dn, tuple(touched)))
    return operations
