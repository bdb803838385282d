"""A signal: something that is wrong, or soon will be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning")
Where = Literal[
    "domain",
    "checkup",
    "secrets",
    "tokens",
    "certificate",
    "connector",
    "dead letters",
    "client",
    "strangers",
    "guard",
    "intents",
    "imports",
]
"""What it is about, and so where one sees to it."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal. ``name`` names which domain, application or connector it is about."""

    severity: Severity
    where: Where
    name: str
    text: str
    """What is wrong, in a sentence."""
    detail: str = ""


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with what it counts."""
    return f"{number} {one if number == 1 else many or one + 's'}"
