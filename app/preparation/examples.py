"""Examples of what maps do, kept beside them as documents, so that maps have tests.

    kind: MapExamples
    name: people
    map: people
    examples:
      - name: someone with a first name
        resource: {userName: jo, name: {givenName: Jo}}
        ldif: |
          dn: uid=jo,ou=People,dc=example,dc=org
          objectClass: inetOrgPerson
          uid: jo
          givenName: Jo

A create of the resource sends the LDIF, and the entry is shown as the resource, or as what ``shown`` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import ndiff
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn, InvalidDn
from app.directory.ldif import render_operations
from app.directory.ldif_text import InvalidLdif, parse_ldif
from app.directory.model import Add, Change, Modify, Operation
from app.mapping.documents import build_map
from app.mapping.language import InvalidMap
from app.mapping.model import SchemaMap
from app.mapping.references import Alias, Referent, by_name
from app.mapping.translate import to_resource
from app.provisioning.accounts import DIALECTS
from app.provisioning.planning import plan_create
from app.provisioning.written_entry import entry_of
from app.scim.codec import ResourceCodec
from app.scim.errors import ScimError
from app.scim.schema import ResourceType
from app.store.document import Document, DocumentKind, Lookup, Problem
from app.store.schema_errors import Key

_SERVICES_OWN = ("id", "meta", "schemas")
_WAYS = ("both", "to_directory", "to_scim")


class DnField(fields.String):
    """A distinguished name."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            Dn.parse(text)
        except InvalidDn as error:
            raise ValidationError(str(error)) from error
        return text


class LdifField(fields.String):
    """Records of LDIF."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            parse_ldif(text)
        except InvalidLdif as error:
            raise ValidationError(str(error)) from error
        return text


class ExampleSchema(Schema):
    """One example."""

    name = fields.String(required=True)
    resource = fields.Dict(keys=fields.String())
    ldif = LdifField()
    shown = fields.Dict(keys=fields.String())
    direction = fields.String(validate=validate.OneOf(_WAYS), load_default="both")
    refused = fields.String(validate=validate.Length(min=1))

    @validates_schema
    def _check(self, data: Mapping[str, Any], **_: Any) -> None:
        if "refused" in data and "resource" not in data:
            raise ValidationError("needs the resource that is refused", "refused")
        if "refused" not in data and "ldif" not in data:
            raise ValidationError("needs the ldif that is sent or shown, or what is refused")
        if "refused" not in data and not data.keys() & {"resource", "shown"}:
            raise ValidationError("needs a resource, or what is shown")


class MapExamplesSchema(Schema):
    """A MapExamples document's own keys."""

    map = fields.String(required=True)
    base = DnField(load_default="dc=example,dc=org")
    product = fields.String(validate=validate.OneOf(tuple(DIALECTS)), load_default="openldap")
    referents = fields.Dict(keys=fields.String(), values=DnField(), load_default=dict)
    examples = fields.List(fields.Nested(ExampleSchema), required=True, validate=validate.Length(min=1))


def _check(document: Document, lookup: Lookup) -> Iterable[Problem]:
    if lookup.get("SchemaMap", document.body["map"]) is None:
        yield document.problem(("map",), f"there is no SchemaMap {document.body['map']}")


MAP_EXAMPLES = DocumentKind("MapExamples", MapExamplesSchema, _check)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one example; ``problem`` says how it differs from what it should be."""

    document: str
    name: str
    place: str = ""
    problem: str = ""

    @property
    def passed(self) -> bool:
        """Whether the map does what the example says."""
        return not self.problem


def try_examples(
    document: Document, lookup: Lookup, resource_types: Mapping[str, ResourceType]
) -> Iterator[Tried]:
    """Try every example of a document with its map, as it is in ``lookup``."""
    loaded = MapExamplesSchema().load(dict(document.body))
    try:
        schema_map = _map(loaded["map"], lookup, resource_types)
    except InvalidMap as error:
        yield Tried(document.name, "the map", _place(document, ("map",)), str(error))
        return
    stage = _Stage.set_up(schema_map, loaded)
    for index, example in enumerate(loaded["examples"]):
        place = _place(document, ("examples", index))
        yield Tried(document.name, example["name"], place, "\n".join(stage.problems(example)))


def _map(name: str, lookup: Lookup, resource_types: Mapping[str, ResourceType]) -> SchemaMap:
    document = lookup.get("SchemaMap", name)
    if document is None:
        raise InvalidMap(f"there is no SchemaMap {name}", key=("map",))
    return build_map(document, resource_types, lookup)


def _place(document: Document, key: Key) -> str:
    problem = document.problem(key, "")
    return f"{problem.file}:{problem.line}" if problem.line else ""


@dataclass(frozen=True, slots=True)
class _Stage:
    """A map, and the directory that its examples imagine."""

    schema_map: SchemaMap
    dialect: Dialect
    base: Dn
    known: Mapping[str, Referent]

    @classmethod
    def set_up(cls, schema_map: SchemaMap, loaded: Mapping[str, Any]) -> _Stage:
        kinds = [kind for rule in schema_map.references for kind in rule.types]
        known = {
            resource_id.lower(): _referent(Dn.parse(name), resource_id.lower(), kind)
            for resource_id, name in loaded["referents"].items()
            for kind in kinds[:1]
        }
        return cls(schema_map, DIALECTS[loaded["product"]](), Dn.parse(loaded["base"]), known)

    def problems(self, example: Mapping[str, Any]) -> Iterator[str]:
        if "resource" in example and example["direction"] != "to_scim":
            yield from self._to_directory(example)
        if "ldif" in example and example["direction"] != "to_directory" and "refused" not in example:
            yield from self._to_scim(example)

    def _to_directory(self, example: Mapping[str, Any]) -> Iterator[str]:
        refused = example.get("refused")
        try:
            resource = ResourceCodec(self.schema_map.resource_type).load(example["resource"])
            plan = plan_create(self.schema_map, self.dialect, resource, base=self.base, known=self.known).plan
        except ScimError as error:
            if refused is None or refused not in error.detail:
                yield f"the resource is refused: {error.detail}"
            return
        if refused is not None:
            yield f"the resource is not refused; a create sends\n{plan.render()}"
        else:
            # Read back from what is rendered, so that secrets, which are not in it, need not be in the example.
            yield from _differences(_normal(example["ldif"]), _normal(plan.render()), whose="the LDIF")

    def _to_scim(self, example: Mapping[str, Any]) -> Iterator[str]:
        resource_type = self.schema_map.resource_type
        try:
            expected = ResourceCodec(resource_type).load(example.get("shown", example.get("resource")))
        except ScimError as error:
            yield f"what should be shown is no {resource_type.name}: {error.detail}"
            return
        referents = by_name(self.known.values())
        shown = to_resource(self.schema_map, entry_of(example["ldif"], self.dialect), self.dialect, referents)
        codec = ResourceCodec(resource_type)
        wanted, found = (_document(codec.dump(each)) for each in (expected, shown))
        yield from _differences(wanted, found, whose="the resource")


def _referent(name: Dn, resource_id: str, kind: str) -> Referent:
    """Imagine somebody, who has no other values than those that name them."""
    aliases = tuple(Alias(ava.attribute.lower(), ava.value) for ava in name.rdn.avas)
    return Referent(name, resource_id, kind, aliases=aliases)


def _document(dumped: Mapping[str, Any]) -> str:
    content = {name: value for name, value in dumped.items() if name not in _SERVICES_OWN}
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _normal(ldif: str) -> str:
    """Write LDIF so that order and spelling make no difference where they mean none."""
    return render_operations(_in_order(operation) for operation in parse_ldif(ldif))


def _in_order(operation: Operation) -> Operation:
    match operation:
        case Add(dn, attributes):
            names = sorted(attributes, key=str.lower)
            return Add(dn, {name.lower(): tuple(sorted(attributes[name])) for name in names})
        case Modify(dn, changes):
            return Modify(dn, tuple(Change(c.kind, c.attribute.lower(), c.values) for c in changes))
        case _:
            return operation


def _differences(wanted: str, found: str, *, whose: str) -> Iterator[str]:
    if wanted != found:
        lines = ndiff(wanted.splitlines(), found.splitlines())
        yield f"{whose} differs (- the example, + the map):"
        yield from (line for line in lines if not line.startswith("?"))
