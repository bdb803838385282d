"""Replace a resource (PUT, RFC 7644 §3.5.1): what a client cannot set survives, what it left out goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.scim.elements import carried_over
from app.scim.errors import MutabilityError
from app.scim.resource import Resource, is_complex, is_list
from app.scim.schema import Attribute, Value


def replace(existing: Resource, body: Resource) -> Resource:
    """Return what ``existing`` becomes by a PUT of ``body``. Raises MutabilityError."""
    attributes = _merged(existing.type.core_attributes, existing.attributes, body.attributes)
    for extension in existing.type.extensions:
        urn = extension.schema.id
        below = _merged(extension.schema.attributes, _complex(existing, urn), _complex(body, urn))
        attributes |= {urn: below} if below else {}
    return Resource(existing.type, attributes)


def _complex(resource: Resource, urn: str) -> Mapping[str, Value]:
    below = resource.attributes.get(urn)
    return below if is_complex(below) else {}


def _merged(
    attributes: Iterable[Attribute], existing: Mapping[str, Value], new: Mapping[str, Value]
) -> dict[str, Value]:
    merged = {
        found.name: _replaced(found, existing.get(found.name), new.get(found.name), found.name)
        for found in attributes
    }
    return {name: value for name, value in merged.items() if value is not None}


def _replaced(attribute: Attribute, existing: Value, new: Value, name: str) -> Value:
    # RFC 7644 §3.5.1, by mutability
    match attribute.mutability:
        case "readOnly":
            return existing
        case "writeOnly":
            return existing if new is None else new
        case "immutable" if existing is not None:
            if new not in (None, existing):
                raise MutabilityError(f"{name} is immutable and already has another value")
            return existing
        case _:
            return _with_fixed_parts(attribute, existing, new)


def _with_fixed_parts(attribute: Attribute, existing: Value, new: Value) -> Value:
    if is_list(existing) and is_list(new):
        return carried_over(attribute, existing, new)
    if not is_complex(existing) or not is_complex(new):
        return new
    merged = {
        sub.name: _replaced(sub, existing.get(sub.name), new.get(sub.name), f"{attribute.name}.{sub.name}")
        for sub in attribute.sub_attributes
    }
    if merged.get("value") != existing.get("value"):
        # Another manager: what was known of the old one does not describe the new one.
        return new
    return {name: value for name, value in merged.items() if value is not None}
