"""JSON that is read bit by bit: the resources of an array, of a ListResponse, or of one object a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

CHUNK = 1 << 16
LONGEST = 1 << 24
"""How many characters one resource may have."""
_BLANK = " \t\r\n"


class InvalidJson(ValueError):
    """A text is no JSON, or holds something else than resources."""


class JsonStream:
    """A text of JSON, read piece by piece. No more of it is kept than the resource that is being read."""

    def __init__(self, read: Callable[[int], str]) -> None:
        self._read_text = read
        self._rest = ""
        self._is_over = False
        self._decoder = json.JSONDecoder()

    def resources(self) -> Iterator[Any]:
        """Yield each resource; raise InvalidJson."""
        while self._peek():
            if self._take("["):
                yield from self._elements()
            else:
                yield from self._object()
            self._take(",")

    def _elements(self) -> Iterator[Any]:
        while not self._take("]"):
            yield self._value()
            if not self._take(",") and self._peek() != "]":
                raise InvalidJson("an array ends without ]")

    def _object(self) -> Iterator[Any]:
        """Yield an object, or, of a ListResponse, what it lists."""
        self._demand("{")
        members: dict[str, Any] = {}
        lists = False
        while not self._take("}"):
            name = self._value()
            self._demand(":")
            if str(name).lower() == "resources" and self._take("["):
                lists = True
                yield from self._elements()
            else:
                members[str(name)] = self._value()
            if not self._take(",") and self._peek() != "}":
                raise InvalidJson("an object ends without }")
        if not lists:
            yield members

    def _value(self) -> Any:
        self._peek()
        wanted = CHUNK
        while True:
            try:
                value, end = self._decoder.raw_decode(self._rest)
            except RecursionError as error:
                raise InvalidJson("the JSON is nested too deeply") from error
            except ValueError as error:
                if self._is_over or len(self._rest) > LONGEST:
                    raise InvalidJson(f"not JSON: {error}") from error
            else:
                # A number may go on behind what has been read of it.
                if end < len(self._rest) or self._is_over:
                    self._rest = self._rest[end:]
                    return value
            self._read(wanted)
            wanted *= 2

    def _peek(self) -> str:
        self._rest = self._rest.lstrip(_BLANK)
        while not self._rest and not self._is_over:
            self._read(CHUNK)
            self._rest = self._rest.lstrip(_BLANK)
        return self._rest[:1]

    def _take(self, character: str) -> bool:
        is_next = self._peek() == character
        if is_next:
            self._rest = self._rest[1:]
        return is_next

    def _demand(self, character: str) -> None:
        if not self._take(character):
            raise InvalidJson(f"not JSON: {character} is expected before {self._rest[:20]!r}")

    def _read(self, count: int) -> None:
        text = self._read_text(count)
        self._is_over = not text
        self._rest += text
