"""Resources with very many members, as JSON that is made piece by piece while it is sent.

Each piece is located, projected and encoded by itself, so that of the answer no more is held than a piece. The resource
itself is there as a whole: who its members are had to be known before the answer could begin with a status.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from app.scim.resource import Resource, is_list
from app.scim.schema import Value

LONG = 1000
"""How many values make an attribute long, and how many of them a piece."""

Write = Callable[[Resource], Mapping[str, Value]]
"""Writes out what is asked of a resource."""


def encoded(value: Value | Mapping[str, Value]) -> str:
    """Write JSON as all answers have it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def with_texts(document: Mapping[str, Value], name: str, texts: Iterable[str]) -> str:
    """Write JSON of a document that is not empty, with one more member: a list of what is JSON already."""
    return f"{encoded(document)[:-1]},{encoded(name)}:[{','.join(texts)}]}}"


def long_attribute(resource: Resource) -> str:
    """Name the attribute of the core schema that has very many values; empty where there is none."""
    return resource.once("long attribute", lambda: next(_long(resource.attributes), ""))


def _long(attributes: Mapping[str, Value]) -> Iterator[str]:
    return (name for name, value in attributes.items() if is_list(value) and len(value) > LONG)


def pieces(resource: Resource, name: str, write: Write) -> Iterator[bytes]:
    """Encode a resource whose attribute ``name`` is long."""
    values = resource.attributes[name]
    others = {each: value for each, value in resource.attributes.items() if each != name}
    head = encoded(write(replace(resource, attributes=others)))
    remaining, opening = iter(values if is_list(values) else ()), f"{head[:-1]},{encoded(name)}:["
    is_begun = False
    while batch := list(islice(remaining, LONG)):
        shown = write(replace(resource, attributes={"id": others.get("id"), name: batch})).get(name)
        if shown and is_list(shown):
            yield ("," if is_begun else opening).encode() + encoded(shown)[1:-1].encode()
            is_begun = True
    # Nobody has asked for it, or for nothing that its values have.
    yield b"]}" if is_begun else head.encode()
