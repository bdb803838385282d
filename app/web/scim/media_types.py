"""The media types of SCIM messages: which ones are taken, and which one an answer has (RFC 7644 §3.8, RFC 9110 §12.5.1)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from app.scim.errors import NotAcceptable, UnsupportedMediaType

SCIM: Final = "application/scim+json"
JSON: Final = "application/json"
_RANGES: Final = ("application/*", "*/*", "*")
# JSON is UTF-8 (RFC 8259 §8.1), and ASCII is a part of it.
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


def check_sent(media_type: str, charset: str | None, *, encoding: str | None) -> None:
    """Refuse a body that is announced as anything but JSON. Raises UnsupportedMediaType."""
    # Clients that say nothing mean JSON.
    if media_type and media_type not in {SCIM, JSON}:
        raise UnsupportedMediaType(f"send {SCIM} or {JSON}, not {media_type}")
    if charset and charset.lower() not in _CHARSETS:
        raise UnsupportedMediaType(f"send UTF-8, not {charset}")
    if encoding and encoding.lower() != "identity":
        raise UnsupportedMediaType(f"send the body as it is, not {encoding}")


@lru_cache
def chosen_by(header: str | None) -> str:
    """Return the media type to answer with, by what the header ``Accept`` says. Raises NotAcceptable."""
    return choose(parse_accept_header(header, MIMEAccept))


def choose(accepted: Iterable[tuple[str, float]]) -> str:
    """Return the media type to answer with, from what ``Accept`` names and how much. Raises NotAcceptable."""
    # Parameters, such as a charset, change nothing for JSON.
    wanted = [(name.partition(";")[0].strip().lower(), quality) for name, quality in accepted]
    if not wanted:
        return SCIM
    scim, plain = (_quality(wanted, name) for name in (SCIM, JSON))
    if not max(scim, plain):
        raise NotAcceptable(f"the service answers in {SCIM} or {JSON} only")
    return SCIM if scim >= plain else JSON


def _quality(wanted: list[tuple[str, float]], media_type: str) -> float:
    # RFC 9110 §12.5.1: the most specific range counts.
    for name in (media_type, *_RANGES):
        found = [quality for each, quality in wanted if each == name]
        if found:
            return max(found)
    return 0
