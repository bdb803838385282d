"""The little of BER (X.690) that the values of controls are written in, where a client library does not write them."""

from __future__ import annotations

from collections.abc import Iterable

_SEQUENCE, _OCTET_STRING, _INTEGER = 0x30, 0x04, 0x02
_LONG = 0x80


def sequence_of(elements: Iterable[bytes], *, tag: int = _SEQUENCE) -> bytes:
    """Write elements, which are written already, as a sequence, or as one of another tag."""
    return _element(tag, b"".join(elements))


def octet_string(content: bytes) -> bytes:
    """Write an octet string."""
    return _element(_OCTET_STRING, content)


def integer(value: int) -> bytes:
    """Write a number that is not negative."""
    return _element(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def boolean(tag: int) -> bytes:
    """Write that something is true, under a tag of its own."""
    return _element(tag, b"\xff")


def number(content: bytes | memoryview) -> int:
    """Read the content of an integer."""
    return int.from_bytes(content, "big", signed=True)


def parts(encoded: bytes | memoryview) -> list[memoryview]:
    """Return the contents of the elements that stand one after the other."""
    return [content for _, content in elements(encoded)]


def elements(encoded: bytes | memoryview) -> list[tuple[int, memoryview]]:
    """Return the tags and the contents of the elements that stand one after the other."""
    view, found = memoryview(encoded), []
    at, end = 0, len(view)
    while at < end:
        tag, length = view[at], view[at + 1]
        at += 2
        if length >= _LONG:  # X.690 §8.1.3.5: the long form
            octets = length & 0x7F
            length = int.from_bytes(view[at : at + octets], "big")
            at += octets
        found.append((tag, view[at : at + length]))
        at += length
    return found


def _element(tag: int, content: bytes) -> bytes:
    if len(content) < _LONG:  # X.690 §8.1.3.4: the short form
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(length))) + length + content
