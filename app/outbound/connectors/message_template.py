"""Bodies and columns made of a message: ``{userName}``, ``{emails[work]}``, ``{$action}``, ``{$id}``.

A text that is one gap alone becomes the value itself; in a longer text each gap becomes text, and nothing where there
is no value. Names with a dollar sign are the message's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.outbound.attribute_map import InvalidAttributeMap, at, place_of
from app.outbound.connector import Message
from app.scim.schema import Value

_GAP: Final = re.compile(r"\{([^{}]*)\}")
OWN: Final = ("$action", "$id", "$key", "$remoteId", "$resourceType")


class InvalidBody(ValueError):
    """A template names something that no message has."""


def check_body(body: Any) -> None:
    """Refuse names of a message's own that there are not. Raises InvalidBody."""
    for text in _texts(body):
        for name in _GAP.findall(text):
            if name.startswith("$") and name not in OWN:
                raise InvalidBody(f"there is no {{{name}}}, only {', '.join(OWN)}")


def fill_body(body: Any, message: Message) -> Any:
    """Fill all gaps of a JSON structure."""
    match body:
        case dict():
            return {name: fill_body(below, message) for name, below in body.items()}
        case list():
            return [fill_body(below, message) for below in body]
        case str():
            return _filled(body, message)
        case _:
            return body


def fill_text(text: str, message: Message, *, escape: Callable[[str], str] = str) -> str:
    """Fill all gaps of a text, each with what ``escape`` makes of its value."""
    return _GAP.sub(lambda found: escape(as_text(value_of(found[1], message))), text)


def value_of(name: str, message: Message) -> Value:
    """Return what a message has by a name."""
    if name.startswith("$"):
        return _own(message)[name]
    if message.resource is None:
        return None
    try:
        return at(message.resource, place_of(name, message.resource_type))
    except InvalidAttributeMap:
        # Another resource type may have it.
        return None


def as_text(value: Value) -> str:
    """Write a value as text."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _own(message: Message) -> Mapping[str, Value]:
    return {
        "$action": message.action,
        "$id": message.resource_id,
        "$key": message.key,
        "$remoteId": message.remote_id,
        "$resourceType": message.resource_type.name,
    }


def _filled(text: str, message: Message) -> Value:
    whole = _GAP.fullmatch(text)
    return value_of(whole[1], message) if whole else fill_text(text, message)


def _texts(body: Any) -> list[str]:
    match body:
        case dict():
            return [text for below in body.values() for text in _texts(below)]
        case list():
            return [text for below in body for text in _texts(below)]
        case str():
            return [body]
        case _:
            return []
