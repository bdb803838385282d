"""What a live directory offers to maps: its schema, and, where it lets us see them, its indexes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.filters import Everything, Present
from app.directory.indexes import Kind
from app.directory.model import Entry, Search
from app.directory.port import Directory
from app.directory.schema import Schema, with_each_attribute
from app.directory.schema_text import SCHEMA_ATTRIBUTES, read_schema
from app.preparation.products import MICROSOFT
from app.preparation.syntaxes import completed_by_syntax

CONFIG = Dn.parse("cn=config")
Indexes = Mapping[str, frozenset[Kind]]
"""By an attribute's OID, the kinds of conditions that the server answers by an index."""
_KINDS: Mapping[str, tuple[Kind, ...]] = {
    "pres": ("presence",),
    "eq": ("equality", "ordering"),
    "sub": ("substring",),
    "subinitial": ("substring",),
    "subany": ("substring",),
    "subfinal": ("substring",),
}
_WORDS = re.compile(r"[\s,]+")


class NoSchema(Exception):
    """A directory does not let us see its schema."""


@dataclass(frozen=True, slots=True)
class Live:
    """What one directory offers to maps. ``indexes`` is None where nobody may see them."""

    schema: Schema
    dialect: Dialect
    indexes: Indexes | None = None


def read_live(
    directory: Directory, dialect: Dialect, base: Dn, *, administration: Directory | None = None
) -> Live:
    """Read a directory's schema and indexes; ``administration`` is the directory as its administrator sees it.

    Raises:
        NoSchema: if the service account may not read the schema.
        DirectoryError: if the directory cannot be asked.
    """
    schema = completed(read_subschema(directory), dialect)
    return Live(schema, dialect, _indexes(administration or directory, dialect, base, schema=schema))


def read_subschema(directory: Directory) -> Schema:
    """Read the schema as the directory publishes it; raise NoSchema, DirectoryError."""
    root = _entry(directory, Dn(()), ("subschemaSubentry",))
    name = root.text("subschemaSubentry") if root else None
    if name is None:
        raise NoSchema("the root of the directory names no schema (subschemaSubentry)")
    subschema = _entry(directory, Dn.parse(name), SCHEMA_ATTRIBUTES)
    if subschema is None or not subschema.values("attributeTypes"):
        raise NoSchema(f"the schema in {name} cannot be read by the service account")
    return read_schema(subschema)


def completed(schema: Schema, dialect: Dialect) -> Schema:
    """Put in what a product does not publish."""
    if dialect.name not in MICROSOFT:
        return schema
    return with_each_attribute(schema, completed_by_syntax)


def _entry(directory: Directory, name: Dn, attributes: Iterable[str]) -> Entry | None:
    search = Search(name, "base", Everything(), attributes=tuple(attributes), size_limit=1)
    return next(iter(directory.search(search)), None)


def _indexes(directory: Directory, dialect: Dialect, base: Dn, *, schema: Schema) -> Indexes | None:
    if dialect.name in MICROSOFT:
        # Its substring searches use the index of the beginning; what has none at all is what hurts.
        every: frozenset[Kind] = frozenset({"equality", "ordering", "presence", "substring"})
        return {each.oid: every for each in schema.attribute_types if each.is_indexed}
    try:
        database = database_of(directory, base)
    except DirectoryError:
        return None
    return None if database is None else parse_indexes(texts(database, "olcDbIndex"), schema)


def database_of(directory: Directory, base: Dn) -> Entry | None:
    """Find the database of a name in OpenLDAP's configuration; None where it cannot be seen."""
    search = Search(CONFIG, "one", Present("olcSuffix"), attributes=("*",))
    found = [(entry, suffix) for entry in directory.search(search) for suffix in _suffixes(entry)]
    holding = [(entry, suffix) for entry, suffix in found if base.is_within(suffix)]
    return max(holding, key=lambda pair: len(pair[1].rdns), default=(None, base))[0]


def _suffixes(database: Entry) -> Iterator[Dn]:
    for text in texts(database, "olcSuffix"):
        yield Dn.parse(text)


def texts(entry: Entry, attribute: str) -> list[str]:
    """Return an attribute's values as text."""
    return [value.decode("utf-8", "replace") for value in entry.values(attribute)]


def parse_indexes(lines: Iterable[str], schema: Schema) -> Indexes:
    """Read the values of olcDbIndex (slapd-mdb(5)): attributes, and the kinds of their indexes."""
    defaults: frozenset[Kind] = frozenset()
    found: dict[str, frozenset[Kind]] = {}
    for line in lines:
        names, _, words = line.strip().partition(" ")
        kinds = frozenset(kind for word in _WORDS.split(words) for kind in _KINDS.get(word, ()))
        for name in names.split(","):
            if name == "default":
                defaults = kinds
            attribute = schema.attribute(name)
            if attribute is not None:
                found[attribute.oid] = found.get(attribute.oid, frozenset()) | (
                    kinds if words.strip() else defaults
                )
    return found
