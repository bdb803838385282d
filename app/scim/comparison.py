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
    """Return what is the same for texts that differ only in case, width or composition (RFC 7644 §7.8)."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
