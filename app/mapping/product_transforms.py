"""Transforms for what directories keep in ways of their own: FILETIME, bits of a number, telephone numbers, data URIs."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers

from app.mapping.transforms import BINARY, TEXT, Bits, Transform
from app.scim.instant import parse_instant
from app.scim.schema import Value

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER = frozenset({0, 0x7FFFFFFFFFFFFFFF})
"""MS-ADTS: an account with this accountExpires never does."""
_NUMBER = re.compile(rb"-?\d{1,19}")
_TICKS = 10
"""How many hundred nanoseconds a microsecond has."""


def _number(raw: bytes) -> int:
    if not _NUMBER.fullmatch(raw):
        raise ValueError("is no number")
    return int(raw)


def _file_time_to_directory(value: Value) -> bytes:
    try:
        since = parse_instant(str(value)).astimezone(UTC) - _EPOCH
    except OverflowError as error:
        raise ValueError("is out of all time") from error
    ticks = since // timedelta(microseconds=1) * _TICKS
    if ticks <= 0:
        raise ValueError("is before FILETIME begins, in 1601")
    return str(ticks).encode()


def _file_time_to_scim(raw: bytes) -> Value:
    ticks = _number(raw)
    if ticks in _NEVER or ticks < 0:
        raise ValueError("is no moment: it says never")
    try:
        moment = _EPOCH + timedelta(microseconds=ticks // _TICKS)
    except OverflowError as error:
        raise ValueError("is out of all time") from error
    return moment.isoformat().replace("+00:00", "Z")


FILE_TIME = Transform(
    "fileTime", _file_time_to_directory, _file_time_to_scim, is_exact=False, refuses_shown=True
)
"""Hundreds of nanoseconds since 1601, as Windows counts; what says "never" is not shown."""


def e164(region: str) -> Transform:
    """Write telephone numbers in the international form (E.164); numbers without a country are of ``region``.

    Raises:
        ValueError: if there is no such region.
    """
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{region} is no region: give the two capitals of ISO 3166, such as DE")

    def to_directory(value: Value) -> bytes:
        try:
            number = phonenumbers.parse(str(value), region)
        except phonenumbers.NumberParseException as error:
            raise ValueError("is no telephone number") from error
        if number.extension or not phonenumbers.is_possible_number(number):
            raise ValueError("is no telephone number that E.164 has a form for")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).encode()

    return Transform("e164", to_directory, TEXT.to_scim, is_text=True, reads_all=True, refuses_shown=True)


_SMTP = "smtp:"


def _proxy_to_scim(raw: bytes) -> Value:
    text = raw.decode()
    if text[: len(_SMTP)].lower() != _SMTP or text.lower() == _SMTP:
        raise ValueError("is no address of mail")
    return text[len(_SMTP) :]


def _mark_proxy(raw: bytes, is_primary: bool) -> bytes:  # noqa: FBT001 - the signature of all marks
    kind = _SMTP.upper() if is_primary else _SMTP
    return kind.encode() + raw[len(_SMTP) :]


PROXY_ADDRESS = Transform(
    "proxyAddress",
    lambda value: _SMTP.encode() + TEXT.to_directory(value),
    _proxy_to_scim,
    is_text=True,
    mark=_mark_proxy,
    is_marked=lambda raw: raw.startswith(_SMTP.upper().encode()),
    asked=lambda operator, text: _SMTP + text if operator in {"eq", "sw"} else text,
)
"""Exchange's addresses: ``SMTP:`` in capitals before the primary one, ``smtp:`` before others; other kinds are left alone."""


def bits(argument: Mapping[str, Any]) -> Transform:
    """Keep a boolean in bits of a number, whose other bits stay as they are."""
    base, when = argument["base"], argument["true_when"]
    meant = Bits(argument["mask"], when != "clear", "any" if when == "any" else "all")
    mask, is_set = meant.mask, meant.is_true_when_set

    def applied(number: int, *, value: bool) -> bytes:
        return str(number | mask if value is is_set else number & ~mask).encode()

    def to_scim(raw: bytes) -> Value:
        return meant.are_set(_number(raw)) is is_set

    def merge(present: bytes, wanted: bytes) -> bytes:
        return applied(_number(present), value=to_scim(wanted) is True)

    return Transform(
        "bits",
        lambda value: applied(base, value=value is True),
        to_scim,
        is_exact=False,
        merge=merge,
        bits=meant,
    )


def data_uri(media_type: str) -> Transform:
    """Keep the bytes of a data URI (RFC 2397), or of plain base64; they are shown as a URI of ``media_type``."""
    head = f"data:{media_type};base64,"

    def to_directory(value: Value) -> bytes:
        text = str(value)
        is_uri = text[:5].lower() == "data:"
        start, _, content = text.partition(",") if is_uri else ("", "", text)
        if is_uri and not start.lower().endswith(";base64"):
            raise ValueError("is no data URI in base64")
        return BINARY.to_directory(content)

    def to_scim(raw: bytes) -> Value:
        return head + base64.b64encode(raw).decode()

    return Transform("dataUri", to_directory, to_scim, is_exact=False)
