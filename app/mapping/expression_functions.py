"""The functions that expressions of maps may call, besides the language's own.

``f(x, a)`` and ``x.f(a)`` are the same. What a function is not made for is a TypeError, whose message holds no value.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

MAX_TEXT = 10_000

OWN = frozenset({"size", "contains", "startsWith", "endsWith", "matches", "string", "int", "double"})
"""Functions of the language itself that maps may call."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("wants a text")
    if len(value) > MAX_TEXT:
        raise TypeError("wants a shorter text")
    return value


def _elements(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError("wants a list")
    return value


def _lower(text: Any) -> str:
    return _text(text).lower()


def _upper(text: Any) -> str:
    return _text(text).upper()


def _trim(text: Any) -> str:
    return _text(text).strip()


def _replace(text: Any, old: Any, new: Any) -> str:
    replaced = _text(text).replace(_text(old), _text(new))
    return _text(replaced)


def _substring(text: Any, start: int, end: int | None = None) -> str:
    """Cut a text; positions beyond its end are its end."""
    if min(start, start if end is None else end) < 0:
        raise TypeError("wants positions from 0 on")
    return _text(text)[start:end]


def _split(text: Any, separator: Any) -> list[str]:
    if not _text(separator):
        raise TypeError("wants a separator")
    return _text(text).split(separator)


def _join(texts: Any, separator: Any = "") -> str:
    return _text(_text(separator).join(map(_text, _elements(texts))))


def _ascii(text: Any) -> str:
    """Write letters without their accents, and leave out what is then not ASCII: "Zoë" is "Zoe"."""
    decomposed = unicodedata.normalize("NFKD", _text(text).replace("ß", "ss"))
    return decomposed.encode("ascii", "ignore").decode()


def _of_type(elements: Any, kind: Any) -> list[Any]:
    """Return the elements of a type, the primary one first."""
    wanted = _text(kind).lower()
    found = [
        each for each in map(_complex, _elements(elements)) if str(each.get("type", "")).lower() == wanted
    ]
    return sorted(found, key=lambda element: element.get("primary") is not True)


def _first_of_type(elements: Any, kind: Any) -> Any:
    """Return the value of the first element of a type, null where there is none."""
    return next((element.get("value") for element in _of_type(elements, kind)), None)


def _primary(elements: Any) -> Any:
    """Return the value of the primary element, else of the first; null where there is none."""
    found = sorted(map(_complex, _elements(elements)), key=lambda element: element.get("primary") is not True)
    return next((element.get("value") for element in found), None)


def _complex(element: Any) -> Mapping[str, Any]:
    if not isinstance(element, dict):
        raise TypeError("wants elements with a type and a value")
    return element


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "lower": _lower,
    "upper": _upper,
    "trim": _trim,
    "replace": _replace,
    "substring": _substring,
    "split": _split,
    "join": _join,
    "ascii": _ascii,
    "ofType": _of_type,
    "firstOfType": _first_of_type,
    "primary": _primary,
}
"""What maps may call, by its name."""
