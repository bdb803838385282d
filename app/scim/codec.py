"""Read resources from JSON that clients sent, and write them back.

The checks are marshmallow classes generated from the resource type's schemas, once for each type and purpose. What
clients get wrong and mean right is put right before that (``shape``). Reading the bytes is left to ``json_text``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final, Literal

from marshmallow import ValidationError, fields

from app.scim.errors import InvalidSyntax, InvalidValue
from app.scim.fields import REQUIRED, Reader, complex_of, field_of, kind_of
from app.scim.path import ResolvedPath
from app.scim.resource import Resource, is_complex
from app.scim.schema import Attribute, ResourceType, Value
from app.scim.shape import shape, shape_resource
from app.scim.validation import problems

Purpose = Literal["create", "replace", "read"]
"""What a body is for: POST, PUT, or an answer of another service, which has the read-only attributes too."""

_SHOWN_PROBLEMS: Final = 5


class ResourceCodec:
    """Reads and writes the resources of one type."""

    def __init__(self, resource_type: ResourceType) -> None:
        self.type = resource_type

    def load(self, body: Value, *, purpose: Purpose = "create") -> Resource:
        """Check a body and bring it into canonical form. Raises InvalidSyntax and InvalidValue."""
        if not is_complex(body):
            raise InvalidSyntax(f"the body must be a JSON object, got {kind_of(body)}")
        shaped = shape_resource(self.type, body, read_only=purpose == "read")
        names = _extension_names(self.type)
        loaded = _checked(resource_reader(self.type, purpose), shaped, urns=names.values())
        attributes = {names.get(name, name): value for name, value in loaded.items()}
        return Resource(self.type, {name: value for name, value in attributes.items() if value != {}})

    def dump(self, resource: Resource, *, secrets: bool = False) -> dict[str, Value]:
        """Write a resource. What is never returned is left out unless ``secrets`` asks for it."""
        document: dict[str, Value] = {"schemas": resource.schemas}
        document |= _dump(self.type.core_attributes, resource.attributes, secrets=secrets)
        meta = document.pop("meta", None)
        for extension in self.type.extensions:
            below = resource.attributes.get(extension.schema.id)
            if is_complex(below) and below:
                document[extension.schema.id] = _dump(extension.schema.attributes, below, secrets=secrets)
        return document if meta is None else {**document, "meta": meta}


def load_value(path: ResolvedPath, value: Value, *, complete: bool = True) -> Value:
    """Check a value for the attribute at ``path``; None means unassigned.

    ``complete`` demands the required sub-attributes.
    """
    shaped = shape(path.leaf, value)
    if shaped is None:
        return None
    reader = _value_reader(path.leaf, str(path.path), complete=complete)
    loaded: Value = _checked(reader, {str(path.path): shaped})["value"]
    return loaded


@lru_cache(maxsize=256)
def resource_reader(resource_type: ResourceType, purpose: Purpose) -> Reader:
    """Make the marshmallow schema that checks a resource; it expects a shaped body."""
    checks = {
        attribute.name: field_of(
            attribute, required=_is_demanded(attribute, purpose), complete=purpose != "read"
        )
        for attribute in resource_type.core_attributes
        if attribute.name != "schemas"
    }
    for extension, name in zip(resource_type.extensions, _extension_names(resource_type), strict=True):
        checks[name] = complex_of(
            extension.schema.name,
            extension.schema.attributes,
            complete=purpose != "read",
            required=extension.required and purpose != "read",
            data_key=extension.schema.id,
            error_messages=REQUIRED,
        )
    return _reader(f"{resource_type.name}{purpose.title()}", checks)


@lru_cache(maxsize=1024)
def _value_reader(attribute: Attribute, name: str, *, complete: bool) -> Reader:
    return _reader("Value", {"value": field_of(attribute, required=False, complete=complete, data_key=name)})


def _reader(name: str, checks: Mapping[str, fields.Field[Any]]) -> Reader:
    made = Reader.from_dict(dict(checks), name=name)()
    assert isinstance(made, Reader)  # noqa: S101  # from_dict is typed by its base
    return made


def _extension_names(resource_type: ResourceType) -> dict[str, str]:
    # marshmallow takes dots in a field's name for nesting, and URNs have them.
    return {
        f"$extension{index}": extension.schema.id for index, extension in enumerate(resource_type.extensions)
    }


def _is_demanded(attribute: Attribute, purpose: Purpose) -> bool:
    if not attribute.required or purpose == "read" or attribute.mutability == "readOnly":
        return False
    # RFC 7644 §3.5.1: who replaces what was read cannot send what is never returned.
    return purpose == "create" or attribute.mutability != "writeOnly"


def _checked(reader: Reader, shaped: Mapping[str, Value], *, urns: Iterable[str] = ()) -> dict[str, Value]:
    try:
        loaded: dict[str, Value] = reader.load(shaped)
    except ValidationError as error:
        told = islice(problems(error), _SHOWN_PROBLEMS)
        raise InvalidValue(
            "; ".join(f"{_path(place, urns)}: {problem}" for place, problem in told)
        ) from error
    return loaded


def _path(place: str, urns: Iterable[str]) -> str:
    # RFC 7644 §3.10: a colon stands between a schema and its attribute.
    urn = next((urn for urn in urns if place.startswith(f"{urn}.")), None)
    return f"{urn}:{place[len(urn) + 1 :]}" if urn else place


def _dump(attributes: Iterable[Attribute], values: Mapping[str, Value], *, secrets: bool) -> dict[str, Value]:
    kept = (found for found in attributes if found.name in values and (secrets or found.returned != "never"))
    return {
        found.name: _dump_value(found, values[found.name], secrets=secrets)
        if found.type == "complex"
        else values[found.name]
        for found in kept
    }


def _dump_value(attribute: Attribute, value: Value, *, secrets: bool) -> Value:
    if isinstance(value, list | tuple):
        return [_dump_value(attribute, element, secrets=secrets) for element in value]
    return _dump(attribute.sub_attributes, value, secrets=secrets) if is_complex(value) else value
