"""Connector documents: a system, how it is reached, and what it gets.

    kind: Connector
    name: crm
    type: scim2
    blocking: true
    resource_types: [User, Group]
    passwords: never
    attributes:
      User: {places: {userName: "emails[work]"}}
    scope:
      User: {filter: active eq true}
    settings:
      url: https://crm.example.com/scim/v2
      authentication: {method: bearer, token: {env: CRM_TOKEN}}

What stands below ``settings`` is for the kind of connector to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from marshmallow import Schema, fields, validate

from app.outbound.attribute_map import (
    AttributeMap,
    AttributeMapSchema,
    InvalidAttributeMap,
    build_attribute_map,
)
from app.outbound.connector import ConnectorType
from app.outbound.errors import Misconfigured
from app.provisioning.looks import paths_in
from app.scim.errors import InvalidFilter
from app.scim.filters.nodes import Filter
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.path import PathError, ResolvedPath, parse_path
from app.scim.path import resolve as resolve_path
from app.scim.schema import ResourceType
from app.store.document import Document, DocumentKind, Lookup, Problem
from app.store.schema_errors import messages

KIND: Final = "Connector"
Passwords = Literal["send", "never", "generate"]
OnFailure = Literal["compensate", "queue"]
Leaving = Literal["delete", "disable", "keep"]
MATCHING: Final[Mapping[str, str]] = {"User": "userName", "Group": "displayName"}
"""By what a resource is found that is not linked yet."""
_FLAG: Final[Mapping[str, Any]] = {"truthy": {True}, "falsy": {False}}


class ScopeSchema(Schema):
    """Which resources of a type are provisioned."""

    filter = fields.String(validate=validate.Length(min=1))
    group = fields.String(validate=validate.Length(min=1))


class LimitsSchema(Schema):
    """How fast, and how long it is tried."""

    per_second = fields.Float(load_default=None, validate=validate.Range(0.01, 10_000))
    attempts = fields.Integer(strict=True, load_default=20, validate=validate.Range(1, 1000))
    first_retry_seconds = fields.Float(load_default=1.0, validate=validate.Range(0.01, 3600))
    last_retry_seconds = fields.Float(load_default=3600.0, validate=validate.Range(0.01, 86_400))
    breaker_failures = fields.Integer(strict=True, load_default=5, validate=validate.Range(1, 1000))
    breaker_seconds = fields.Float(load_default=30.0, validate=validate.Range(0.01, 86_400))


class ConnectorSchema(Schema):
    """The keys of a connector's document."""

    type = fields.String(required=True)
    enabled = fields.Boolean(load_default=True, **_FLAG)
    blocking = fields.Boolean(load_default=False, **_FLAG)
    on_failure = fields.String(validate=validate.OneOf(("compensate", "queue")), load_default="compensate")
    resource_types = fields.List(fields.String(), validate=validate.Length(min=1))
    domains = fields.List(fields.String(), load_default=list)
    passwords = fields.String(validate=validate.OneOf(("send", "never", "generate")), load_default=None)
    matching = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    attributes = fields.Dict(
        keys=fields.String(), values=fields.Nested(AttributeMapSchema), load_default=dict
    )
    scope = fields.Dict(keys=fields.String(), values=fields.Nested(ScopeSchema), load_default=dict)
    leaving = fields.String(validate=validate.OneOf(("delete", "disable", "keep")), load_default="delete")
    limits = fields.Nested(LimitsSchema, load_default=lambda: LimitsSchema().load({}))
    settings = fields.Dict(keys=fields.String(), load_default=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which resources of a type are provisioned: those that fulfil the filter and are members of the group."""

    filter: Filter | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast, and how long it is tried."""

    per_second: float | None = None
    attempts: int = 20
    first_retry_seconds: float = 1.0
    last_retry_seconds: float = 3600.0
    breaker_failures: int = 5
    breaker_seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorRules:
    """What a document says, but for how the system is reached. All mappings are by resource types' names."""

    name: str
    type: str
    enabled: bool = True
    blocking: bool = False
    on_failure: OnFailure = "compensate"
    resource_types: Mapping[str, ResourceType] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    passwords: Passwords | None = None
    """None: they are sent to systems that keep accounts, and to no files, hooks and commands."""
    matching: Mapping[str, ResolvedPath] = field(default_factory=dict)
    maps: Mapping[str, AttributeMap] = field(default_factory=dict)
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    leaving: Leaving = "delete"
    limits: Limits = Limits()


def connector_kind(
    resource_types: Mapping[str, ResourceType],
    types: Mapping[str, ConnectorType],
    *,
    broken: Mapping[str, str] | None = None,
) -> DocumentKind:
    """Make the kind of document that connectors are. ``broken`` tells of types why they cannot be used."""

    def check(document: Document, lookup: Lookup) -> Iterable[Problem]:
        yield from _problems(document, resource_types)
        kind = types.get(document.body["type"])
        if kind is None:
            why = (broken or {}).get(document.body["type"])
            yield document.problem(("type",), why or f"is none of {', '.join(sorted(types))}")
            return
        yield from _problems_of_settings(kind, document, lookup)
        for index, domain in enumerate(document.body.get("domains", ())):
            if lookup.get("Domain", domain) is None:
                yield document.problem(("domains", index), f"there is no domain {domain}")

    return DocumentKind(KIND, ConnectorSchema, check)


def _problems_of_settings(kind: ConnectorType, document: Document, lookup: Lookup) -> Iterable[Problem]:
    try:
        schema = kind.settings()
        errors = schema.validate(dict(document.body.get("settings", {})))
        found = [document.problem(("settings", *key), text) for key, text in messages(errors, schema)]
        return found or [*kind.problems(document, lookup)]
    except Exception as error:  # noqa: BLE001 - a plugin may raise whatever it likes, and documents must be checked
        return [document.problem(("settings",), f"its type cannot check them ({type(error).__name__})")]


def read_rules(document: Document, resource_types: Mapping[str, ResourceType]) -> ConnectorRules:
    """Read a document that has been checked. Raises Misconfigured where another version checked it."""
    keys = ConnectorSchema().load(dict(document.body))
    wanted = keys.get("resource_types") or [name for name in MATCHING if name in resource_types]
    chosen = {name: resource_types[name] for name in wanted if name in resource_types}
    problems = list(_problems(document, resource_types))
    if problems:
        raise Misconfigured("; ".join(map(str, problems)))
    return ConnectorRules(
        name=document.name,
        type=keys["type"],
        enabled=keys["enabled"],
        blocking=keys["blocking"],
        on_failure=keys["on_failure"],
        resource_types=chosen,
        domains=tuple(keys["domains"]),
        passwords=keys["passwords"],
        matching={name: _matching(keys, found) for name, found in chosen.items()},
        maps={name: _map(keys, found) for name, found in chosen.items()},
        scopes={name: _scope(keys, found) for name, found in chosen.items()},
        leaving=keys["leaving"],
        limits=Limits(**keys["limits"]),
    )


def _matching(keys: Mapping[str, Any], found: ResourceType) -> ResolvedPath:
    first = next(attribute.name for attribute in found.schema.attributes)
    text = keys["matching"].get(found.name) or MATCHING.get(found.name) or first
    return resolve_path(parse_path(text), found)


def _map(keys: Mapping[str, Any], found: ResourceType) -> AttributeMap:
    written = keys["attributes"].get(found.name)
    return build_attribute_map(written, found) if written else AttributeMap(found)


def _scope(keys: Mapping[str, Any], found: ResourceType) -> Scope:
    written = keys["scope"].get(found.name, {})
    text = written.get("filter")
    condition = resolve(parse(text), found) if text else None
    for path in paths_in(condition) if condition else ():
        attribute = resolve_path(path, found).attribute
        if attribute.mutability == "readOnly" and attribute.returned == "request":
            # Such as anyName, which a directory knows and no resource shows: it would never hold.
            raise InvalidFilter(
                f"{path} is for searches alone, and in no resource that a filter could look at"
            )
    return Scope(condition, written.get("group"))


def _problems(document: Document, resource_types: Mapping[str, ResourceType]) -> Iterator[Problem]:
    keys = ConnectorSchema().load(dict(document.body))
    for index, name in enumerate(keys.get("resource_types", ())):
        if name not in resource_types:
            yield document.problem(("resource_types", index), f"is none of {', '.join(resource_types)}")
    for key in ("matching", "attributes", "scope"):
        for name in keys[key]:
            found = resource_types.get(name)
            if found is None:
                yield document.problem((key, name), f"is none of {', '.join(resource_types)}")
            else:
                yield from _problem_of(document, key, found, keys=keys)


def _problem_of(
    document: Document, key: str, found: ResourceType, *, keys: Mapping[str, Any]
) -> Iterator[Problem]:
    try:
        {"matching": _matching, "attributes": _map, "scope": _scope}[key](keys, found)
    except InvalidAttributeMap as error:
        yield document.problem((key, found.name, "places", error.place), str(error))
    except (PathError, InvalidFilter) as error:
        yield document.problem((key, found.name), str(error))
