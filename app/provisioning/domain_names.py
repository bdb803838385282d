"""Names in several domains: ``DOMAIN/name`` is a name in the domain DOMAIN, where that is one of them.

Any other slash is part of the name. Names of the first domain are shown without it. In a filter a name without a domain
is one in any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.scim.errors import InvalidValue
from app.scim.filters.nodes import And, Comparison, Filter, Not, Or, Present, ValuePath
from app.scim.patch_operations import PatchOperation
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.scim.schema import ResourceType

_NAMES = (AttributePath("userName"), AttributePath("displayName"))
_ALWAYS: Filter = Present(AttributePath("id"))
_NEVER: Filter = Not(_ALWAYS)


@dataclass(frozen=True, slots=True)
class Place:
    """One domain among several; ``names`` are those of all, the first one first. ``path`` is what names resources."""

    name: str
    names: Sequence[str]
    path: AttributePath | None

    def shown(self, resource: Resource) -> Resource:
        """Show a resource of the domain among those of the others."""
        name = resource.get(self.path) if self.path else None
        if self.path is None or not isinstance(name, str) or self.name == self.names[0]:
            return resource
        return _with_name(resource, self.path, f"{self.name}/{name}")

    def resource(self, sent: Resource) -> Resource:
        """Take the domain from the name of a resource that was sent here.

        Raises:
            InvalidValue: if it names another domain.
        """
        name = sent.get(self.path) if self.path else None
        if self.path is None or not isinstance(name, str):
            return sent
        return _with_name(sent, self.path, self._own(name, self.path))

    def operation(self, operation: PatchOperation) -> PatchOperation:
        """Take the domain from the name that an operation sets; raises what ``resource`` does."""
        value = operation.value
        if operation.target.path != self.path or not isinstance(value, str):
            return operation
        return replace(operation, value=self._own(value, operation.target.path))

    def condition(self, condition: Filter) -> Filter:
        """Say what a filter means within the domain."""
        match condition:
            case And(operands):
                return And(tuple(map(self.condition, operands)))
            case Or(operands):
                return Or(tuple(map(self.condition, operands)))
            case Not(operand):
                return Not(self.condition(operand))
            case Comparison(path, operator, str(value)) if path == self.path:
                domain, name = split(value, self.names)
                if domain is None:
                    return condition
                if domain != self.name:
                    return _ALWAYS if operator == "ne" else _NEVER
                return Comparison(path, operator, name) if name else _of_nobody(operator)
            case Comparison() | Present() | ValuePath():
                return condition

    def _own(self, name: str, path: AttributePath) -> str:
        domain, own = split(name, self.names)
        if domain not in {None, self.name}:
            raise InvalidValue(f"{path}: the resource is in the domain {self.name}, and stays there")
        return own


def naming(resource_type: ResourceType) -> AttributePath | None:
    """Return the attribute that names resources of a type among others."""
    return next((path for path in _NAMES if resource_type.attribute(path.attribute)), None)


def split(name: str, domains: Sequence[str]) -> tuple[str | None, str]:
    """Return the domain that a name names, in any case, and the rest; None where it names none of them."""
    prefix, slash, rest = name.partition("/")
    found = {domain.lower(): domain for domain in domains}.get(prefix.lower()) if slash else None
    return (None, name) if found is None else (found, rest)


def _of_nobody(operator: str) -> Filter:
    """Compare with the domain alone: all its names begin with it, and none is it."""
    return _ALWAYS if operator in {"ne", "sw", "co", "ge", "gt"} else _NEVER


def _with_name(resource: Resource, path: AttributePath, name: str) -> Resource:
    return replace(resource, attributes={**resource.attributes, path.attribute: name})
