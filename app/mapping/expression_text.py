"""What an expression of a map may be made of, told from its text before it is compiled.

The engine knows no limit of time. So comprehensions do not nest deeper than two, and patterns are written out in the
map: with lists and texts of bounded length no expression takes long, however it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_LENGTH = 1000
MAX_NESTING = 2
VARIABLE = "resource"
_COMPREHENSIONS = frozenset({"map", "filter", "all", "exists", "exists_one"})
_TOKEN = re.compile(
    r"""(?P<refused>\"\"\"|'''|//|`)
    | (?P<text>[rR](?:"[^"\n]*"|'[^'\n]*')|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    | (?P<name>[A-Za-z_]\w*)
    | (?P<space>\s+)
    | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a sign or a text in quotes."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """What an expression's text tells: the names that it binds, the patterns and the attributes that it uses."""

    bound: frozenset[str]
    patterns: tuple[str, ...]
    paths: tuple[str, ...]


def scan(text: str) -> Scanned:
    """Read an expression's words.

    Raises:
        ValueError: if it has something that is not allowed.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"is longer than {MAX_LENGTH} characters")
    tokens = _tokens(text)
    return Scanned(frozenset(_bound(tokens)), tuple(_patterns(tokens)), tuple(dict.fromkeys(_paths(tokens))))


def _tokens(text: str) -> list[Token]:
    tokens = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "refused":
            raise ValueError("has comments, back quotes or texts in three quotes, which are not allowed")
        if kind != "space":
            tokens.append(Token(kind, found.group()))
    return tokens


def _at(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].text if 0 <= index < len(tokens) else ""


def _is_call(tokens: Sequence[Token], index: int) -> bool:
    return tokens[index].kind == "name" and _at(tokens, index + 1) == "("


def _bound(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the names that comprehensions bind."""
    open_calls: list[bool] = []
    for index, token in enumerate(tokens):
        if token.text == "(":
            is_comprehension = _at(tokens, index - 1) in _COMPREHENSIONS
            open_calls.append(is_comprehension)
            if is_comprehension:
                yield _at(tokens, index + 1)
        elif token.text == ")" and open_calls:
            open_calls.pop()
        if sum(open_calls) > MAX_NESTING:
            raise ValueError(
                f"goes through lists within lists deeper than {MAX_NESTING}, which could take too long"
            )


def _patterns(tokens: Sequence[Token]) -> Iterator[str]:
    for index, token in enumerate(tokens):
        if token.text == "matches" and _is_call(tokens, index):
            if (
                tokens[index + 2 : index + 3]
                and tokens[index + 2].kind == "text"
                and _at(tokens, index + 3) == ")"
            ):
                yield tokens[index + 2].text
            else:
                raise ValueError("matches wants one pattern, in quotes, as in resource.title.matches('^Dr')")


def _paths(tokens: Sequence[Token]) -> Iterator[str]:
    for index, token in enumerate(tokens):
        if token == Token("name", VARIABLE) and _at(tokens, index - 1) != ".":
            yield _path(tokens, index + 1)


def _path(tokens: Sequence[Token], index: int) -> str:
    schema = ""
    if _at(tokens, index) == "[" and _at(tokens, index + 2) == "]":
        schema = f"{_at(tokens, index + 1)[1:-1]}:"
        index += 3
    names = []
    while _at(tokens, index) == "." and index + 1 < len(tokens) and not _is_call(tokens, index + 1):
        names.append(_at(tokens, index + 1))
        index += 2
    if not names:
        raise ValueError(f"{VARIABLE} stands alone: name one of its attributes, as in {VARIABLE}.userName")
    return schema + ".".join(names[:2])
