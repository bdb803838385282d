"""Conversations as data: what a client sends, step by step, and what it must be answered.

    client: Some client
    headers: {Accept: application/scim+json}
    steps:
      - says: It looks for somebody.
        GET: /Users?filter=userName eq "jo"
        status: 200
        has: {totalResults: 0}
      - says: It creates the user and remembers the id.
        POST: /Users
        body: {userName: jo}
        status: 201
        keep: {user: id}
      - says: It reads it again.
        GET: /Users/${user}
        status: 200
        has: {userName: jo}
        lacks: [password]

``has`` names what must be in the answer: the named members of an object, all elements of a list. ``differs`` says by product
which of them have another value there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template
from typing import Any

import yaml

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Step:
    """One request, and what is expected of its answer."""

    says: str
    method: str
    path: str
    status: int
    body: Any = None
    has: Any = None
    lacks: tuple[str, ...] = ()
    keep: Mapping[str, str] = field(default_factory=dict)
    differs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def on(self, product: str) -> Step:
        """Expect what holds on a product."""
        differs = self.differs.get(product)
        return replace(self, has={**self.has, **differs}) if differs else self

    def filled(self, kept: Mapping[str, str]) -> Step:
        """Put what earlier answers told in the place of ``${name}``."""
        path, body, has = (_filled(value, kept) for value in (self.path, self.body, self.has))
        return replace(self, path=path, body=body, has=has)


@dataclass(frozen=True)
class Conversation:
    """All that one client says."""

    client: str
    headers: Mapping[str, str]
    steps: tuple[Step, ...]


def read(file: Path) -> Conversation:
    """Read a conversation; every key must be a known one."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    steps = tuple(_step(step) for step in document.pop("steps"))
    return Conversation(document.pop("client"), document.pop("headers", {}), steps, **document)


def is_in(expected: Any, actual: Any) -> bool:
    """Tell whether an answer has what is expected."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and is_in(value, actual[name]) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(any(is_in(each, found) for found in actual) for each in expected)
        )
    return bool(expected == actual)


def _step(document: dict[str, Any]) -> Step:
    [method] = [name for name in METHODS if name in document]
    path, lacks = document.pop(method), tuple(document.pop("lacks", ()))
    return Step(method=method, path=path, lacks=lacks, **document)


def _filled(value: Any, kept: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(below, kept) for name, below in value.items()}
    if isinstance(value, list):
        return [_filled(element, kept) for element in value]
    # $ref and the like stay.
    return Template(value).safe_substitute(kept) if isinstance(value, str) else value
