"""Reading what maps make values of: texts, expressions, tables and conditions, against a resource type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from app.directory.dn import Dn, InvalidDn
from app.mapping.expression import Expression
from app.mapping.generation import NumberRange
from app.mapping.language import InvalidMap
from app.mapping.location import Location, NameTable, NameTemplate
from app.mapping.sources import GeneratedNumber, GeneratedText, Source, Table, Text
from app.mapping.template import Template
from app.scim.comparison import fold
from app.scim.schema import ResourceType
from app.store.schema_errors import Key

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class SourceReader:
    """Reads sources and conditions; each raises InvalidMap at the key that is wrong."""

    resource_type: ResourceType

    def sources(self, loaded: Iterable[Mapping[str, Any]], *, attribute: str, key: Key) -> tuple[Source, ...]:
        """Read the sources of a directory attribute."""
        return tuple(self._source(each, attribute=attribute, key=key) for each in loaded)

    def condition(self, text: str | None, *, key: Key) -> Expression | None:
        """Read a condition, where there is one."""
        return None if text is None else self._read(Expression.parse, text, key=key)

    def locations(self, loaded: Iterable[Mapping[str, Any]], *, key: Key) -> tuple[Location, ...]:
        """Read where entries go."""
        return tuple(self._location(each, key=key) for each in loaded)

    def _location(self, loaded: Mapping[str, Any], *, key: Key) -> Location:
        when = self.condition(loaded.get("when"), key=(*key, "when"))
        if "expression" in loaded:
            message = (
                "is a text with gaps, or a table of an expression: a computed name could leave its place"
            )
            raise InvalidMap(message, key=(*key, "expression"))
        if "generate" in loaded:
            raise InvalidMap("is a place for many, so there is nothing to generate", key=(*key, "generate"))
        if "text" in loaded:
            return Location(self._name(loaded["text"], key=key), when)
        rows = {fold(text): read_name(name, key=(*key, "table")) for text, name in loaded["table"].items()}
        return Location(NameTable(self._text(loaded["of"], key=(*key, "of")), rows), when)

    def _name(self, text: str, *, key: Key) -> NameTemplate:
        name = read_name(text, key=key)
        values = (
            tuple(self._read(Template.parse, ava.value, key=key) for ava in rdn.avas) for rdn in name.rdns
        )
        return NameTemplate(name, tuple(values))

    def _source(self, loaded: Mapping[str, Any], *, attribute: str, key: Key) -> Source:
        when = self.condition(loaded.get("when"), key=(*key, "when"))
        if "generate" in loaded:
            return Source(self._generated(loaded["generate"], attribute, key=(*key, "generate")), when)
        if "table" not in loaded:
            return Source(self._text(loaded, key=key), when)
        rows = {fold(text): value for text, value in loaded["table"].items()}
        if len(rows) < len(loaded["table"]):
            raise InvalidMap(
                "has a text twice: tables are looked up without regard to case", key=(*key, "table")
            )
        return Source(Table(self._text(loaded["of"], key=(*key, "of")), rows), when)

    def _generated(
        self, loaded: Mapping[str, Any], attribute: str, *, key: Key
    ) -> GeneratedNumber | GeneratedText:
        if "first" in loaded:
            return GeneratedNumber(attribute, NumberRange(loaded["first"], loaded["last"]))
        text = self._text(loaded, key=key)
        return GeneratedText(attribute, text, loaded["suffix"], loaded["max_length"])

    def _text(self, loaded: Mapping[str, Any], *, key: Key) -> Text:
        if "expression" in loaded:
            return self._read(Expression.parse, loaded["expression"], key=(*key, "expression"))
        return self._read(Template.parse, loaded["text"], key=key)

    def _read(self, read: Callable[[str, ResourceType], Read], text: str, *, key: Key) -> Read:
        try:
            return read(text, self.resource_type)
        except ValueError as error:
            raise InvalidMap(str(error), key=key) from error


def read_name(text: str, *, key: Key) -> Dn:
    """Read a name (DN); raise InvalidMap."""
    try:
        return Dn.parse(text)
    except InvalidDn as error:
        raise InvalidMap(str(error), key=key) from error
