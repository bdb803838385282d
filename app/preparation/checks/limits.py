"""What a server allows in one search, against how many entries there are and what Landbridge asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.preparation import doctor_codes as codes
from app.preparation.census import Census
from app.preparation.finding import Finding
from app.preparation.limits import Limits
from app.preparation.patient import Admitted

_SOON = 2
"""By how much a directory may grow before a limit is one that is met."""
_LEAST = 1000
_POSITION_BYTES = 4
"""What a controller keeps of each entry of a list that is begun, at the least: its number in the database."""


@dataclass(frozen=True, slots=True)
class Remedies:
    """How limits are lifted, in the words of a product."""

    entries: str
    seconds: str
    memory: str = ""


def check_limits(
    admitted: Admitted, limits: Limits, census: Census, *, remedies: Remedies
) -> Iterator[Finding]:
    """Find limits that the entries that are there, or those to come, run into."""
    yield from _size(admitted, limits.entries, census, fix=remedies.entries)
    yield from _time(admitted, limits.seconds, census, fix=remedies.seconds)
    wanted = admitted.patient.settings.page_size
    if limits.page is not None and limits.page < wanted:
        pages = f"{census.entries} entries take {-(-census.entries // limits.page)} pages then"
        seen = f"A page has at most {limits.page} entries, and Landbridge asks for {wanted}; {pages}."
        yield Finding(
            codes.PAGE_LIMIT, seen, f"Write limits.page_size: {limits.page}.", ("limits", "page_size")
        )
    yield from _memory(limits, census, fix=remedies.memory)


def _size(admitted: Admitted, limit: int | None, census: Census, *, fix: str) -> Iterator[Finding]:
    if limit is None:
        return
    account = admitted.patient.settings.bind_dn
    seen = f"Answers to {account} end at {limit} entries; {census.entries} are there."
    is_near = limit < max(_LEAST, _SOON * census.entries)
    yield Finding(codes.SIZE_LIMIT if is_near else codes.SIZE_LIMIT_AHEAD, seen, fix)


def _time(admitted: Admitted, limit: int | None, census: Census, *, fix: str) -> Iterator[Finding]:
    waits = admitted.patient.settings.search_seconds
    if limit is None or limit >= max(waits, _SOON * census.seconds):
        return
    took = f"reading {census.entries} entries took {census.seconds:.1f}"
    seen = f"The server gives a search {limit} seconds; Landbridge waits {waits:g}, and {took}."
    yield Finding(
        codes.TIME_LIMIT,
        seen,
        f"{fix}, or write limits.search_seconds: {limit}.",
        ("limits", "search_seconds"),
    )


def _memory(limits: Limits, census: Census, *, fix: str) -> Iterator[Finding]:
    if limits.candidates is not None and census.entries > limits.candidates:
        seen = f"The server joins at most {limits.candidates} entries in memory (MaxTempTableSize); {census.entries} are there."
        yield Finding(codes.MEMORY_LIMIT, seen, fix)
    needed = _POSITION_BYTES * census.entries
    if limits.kept_bytes is not None and needed > limits.kept_bytes:
        seen = (
            f"The server keeps {limits.kept_bytes} bytes of lists that are begun (MaxResultSetSize); "
            f"one of {census.entries} entries takes {needed} at the least."
        )
        yield Finding(codes.MEMORY_LIMIT, seen, fix)
