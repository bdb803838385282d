"""Tables of which SCIM attribute is which directory attribute, map by map, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.mapping.model import ReferenceRule, Rule, SchemaMap

_WAYS = {"to_scim": "read only", "to_directory": "written only"}
_ACCOUNT = "*the account's*"


def tables(maps: Iterable[SchemaMap]) -> str:
    """Write a table for each resource type of some maps."""
    by_type: dict[str, list[SchemaMap]] = {}
    for each in maps:
        by_type.setdefault(each.resource_type.name, []).append(each)
    return "\n".join("\n".join(_table(name, of_type)) + "\n" for name, of_type in by_type.items())


def _table(resource_type: str, maps: Sequence[SchemaMap]) -> Iterator[str]:
    cells = {each.name: _by_place(each) for each in maps}
    found = {place for each in cells.values() for place in each}
    order = _order(maps[0])
    yield f"### {resource_type}\n"
    yield f"| SCIM | {' | '.join(f'`{each.name}`' for each in maps)} |"
    yield f"|---|{'---|' * len(maps)}"
    classes = " | ".join(", ".join(each.entry.all_classes) for each in maps)
    yield f"| *object classes* | {classes} |"
    yield f"| *named by* | {' | '.join(each.entry.rdn for each in maps)} |"
    for place in sorted(found, key=lambda place: (order.get(_head(place), len(order)), place)):
        row = " | ".join(cells[each.name].get(place, "") for each in maps)
        yield f"| `{_short(place)}` | {row} |"
    yield from _row("written besides", [_besides(each) for each in maps])
    yield from _row("all else, as JSON", [f"`{each.keeps}`" if each.keeps else "" for each in maps])


def _row(title: str, cells: Sequence[str]) -> Iterator[str]:
    if any(cells):
        yield f"| *{title}* | {' | '.join(cells)} |"


def _by_place(schema_map: SchemaMap) -> dict[str, str]:
    cells: dict[str, str] = {}
    for place, cell in _cells(schema_map):
        cells[place] = f"{cells[place]}, {cell}" if place in cells else cell
    return cells


def _cells(schema_map: SchemaMap) -> Iterator[tuple[str, str]]:
    for rule in schema_map.rules:
        yield str(rule.place), _rule(rule)
    for reference in schema_map.references:
        yield str(reference.place), _reference(reference)
    for aspect, path in schema_map.aspects:
        yield str(path), f"{_ACCOUNT} {aspect}"


def _rule(rule: Rule) -> str:
    notes = [_WAYS[rule.direction]] if rule.direction in _WAYS else []
    if rule.write == "create":
        notes.append("on create only")
    if rule.required:
        notes.append("required")
    return _noted(rule.attribute, notes)


def _reference(rule: ReferenceRule) -> str:
    notes = [_WAYS[rule.direction]] if rule.direction in _WAYS else []
    if rule.by is not None:
        notes.append(f"by {rule.by}")
    return _noted(rule.attribute, notes)


def _noted(attribute: str, notes: Sequence[str]) -> str:
    return f"`{attribute}` ({', '.join(notes)})" if notes else f"`{attribute}`"


def _besides(schema_map: SchemaMap) -> str:
    return ", ".join(f"`{each.attribute}`" for each in schema_map.entry.attributes)


def _order(schema_map: SchemaMap) -> dict[str, int]:
    """Number attributes as the schemas list them."""
    resource_type = schema_map.resource_type
    names = [each.name for each in resource_type.core_attributes]
    for extension in resource_type.extensions:
        names += [f"{extension.schema.id}:{each.name}" for each in extension.schema.attributes]
    return {name: at for at, name in enumerate(names)}


def _head(place: str) -> str:
    urn, colon, name = place.rpartition(":")
    return f"{urn}{colon}{name.split('[')[0].split('.')[0]}"


def _short(place: str) -> str:
    urn, _, name = place.rpartition(":")
    return f"{'enterprise' if 'enterprise' in urn else urn.split(':')[-1]}: {name}" if urn else name
