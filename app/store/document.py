"""The values that configuration is made of: documents, their kinds, the set in force, and what is wrong with one.

Pure: reading files is left to ``loading``, keeping revisions to ``documents``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from app.store.schema_errors import Key, messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from marshmallow import Schema

Identity: TypeAlias = "tuple[str, str]"
NAME = re.compile(r"[^\W_](?:[\w .@-]{0,98}[\w.@-])?")
_RARE_LINE_ENDS = re.compile("[\r\x85\u2028\u2029]")
ENVELOPE = ("kind", "name", "description")


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a document stands in its file: the line of its beginning and of each key."""

    file: str
    first_line: int
    lines: Mapping[Key, int]

    def line(self, key: Key) -> int:
        """Find the line of a key, or of the nearest key around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, self.first_line)


@dataclass(frozen=True, slots=True)
class Document:
    """One configuration document. ``body`` holds the keys of its kind as plain JSON, without the envelope."""

    kind: str
    name: str
    body: Mapping[str, Any]
    description: str = ""
    source: str = field(default="", compare=False)
    marks: Marks | None = field(default=None, compare=False, repr=False)

    @property
    def identity(self) -> Identity:
        """Name the document among all others."""
        return self.kind, self.name

    @property
    def digest(self) -> str:
        """Identify what the document says, whatever its layout."""
        content = [self.kind, self.name, self.description, self.body]
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def content(self) -> dict[str, Any]:
        """Return all keys of the document as it is written, the envelope first."""
        envelope = {"kind": self.kind, "name": self.name, "description": self.description}
        return {key: value for key, value in envelope.items() if value} | dict(self.body)

    def text(self) -> str:
        """Return the document as YAML: as it was written, where that is known."""
        return self.source or self.render()

    def render(self) -> str:
        """Write the document as YAML in its standard layout, whatever it looked like."""
        return yaml.dump(self.content(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)

    def name_problems(self) -> Iterable[Problem]:
        """Refuse names that would not do in a path, a URL or a log."""
        if not NAME.fullmatch(self.name):
            yield self.problem(
                ("name",), "begins with a letter or digit and holds letters, digits, space and . _ - @"
            )

    def problem(self, key: Key, message: str) -> Problem:
        """State what is wrong at a key of this document."""
        file, line = (self.marks.file, self.marks.line(key)) if self.marks else ("", 0)
        return Problem(message, file=file, line=line, kind=self.kind, name=self.name, key=_dotted(key))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a document, and where. ``line`` counts from 1; 0 means that it is not known."""

    message: str
    file: str = ""
    line: int = 0
    kind: str = ""
    name: str = ""
    key: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        document = " ".join(word for word in (self.kind, self.name) if word)
        return ": ".join(part for part in (place, document, self.key, self.message) if part)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All documents as they are (or would be) in force together."""

    generation: int
    documents: Mapping[tuple[str, str], Document]

    def get(self, kind: str, name: str) -> Document | None:
        """Return one document, if there is one."""
        return self.documents.get((kind, name))

    def list(self, kind: str) -> list[Document]:
        """Return the documents of a kind, by name."""
        return sorted((d for d in self.documents.values() if d.kind == kind), key=lambda d: d.name)


Lookup = Snapshot


def _no_checks(_document: Document, _lookup: Lookup) -> Iterable[Problem]:
    return ()


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document: the schema of its body, and what must hold between it and the other documents."""

    name: str
    schema: Callable[[], Schema]
    check: Callable[[Document, Lookup], Iterable[Problem]] = _no_checks

    def problems(self, document: Document) -> list[Problem]:
        """Say what is wrong with a document by itself."""
        schema = self.schema()
        envelope = {"kind": document.kind, "name": document.name, "description": document.description}
        known = {key: value for key, value in envelope.items() if value and key in schema.fields}
        errors = schema.validate({**known, **document.body})
        return [document.problem(key, message) for key, message in messages(errors, schema)]


def _dotted(key: Key) -> str:
    return ".".join(str(step) for step in key)


class _Dumper(yaml.SafeDumper):
    """Writes no aliases: a document repeats itself rather than refer to itself."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Quote the rarer line ends, which PyYAML writes in a way that it does not read back."""
    style = '"' if _RARE_LINE_ENDS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
