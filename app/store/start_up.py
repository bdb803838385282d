"""Bring configuration files into force when Landbridge starts.

A document is applied only when its file has changed since it was last applied from a file, so that an edit made in the
console outlives a restart. What is wrong is reported and left out; the last good revisions stay in force.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.store.documents import FILE, Applied, Documents, InvalidDocuments
from app.store.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from app.store.document import Document, Problem

AUTHOR = "landbridge"


def apply_changed_files(documents: Documents, paths: Iterable[Path]) -> tuple[Applied, list[Problem]]:
    """Apply the documents whose files changed; return what was done and what was wrong."""
    loaded = load(paths)
    known = documents.file_digests()
    changed = [d for d in loaded.documents if known.get(d.identity) != d.digest]
    applied, problems = _apply_good(documents, changed)
    return applied, [*loaded.problems, *problems]


def _apply_good(documents: Documents, wanted: Sequence[Document]) -> tuple[Applied, list[Problem]]:
    """Apply what can be, leaving out document after document that has a problem."""
    problems: list[Problem] = []
    while True:
        try:
            return documents.apply(wanted, author=AUTHOR, comment="file changed", origin=FILE), problems
        except InvalidDocuments as error:
            problems += error.problems
            wanted = _without(wanted, error.problems)


def _without(documents: Sequence[Document], problems: Sequence[Problem]) -> list[Document]:
    """Leave out the documents with problems; all of them where the problem is in none of them."""
    bad = {(problem.kind, problem.name) for problem in problems}
    good = [document for document in documents if document.identity not in bad]
    return good if len(good) < len(documents) else []
