"""Findings: what is wrong, or could be better, with a map or a directory, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from app.store.schema_errors import Key

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding: how bad it is, and why it matters."""

    name: str
    severity: Severity
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``key`` is where in the document, if a document is what it is about."""

    code: Code
    seen: str
    """What was seen, in a sentence."""
    fix: str
    """What to do, in a sentence; what to send, as LDIF, may follow it on lines of its own."""
    key: Key = ()
    file: str = ""
    line: int = 0

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.code.severity

    @property
    def place(self) -> str:
        """Where it is, as far as it is somewhere."""
        file = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (file, ".".join(map(str, self.key))) if part)

    def as_json(self) -> dict[str, str | int]:
        """Return it for a machine."""
        return {
            "code": self.code.name,
            "severity": self.severity,
            "seen": self.seen,
            "why": self.code.why,
            "fix": self.fix,
            "key": ".".join(map(str, self.key)),
            "file": self.file,
            "line": self.line,
        }


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Put the worst first, and otherwise keep the order."""
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether something cannot work as it is."""
    return any(finding.severity == "error" for finding in findings)


def registry(*codes: Code) -> Mapping[str, Code]:
    """Return codes by their names."""
    return {code.name: code for code in codes}
