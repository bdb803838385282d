"""How two states of a document differ, as lines of YAML."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from app.store.document import Document


@dataclass(frozen=True, slots=True)
class Difference:
    """What would become of a document; ``text`` is a unified diff, empty where nothing changes."""

    kind: str
    name: str
    result: Literal["created", "changed", "unchanged"]
    text: str


def between(before: Document | None, after: Document) -> Difference:
    """Compare a document with what it was. Layout and comments do not count."""
    if before and before.digest == after.digest:
        return Difference(after.kind, after.name, "unchanged", "")
    name = f"{after.kind} {after.name}"
    old = before.render().splitlines(keepends=True) if before else []
    lines = unified_diff(old, after.render().splitlines(keepends=True), f"{name} (in force)", f"{name} (new)")
    return Difference(after.kind, after.name, "changed" if before else "created", "".join(lines))
