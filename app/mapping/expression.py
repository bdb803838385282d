"""Computed values and conditions: expressions (CEL) over a resource, without side effects, that always come to an end.

An expression is checked and compiled when its map is loaded. What fails on some resource is no error of the request:
there is no value then, and the failure is noted as a finding, which never holds a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import cel

from app.mapping.expression_functions import FUNCTIONS, MAX_TEXT, OWN
from app.mapping.expression_text import VARIABLE, Scanned, scan
from app.mapping.generation import Generate, imagine
from app.scim.path import AttributePath, PathError, ResolvedPath, parse_path, resolve
from app.scim.resource import Resource
from app.scim.schema import ResourceType, Value

MAX_ELEMENTS = 200
"""How many elements an attribute may have that expressions are about."""
_FAILURES = (LookupError, TypeError, ValueError, ArithmeticError, RuntimeError)


class InvalidExpression(ValueError):
    """The expression cannot be used with its resource type."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a map could not make of a resource. ``place`` is where the map says it."""

    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked and compiled expression, and the attributes that it is about."""

    text: str
    paths: tuple[AttributePath, ...]
    program: cel.Program = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str, resource_type: ResourceType) -> Expression:
        """Read an expression.

        Raises:
            InvalidExpression: if it is none, could take too long, or uses what is not there.
        """
        try:
            scanned = scan(text)
            program = cel.compile(text)
        except ValueError as error:
            raise InvalidExpression(f"is no expression: {_in_short(error)}") from error
        _check_names(program, scanned)
        _check_patterns(scanned)
        return cls(text, tuple(_path(path, resource_type) for path in scanned.paths), program)


def _in_short(error: ValueError) -> str:
    """Leave out the whole expression and all that could stand in the place of what is wrong."""
    message = str(error).partition("\n")[0]
    return (message.partition("ERROR: ")[2] or message).partition(" expecting {")[0]


def _check_names(program: cel.Program, scanned: Scanned) -> None:
    unknown = sorted({*program.variables()} - scanned.bound - {VARIABLE})
    if unknown:
        raise InvalidExpression(
            f"knows no {', '.join(unknown)}: there is {VARIABLE}, as in {VARIABLE}.userName"
        )
    called = (name for name in program.functions() if name[0].isalpha())
    missing = sorted({*called} - OWN - FUNCTIONS.keys())
    if missing:
        there_are = ", ".join(sorted({*OWN, *FUNCTIONS}))
        raise InvalidExpression(f"calls {', '.join(missing)}, which is not there; there are {there_are}")


def _check_patterns(scanned: Scanned) -> None:
    for pattern in scanned.patterns:
        try:
            cel.evaluate(f"''.matches({pattern})")
        except _FAILURES as error:
            raise InvalidExpression(f"has a pattern that is none: {pattern}") from error


def _path(text: str, resource_type: ResourceType) -> AttributePath:
    try:
        path = _resolved(text, resource_type).path
    except PathError as error:
        raise InvalidExpression(str(error)) from error
    spelled = ".".join(part for part in (path.attribute, path.sub_attribute) if part)
    if f"{path.schema}:{spelled}" != text and (path.schema or spelled != text):
        inner = f'["{path.schema}"].{spelled}' if path.schema else f".{spelled}"
        raise InvalidExpression(f"has {text}, which is written {VARIABLE}{inner}")
    return path


def _resolved(text: str, resource_type: ResourceType) -> ResolvedPath:
    resolved = resolve(parse_path(text), resource_type)
    if resolved.leaf.returned == "never" or resolved.attribute.returned == "never":
        raise InvalidExpression(f"{text} is a secret")
    return resolved


class Evaluation:
    """The expressions of one map on one resource. ``findings`` are those that failed.

    ``generate`` finds the values that nobody else may have.
    """

    def __init__(self, resource: Resource, generate: Generate = imagine) -> None:
        self.resource = resource
        self.generate = generate
        self.findings: list[Finding] = []

    def texts(self, expression: Expression, *, place: str) -> tuple[str, ...]:
        """Return the texts that an expression makes; none where it fails, or makes nothing."""
        try:
            return tuple(_texts(self._run(expression)))
        except _FAILURES as error:
            self.findings.append(Finding(place, _reason(error)))
            return ()

    def holds(self, condition: Expression | None, *, place: str) -> bool:
        """Tell whether a condition holds; one that fails does not, and none at all always does."""
        if condition is None:
            return True
        try:
            held = self._run(condition)
            if not isinstance(held, bool):
                raise TypeError
        except _FAILURES as error:
            self.findings.append(Finding(place, f"the condition {_reason(error)}"))
            return False
        return held

    def _run(self, expression: Expression) -> Any:
        variables = {VARIABLE: _named(self.resource, expression.paths)}
        return expression.program.execute(cel.Context(variables=variables, functions=dict(FUNCTIONS)))


def _reason(error: Exception) -> str:
    """Say what went wrong, without any value."""
    match error:
        case KeyError():
            return "asks for an attribute that is not there"
        case IndexError():
            return "asks for an element that is not there"
        case TypeError():
            return "makes or compares values of a type that it cannot"
        case _:
            return "cannot be worked out for this resource"


def _texts(made: Any) -> Iterator[str]:
    for value in made if isinstance(made, list) else [made]:
        if value is None or value == "":
            continue
        if not isinstance(value, str | bool | int | float):
            raise TypeError
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if len(text) > MAX_TEXT:
            raise ValueError
        yield text


def _named(resource: Resource, paths: tuple[AttributePath, ...]) -> dict[str, Any]:
    """Return the attributes that an expression names, none of which is a secret.

    Lists and complex attributes that are absent are empty, so that expressions need not ask.
    """
    named: dict[str, Any] = {}
    for path in paths:
        within = named.setdefault(path.schema, {}) if path.schema else named
        value, empty = resource.get(path.parent), _empty(resource.type, path)
        if value is not None or empty is not None:
            within[path.attribute] = empty if value is None else _plain(value)
    return named


def _empty(resource_type: ResourceType, path: AttributePath) -> list[Any] | dict[str, Any] | None:
    attribute = resolve(path.parent, resource_type).attribute
    if attribute.multi_valued:
        return []
    return {} if attribute.type == "complex" else None


def _plain(value: Value) -> Any:
    match value:
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            if len(value) > MAX_ELEMENTS:
                raise ValueError
            return [_plain(inner) for inner in value]
        case str() if len(value) > MAX_TEXT:
            raise ValueError
        case _:
            return value
