"""YAML as configuration uses it: the core of YAML 1.2 in plain JSON terms, each key with its line.

Only ``true`` and ``false`` are booleans (``no``, ``on`` and ``yes`` are words), dates and numbers with leading zeros
stay text, no tag makes an object, and what aliases may blow up to is limited. What the content means is left to
``loading``.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.store.schema_errors import Key

MAX_DEPTH = 32
MAX_NODES = 50_000
_CORE = "tag:yaml.org,2002:"


class YamlError(Exception):
    """The text is not YAML that we read. ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(slots=True)
class Content:
    """What a text holds, the line of each key, and what is wrong in places without making it unreadable."""

    value: Any = None
    lines: dict[Key, int] = field(default_factory=dict)
    problems: list[tuple[Key, str, int]] = field(default_factory=list)
    nodes: int = 0


class _Loader(yaml.SafeLoader):
    """Composes nodes, nested no deeper than ``MAX_DEPTH``, and resolves plain words by YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - how PyYAML replaces its YAML 1.1 rules

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise YamlError(f"nested more than {MAX_DEPTH} levels deep", self.line + 1)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


# All of these are narrower than YAML 1.1's, so that whatever a YAML 1.1 writer leaves unquoted reads the same here.
_Loader.add_implicit_resolver(
    f"{_CORE}bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(f"{_CORE}null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(
    f"{_CORE}int", re.compile(r"^(?:[-+]?(?:0|[1-9][0-9]{0,17})|0x[0-9a-fA-F]{1,15})$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    f"{_CORE}float",
    re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,17})\.[0-9]+(?:[eE][-+][0-9]{1,2})?$"),
    list("-+0123456789"),
)
_SCALARS: dict[str, Callable[[str], Any]] = {
    f"{_CORE}str": str,
    f"{_CORE}bool": lambda text: text.lower() == "true",
    f"{_CORE}null": lambda _text: None,
    f"{_CORE}int": lambda text: int(text, 0),
    f"{_CORE}float": float,
}
_COLLECTIONS = {f"{_CORE}map", f"{_CORE}seq"}


def read(text: str, *, first_line: int = 1) -> Content:
    """Read one YAML document. ``first_line`` is where it begins in its file."""
    content = Content()
    node = _compose(text, first_line)
    if node is not None:
        content.value = _Reader(content, first_line).value(node, ())
    return content


def _compose(text: str, first_line: int) -> yaml.Node | None:
    try:
        loader = _Loader(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except YamlError as error:
        raise YamlError(error.message, error.line + first_line - 1) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise YamlError(_plain_words(error), line + first_line) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position))
        raise YamlError("holds a control character", line + first_line) from error


def _plain_words(error: yaml.MarkedYAMLError) -> str:
    if "'\\t'" in str(error.problem):
        return "a tab stands where YAML wants spaces"
    return ", ".join(str(part) for part in (error.context, error.problem) if part)


@dataclass(slots=True)
class _Reader:
    """Turns nodes into JSON values; notes lines and problems on the way."""

    content: Content
    first_line: int
    open_nodes: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, key: Key) -> Any:
        self._count(node)
        if id(node) in self.open_nodes:
            raise YamlError("refers to itself", self._line(node))
        self.open_nodes.add(id(node))
        value = self._value(node, key)
        self.open_nodes.discard(id(node))
        return value

    def _value(self, node: yaml.Node, key: Key) -> Any:
        match node:
            case yaml.MappingNode():
                self._check_tag(node, key, _COLLECTIONS)
                return self._mapping(node, key)
            case yaml.SequenceNode():
                self._check_tag(node, key, _COLLECTIONS)
                return [self._child(child, (*key, index)) for index, child in enumerate(node.value)]
            case _:
                self._check_tag(node, key, _SCALARS.keys())
                return self._scalar(node, key)

    def _mapping(self, node: yaml.MappingNode, key: Key) -> dict[str, Any]:
        value: dict[str, Any] = {}
        seen: Counter[str] = Counter()
        for name_node, child in node.value:
            name = self._name(name_node, key)
            seen[name] += 1
            if seen[name] > 1:
                self._problem((*key, name), "stands here twice", name_node)
                continue
            self.content.lines[*key, name] = self._line(name_node)
            value[name] = self.value(child, (*key, name))
        return value

    def _child(self, node: yaml.Node, key: Key) -> Any:
        self.content.lines[key] = self._line(node)
        return self.value(node, key)

    def _name(self, node: yaml.Node, key: Key) -> str:
        if node.tag != f"{_CORE}str":
            self._problem(key, "holds a key that is not text; put quotes round it", node)
        return str(node.value)

    def _scalar(self, node: yaml.Node, key: Key) -> Any:
        try:
            return _SCALARS.get(node.tag, str)(node.value)
        except ValueError:
            self._problem(key, "is not what its tag says", node)
            return None

    def _check_tag(self, node: yaml.Node, key: Key, allowed: Any) -> None:
        if node.tag not in allowed:
            self._problem(key, "has a tag; tags are not used here", node)

    def _count(self, node: yaml.Node) -> None:
        """Count what aliases repeat as often as they repeat it."""
        self.content.nodes += 1
        if self.content.nodes > MAX_NODES:
            raise YamlError(f"holds more than {MAX_NODES} values, aliases counted", self._line(node))

    def _problem(self, key: Key, message: str, node: yaml.Node) -> None:
        self.content.problems.append((key, message, self._line(node)))

    def _line(self, node: yaml.Node) -> int:
        return int(node.start_mark.line) + self.first_line
