"""Maps that extend others: a document is its differences from its base, and what it comes to together with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.mapping.language import InvalidMap
from app.store.document import Document, Lookup

Body = Mapping[str, Any]
_NOTHING_THERE = "takes out what is not there: the map extends none that has it"


def lineage(document: Document, lookup: Lookup) -> Iterator[Document]:
    """Yield a map's document, the one that it extends, and so on.

    Raises:
        InvalidMap: where there is no such document, or they go round in a circle.
    """
    names = [document.name]
    yield document
    while "extends" in document.body:
        name = document.body["extends"]
        if name in names:
            raise InvalidMap(f"goes round in a circle: {' extends '.join([*names, name])}", key=("extends",))
        base = lookup.get("SchemaMap", name)
        if base is None:
            whose = f", which {document.name} extends" if len(names) > 1 else ""
            raise InvalidMap(f"there is no SchemaMap {name}{whose}", key=("extends",))
        names.append(name)
        document = base
        yield document


def resource_type_of(document: Document, lookup: Lookup) -> str | None:
    """Name the resource type of a map; None where the map does not say, or cannot be put together."""
    try:
        said = (
            each.body["resource_type"] for each in lineage(document, lookup) if "resource_type" in each.body
        )
        return next(said, None)
    except InvalidMap:
        return None


def completed(document: Document, lookup: Lookup) -> Document:
    """Put a map together with what it extends.

    Raises:
        InvalidMap: if its bases are not there, or it takes out what they do not have.
    """
    body: Body = {}
    for each in reversed(list(lineage(document, lookup))):
        body = _merged(body, each.body)
    return replace(document, body=body)


def _merged(base: Body, own: Body) -> Body:
    merged = {**base, **{key: value for key, value in own.items() if key != "extends"}}
    for key, merge in (("entry", _entry), ("attributes", _attributes)):
        if key in merged:
            merged[key] = merge(base.get(key, {}), own.get(key, {}))
    return merged


def _entry(base: Body, own: Body) -> Body:
    return {**base, **own}


def _attributes(base: Body, own: Body) -> Body:
    """Put rules in the place of the base's, at the end where it has none, and leave out those that are null."""
    rules: dict[str, list[tuple[str, Any]]] = {}
    for name, rule in own.items():
        rules.setdefault(name.lower(), []).append((name, rule))
    kept = [pair for name, rule in base.items() for pair in rules.pop(name.lower(), [(name, rule)])]
    new = [pair for pairs in rules.values() for pair in pairs]
    for name, rule in new:
        if rule is None:
            raise InvalidMap(_NOTHING_THERE, key=("attributes", name))
    return {name: rule for name, rule in (*kept, *new) if rule is not None}
