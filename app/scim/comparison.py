"""Values as what they mean, so that they compare: dates as instants, strings by case where case counts."""

from __future__ import annotations

import unicodedata
from typing import Any

from app.scim.instant import parse_instant
from app.scim.schema import Attribute, Value


def comparable(attribute: Attribute, value: Value) -> Any:
    """Return what stands for a value of a simple attribute in comparisons; numbers and booleans are themselves."""
    if not isinstance(value, str) or attribute.type == "binary":
        return value
    if attribute.type == "dateTime":
        return parse_instant(value)
    return value if attribute.case_exact else fold(value)


def fold(text: str) -> str:
    """Return what is the same for texts that differ only in case, width or composition.

    RFC 7644 §7.8 has names prepared by RFC 7613 §3.2: widths are mapped, then case, then NFC. Other compatibility forms
    stay apart: "™" is not "tm".
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", "".join(map(_without_width, text)).casefold())


def _without_width(character: str) -> str:
    kind, _, plain = unicodedata.decomposition(character).partition(" ")
    return chr(int(plain, 16)) if kind in {"<wide>", "<narrow>"} else character
