"""Between one SCIM value and one directory value, each way.

A transform says no with ``ValueError``: towards the directory that is the client's mistake, towards SCIM the value is
left out.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal

from app.scim.instant import parse_instant
from app.scim.schema import Attribute, Value


def _as_it_is(_operator: str, text: str) -> str | None:
    return text


@dataclass(frozen=True, slots=True)
class Bits:
    """Bits of a number by which a boolean is true: where all are set, where any is, or where not all are."""

    mask: int
    is_true_when_set: bool = True
    which: Literal["all", "any"] = "all"

    def are_set(self, number: int) -> bool:
        """Tell whether a number has them."""
        return bool(number & self.mask) if self.which == "any" else number & self.mask == self.mask


@dataclass(frozen=True, slots=True)
class Transform:
    """A named pair of functions that undo each other, or of which the second shows what the first has lost."""

    name: str
    to_directory: Callable[[Value], bytes]
    to_scim: Callable[[bytes], Value]
    is_text: bool = False
    """Whether parts of values can be compared: substrings of one are substrings of the other."""
    is_ordered: bool = False
    """Whether directory values are in the order of the SCIM values."""
    reads_all: bool = False
    """Whether every text of the directory is shown."""
    refuses_shown: bool = False
    """Whether there may be values in the directory that are shown, and that it would not write."""
    is_one_to_one: bool = False
    """Whether a SCIM value is shown for its one directory value, and for no other."""
    is_exact: bool = True
    """Whether values that are equal in SCIM are equal in the directory."""
    merge: Callable[[bytes, bytes], bytes] | None = None
    """Puts a value into one that is there, of which it is a part."""
    mark: Callable[[bytes, bool], bytes] | None = None
    """Says in a value whether it is the primary one of several."""
    is_marked: Callable[[bytes], bool] | None = None
    """Tells whether a value says that it is the primary one."""
    bits: Bits | None = None
    """The bits that hold a boolean, for products that match by bits."""
    asked: Callable[[str, str], str | None] = _as_it_is
    """Tell which text the directory's value has for what an operator asks of the text in SCIM; None: that is not known.

    What holds for the text in SCIM must hold for that text in the directory.
    """


def _text_to_directory(value: Value) -> bytes:
    text = str(value)
    if not text:
        raise ValueError("is empty")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("holds half of a character") from error


def _text_to_scim(value: bytes) -> Value:
    return value.decode()


_INTEGER = re.compile(rb"-?\d{1,4000}")
_DECIMAL = re.compile(rb"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def _boolean_to_directory(value: Value) -> bytes:
    return b"TRUE" if value is True else b"FALSE"


def _boolean_to_scim(value: bytes) -> Value:
    if value not in {b"TRUE", b"FALSE"}:
        raise ValueError("is no boolean of RFC 4517 §3.3.3")
    return value == b"TRUE"


def _integer_to_directory(value: Value) -> bytes:
    # In JSON 3.0 is an integer, too (RFC 8259 §6 knows one kind of number).
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError("is no integer")
    return str(int(value)).encode()


def _integer_to_scim(value: bytes) -> Value:
    if not _INTEGER.fullmatch(value):
        raise ValueError("is no integer")
    return int(value)


def _decimal_to_scim(value: bytes) -> Value:
    if not _DECIMAL.fullmatch(value) or math.isinf(float(value)):
        raise ValueError("is no decimal")
    return float(value)


def _binary_to_directory(value: Value) -> bytes:
    try:
        return base64.b64decode(str(value), validate=True)
    except binascii.Error as error:
        raise ValueError("is not base64") from error


def _binary_to_scim(value: bytes) -> Value:
    return base64.b64encode(value).decode()


_GENERALIZED_TIME = re.compile(
    rb"(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,](\d+))?(Z|[+-]\d\d(?:\d\d)?)"
)


@lru_cache(maxsize=4096)
def generalized_time_to_scim(value: bytes) -> Value:
    """Read GeneralizedTime (RFC 4517 §3.3.13) as an xsd:dateTime in UTC."""
    matched = _GENERALIZED_TIME.fullmatch(value)
    if not matched:
        raise ValueError("is no GeneralizedTime")
    year, month, day, hour, minute, second, fraction, zone = matched.groups()
    unit = timedelta(seconds=1) if second else timedelta(minutes=1) if minute else timedelta(hours=1)
    moment = datetime(
        int(year), int(month), int(day), int(hour), int(minute or 0), int(second or 0), tzinfo=_zone(zone)
    )
    try:
        moment += unit * float(b"0." + fraction) if fraction else timedelta()
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError as error:
        raise ValueError("is out of all time") from error


def _zone(text: bytes) -> timezone:
    if text == b"Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:5] or 0))
    return timezone(-offset if text[:1] == b"-" else offset)


def _generalized_time_to_directory(value: Value) -> bytes:
    try:
        moment = parse_instant(str(value)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is out of all time") from error
    # RFC 4517 §3.3.13 lets a fraction be left out, Active Directory does not.
    fraction = f"{moment.microsecond:06}".rstrip("0") or "0"
    return f"{moment.year:04}{moment:%m%d%H%M%S}.{fraction}Z".encode()


TEXT = Transform("text", _text_to_directory, _text_to_scim, is_text=True, reads_all=True)
BOOLEAN = Transform("boolean", _boolean_to_directory, _boolean_to_scim)
INTEGER = Transform("integer", _integer_to_directory, _integer_to_scim, is_ordered=True)
DECIMAL = Transform("decimal", _text_to_directory, _decimal_to_scim)
BINARY = Transform("binary", _binary_to_directory, _binary_to_scim)
GENERALIZED_TIME = Transform(
    "generalizedTime", _generalized_time_to_directory, generalized_time_to_scim, is_ordered=True
)


def _postal_to_directory(value: Value) -> bytes:
    # RFC 4517 §3.3.28: lines are separated by "$"; "\\" and "$" within them are escaped.
    text = str(value).replace("\r\n", "\n").strip("\n")
    if not text:
        raise ValueError("is empty")
    return text.replace("\\", "\\5C").replace("$", "\\24").replace("\n", "$").encode()


def _postal_to_scim(value: bytes) -> Value:
    lines = value.decode().replace("$", "\n")
    return lines.replace("\\24", "$").replace("\\5C", "\\").replace("\\5c", "\\")


POSTAL_ADDRESS = Transform("postalAddress", _postal_to_directory, _postal_to_scim)

BY_TYPE = {
    "string": TEXT,
    "reference": TEXT,
    "boolean": BOOLEAN,
    "integer": INTEGER,
    "decimal": DECIMAL,
    "binary": BINARY,
    "dateTime": GENERALIZED_TIME,
}

_BOOLEANS = {"true": True, "false": False}


def value_of_text(text: str, attribute: Attribute) -> Value:
    """Read a text, such as a default, as a value of the attribute's type; raise ValueError."""
    match attribute.type:
        case "boolean":
            if text.lower() not in _BOOLEANS:
                raise ValueError("is neither true nor false")
            return _BOOLEANS[text.lower()]
        case "integer":
            return _integer_to_scim(text.encode())
        case _:
            return text


NAMED = {transform.name: transform for transform in (*BY_TYPE.values(), POSTAL_ADDRESS)}
"""The transforms that a map may ask for."""


def default_for(attribute: Attribute) -> Transform:
    """Choose the transform of a simple attribute, or of a complex one's ``value``."""
    if attribute.type != "complex":
        return BY_TYPE[attribute.type]
    value = attribute.sub_attribute("value")
    if value is None:
        raise ValueError(f"{attribute.name} is complex: name one of its sub-attributes")
    return default_for(value)
