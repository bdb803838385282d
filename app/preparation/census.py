"""How many entries a domain has, which is what limits are held against."""

from __future__ import annotations

from dataclasses import dataclass

from app.preparation.finding import Finding


@dataclass(frozen=True, slots=True)
class Census:
    """The entries of a domain's maps, how long it took to read those of the largest, and what was found on the way."""

    entries: int = 0
    seconds: float = 0.0
    findings: tuple[Finding, ...] = ()
