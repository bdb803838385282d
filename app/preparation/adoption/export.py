"""A client's export of its users: JSON as SCIM writes it, or CSV whose columns are named by SCIM attributes."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any

from app.preparation.adoption.json_stream import InvalidJson, JsonStream
from app.scim.codec import ResourceCodec
from app.scim.errors import ScimError
from app.scim.path import PathError, ResolvedPath, parse_path, resolve
from app.scim.resource import Resource, values_of
from app.scim.schema import ResourceType

_BEGINNING = 4096


class InvalidExport(ValueError):
    """An export cannot be read. The message says where."""


@dataclass(frozen=True, slots=True)
class Record:
    """One user of an export. ``number`` counts from 1."""

    number: int
    resource: Resource

    def texts(self, path: ResolvedPath) -> tuple[str, ...]:
        """Return what stands at a path."""
        return tuple(str(value) for value in values_of(self.resource.get(path.path)) if str(value))


@dataclass(frozen=True, slots=True)
class Layout:
    """What is in an export. ``columns`` name those of a CSV file that are not named by attributes."""

    resource_type: ResourceType
    wanted: Sequence[ResolvedPath]
    """What a CSV file must have columns of."""
    columns: Mapping[str, str] = field(default_factory=dict)


def read_export(file: IO[str], layout: Layout) -> Iterator[Record]:
    """Yield the users of an export, one after another; raise InvalidExport."""
    codec = ResourceCodec(layout.resource_type)
    for number, body in enumerate(_bodies(file, layout), start=1):
        try:
            yield Record(number, codec.load(body, purpose="read"))
        except ScimError as error:
            raise InvalidExport(f"user {number}: {error.detail}") from error


def path_of(text: str, resource_type: ResourceType) -> ResolvedPath:
    """Read an attribute's name; raise InvalidExport."""
    try:
        return resolve(parse_path(text), resource_type)
    except PathError as error:
        raise InvalidExport(str(error)) from error


def _bodies(file: IO[str], layout: Layout) -> Iterator[Any]:
    try:
        beginning = file.read(_BEGINNING).lstrip("\ufeff \t\r\n")
        if beginning.startswith(("[", "{")):
            yield from JsonStream(_Again(beginning, file).read).resources()
        else:
            yield from _rows(_lines(beginning, file), layout)
    except (InvalidJson, UnicodeDecodeError, csv.Error) as error:
        raise InvalidExport(str(error)) from error


class _Again:
    """A file of which the beginning was read already."""

    def __init__(self, beginning: str, file: IO[str]) -> None:
        self._beginning = beginning
        self._file = file

    def read(self, count: int) -> str:
        beginning, self._beginning = self._beginning, ""
        return beginning or self._file.read(count)


def _lines(beginning: str, file: IO[str]) -> Iterator[str]:
    *whole, last = beginning.splitlines(keepends=True) or [""]
    return chain(whole, [last + ("" if last.endswith("\n") else file.readline())], file)


def _rows(lines: Iterator[str], layout: Layout) -> Iterator[Mapping[str, Any]]:
    head = next(lines)
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(chain([head], lines), delimiter=delimiter, strict=True)
    columns = _columns(next(reader, []), layout)
    for row in reader:
        if row:
            yield _body(zip(columns, row, strict=False))


def _columns(names: Sequence[str], layout: Layout) -> list[ResolvedPath | None]:
    called = {column: text for text, column in layout.columns.items()}
    missing = [column for column in called if column not in names]
    if missing:
        raise InvalidExport(f"there is no column {', '.join(missing)}, only {', '.join(names)}")
    found = [_known(called.get(name, name.strip()), layout.resource_type) for name in names]
    lacking = [str(path.path) for path in layout.wanted if path not in found]
    if lacking:
        raise InvalidExport(f"no column holds {', '.join(lacking)}; the columns are {', '.join(names)}")
    return found


def _known(name: str, resource_type: ResourceType) -> ResolvedPath | None:
    try:
        return resolve(parse_path(name), resource_type)
    except PathError:
        return None


def _body(cells: Iterator[tuple[ResolvedPath | None, str]]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for path, cell in cells:
        if path is not None and cell.strip():
            _put(body, path, cell.strip())
    return body


def _put(body: dict[str, Any], path: ResolvedPath, text: str) -> None:
    within = body.setdefault(path.path.schema, {}) if path.path.schema else body
    name, sub = path.path.attribute, path.path.sub_attribute
    if path.attribute.type != "complex":
        within[name] = [text] if path.attribute.multi_valued else text
        return
    element = within.setdefault(name, [{}] if path.attribute.multi_valued else {})
    (element[0] if path.attribute.multi_valued else element)[sub or "value"] = text
