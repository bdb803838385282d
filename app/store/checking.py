"""What is wrong with a change of the documents: each by itself, then the whole that would come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.store.document import Document, DocumentKind, Identity, Problem, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


def problems_of(
    changes: Mapping[Identity, Document | None], *, before: Snapshot, kinds: Mapping[str, DocumentKind]
) -> list[Problem]:
    """Check a change (None: the document goes) against what is in force."""
    alone = [*_unknown(changes, before)]
    for document in changes.values():
        alone += _alone(document, kinds) if document else ()
    return alone or _together(changes, before, kinds=kinds)


def doubles(documents: Sequence[Document]) -> list[Problem]:
    """Report documents that have the kind and name of an earlier one."""
    seen: set[Identity] = set()
    problems = []
    for document in documents:
        if document.identity in seen:
            problems.append(document.problem(("name",), "another document has this kind and name"))
        seen.add(document.identity)
    return problems


def _unknown(changes: Mapping[Identity, Document | None], before: Snapshot) -> Iterator[Problem]:
    for (kind, name), document in changes.items():
        if document is None and before.get(kind, name) is None:
            yield Problem("there is no such document", kind=kind, name=name)


def _alone(document: Document, kinds: Mapping[str, DocumentKind]) -> list[Problem]:
    kind = kinds.get(document.kind)
    if kind is None:
        return [document.problem(("kind",), f"is none of {', '.join(kinds)}")]
    return [*document.name_problems(), *kind.problems(document)]


def _together(
    changes: Mapping[Identity, Document | None], before: Snapshot, *, kinds: Mapping[str, DocumentKind]
) -> list[Problem]:
    """Check all documents against each other. What was wrong before with one left alone is not held against it."""
    merged = {**before.documents, **changes}
    after = Snapshot(
        before.generation + 1, {identity: document for identity, document in merged.items() if document}
    )
    found = [*_cross_checks(after, kinds)]
    if all(_concerns(problem, changes) for problem in found):
        return found
    known = {str(problem) for problem in _cross_checks(before, kinds)}
    return [problem for problem in found if _concerns(problem, changes) or str(problem) not in known]


def _concerns(problem: Problem, changes: Mapping[Identity, Document | None]) -> bool:
    return (problem.kind, problem.name) in changes


def _cross_checks(snapshot: Snapshot, kinds: Mapping[str, DocumentKind]) -> Iterable[Problem]:
    for document in snapshot.documents.values():
        if document.kind in kinds:
            yield from kinds[document.kind].check(document, snapshot)
