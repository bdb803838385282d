"""The tokens of a filter's text: words, strings and brackets, each with its column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from app.scim.errors import InvalidFilter

Kind = Literal["word", "string", "mark", "end"]

_TOKEN: Final = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*")|(?P<mark>[()\[\]])|(?P<word>[^\s()\[\]"]+)|(?P<space>\s+)', re.DOTALL
)
_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it stands in the text; ``column`` counts from 1."""

    kind: Kind
    text: str
    column: int

    def __str__(self) -> str:
        """Name the token in a message. What a string says is left out: it may be private."""
        match self.kind:
            case "end":
                return "the end"
            case "string":
                return "a string"
            case _:
                return repr(self.text[:_SHOWN])

    def is_word(self, word: str) -> bool:
        """Tell whether this is the keyword ``word``, in any case."""
        return self.kind == "word" and self.text.lower() == word

    def is_mark(self, mark: str) -> bool:
        """Tell whether this is the bracket ``mark``."""
        return self.kind == "mark" and self.text == mark


def tokens(text: str) -> Iterator[Token]:
    """Cut the text into tokens, the last of which is its end. Raises InvalidFilter."""
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise InvalidFilter("the string is not closed by a double quote", column=position + 1)
        kind = found.lastgroup
        if kind in {"string", "mark", "word"}:
            yield Token(kind, found[0], position + 1)  # type: ignore[arg-type]  # the groups are named so
        position = found.end()
    yield Token("end", "", len(text) + 1)
