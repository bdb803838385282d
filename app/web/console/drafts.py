"""A configuration document that somebody is writing: what is wrong with it, and what it would be."""

from __future__ import annotations

from dataclasses import dataclass

from app.preparation.finding import Finding
from app.store.differences import between
from app.store.document import Document, Problem, Snapshot
from app.store.loading import parse
from app.web.current import services

KINDS = ("SchemaMap", "Domain", "Application", "Connector")
"""The kinds of documents, in the order in which they build on one another."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text, the document in it where it is one, and what is wrong with it. ``lookup`` has all that it may refer to."""

    text: str
    document: Document | None
    problems: tuple[Problem, ...]
    lookup: Snapshot

    @property
    def is_good(self) -> bool:
        """Whether it could be put in force."""
        return self.document is not None and not self.problems

    @property
    def difference(self) -> str:
        """How it differs from what is in force, as a unified diff."""
        if self.document is None:
            return ""
        return between(services().documents.current().get(*self.document.identity), self.document).text


def read_draft(text: str, *, kind: str, name: str = "") -> Draft:
    """Read what was typed; it must be one document of a kind, and of that name where it has one already."""
    current, label = services().documents.current(), f"{kind} {name}".strip()
    loaded = parse(text.replace("\r\n", "\n"), file=label)
    problems = [*loaded.problems]
    document = loaded.documents[0] if len(loaded.documents) == 1 and not problems else None
    if document is None and not problems:
        problems.append(Problem("holds one document, no more and no fewer", file=label))
    if document is not None:
        problems += _identity_problems(document, kind=kind, name=name)
    if document is not None and not problems:
        problems += services().documents.problems([document])
    documents = {**current.documents, **({document.identity: document} if document else {})}
    return Draft(text, document, tuple(problems), Snapshot(current.generation, documents))


def findings_of(draft: Draft, domain_name: str) -> list[Finding]:
    """Hold a good draft of a schema map against a domain's live directory."""
    domain = services().configurations.current().domains.get(domain_name)
    if not draft.is_good or draft.document is None or domain is None or draft.document.kind != "SchemaMap":
        return []
    return services().map_checks.check(draft.document, draft.lookup, domain=domain).findings


def _identity_problems(document: Document, *, kind: str, name: str) -> list[Problem]:
    wrong = []
    if document.kind != kind:
        wrong.append(document.problem(("kind",), f"is {kind} here"))
    if name and document.name != name:
        wrong.append(document.problem(("name",), f"is {name} here: a document keeps its name"))
    if not name and services().documents.current().get(kind, document.name):
        wrong.append(document.problem(("name",), f"there is a {kind} {document.name} already"))
    return wrong
