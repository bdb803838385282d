"""The configuration documents in force, with all their revisions.

A change is all or nothing: it is checked as a whole, against everything else in force, and a change with a problem
leaves things as they are. Reading files is left to ``loading``, what a document means to its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sqlalchemy import func, select, update

from app.store.checking import doubles, problems_of
from app.store.differences import Difference, between
from app.store.document import Document, DocumentKind, Identity, Problem, Snapshot
from app.store.memory import Memory
from app.store.tables import DocumentRow, FileDigestRow, GenerationRow, RevisionRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.store.database import Database

Expected: TypeAlias = "Mapping[Identity, str | None]"
"""The digests of documents as they must be for a change to be made; None where there must be none."""
Result: TypeAlias = Literal["created", "changed", "unchanged", "deleted"]
FILE = "file"
_ANYTHING: Expected = MappingProxyType({})
_GENERATION = select(GenerationRow.number)


class InvalidDocuments(Exception):
    """The change is refused; ``problems`` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class Outdated(Exception):
    """A document is no longer as whoever wants to change it has seen it."""


class NoSuchDocument(Exception):
    """There is no document, or no revision, by that name."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document of a change."""

    kind: str
    name: str
    result: Result
    revision: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a change, and the generation that it led to."""

    generation: int
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of a document. ``document`` is None where the revision is its deletion."""

    number: int
    time: datetime
    author: str
    comment: str
    origin: str
    document: Document | None


@dataclass(frozen=True, slots=True)
class _Change:
    """Documents by identity as they shall be (None: gone), and what to note about it."""

    documents: Mapping[Identity, Document | None]
    author: str
    comment: str
    origin: str
    time: datetime


class Documents:
    """The documents of all kinds. ``clock`` tells the time that revisions carry."""

    def __init__(
        self, database: Database, kinds: Iterable[DocumentKind], *, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._kinds = {kind.name: kind for kind in kinds}
        self._clock = clock
        self._known: Snapshot | None = None
        self._generation: Memory[int] = Memory(database.state, GenerationRow.__tablename__)

    def apply(
        self,
        documents: Iterable[Document],
        *,
        author: str,
        comment: str = "",
        origin: str = "",
        expected: Expected = _ANYTHING,
    ) -> Applied:
        """Put documents in force, all or none.

        Raises:
            InvalidDocuments: where one is bad.
            Outdated: where one in force is not as expected.
        """
        wanted = tuple(documents)
        _refuse(doubles(wanted))
        by_identity = {document.identity: document for document in wanted}
        return self._change(by_identity, expected, author=author, comment=comment, origin=origin)

    def problems(self, documents: Iterable[Document]) -> tuple[Problem, ...]:
        """Say what ``apply`` would refuse, without applying."""
        wanted = tuple(documents)
        changes = {document.identity: document for document in wanted}
        return (*doubles(wanted), *problems_of(changes, before=self.current(), kinds=self._kinds))

    def delete(  # noqa: PLR0913 - what is noted of it
        self,
        kind: str,
        name: str,
        *,
        author: str,
        comment: str = "",
        origin: str = "",
        expected: Expected = _ANYTHING,
    ) -> Applied:
        """Take a document out of force; raise InvalidDocuments where another needs it, and Outdated."""
        return self._change({(kind, name): None}, expected, author=author, comment=comment, origin=origin)

    def rollback(self, kind: str, name: str, revision: int, *, author: str) -> Applied:
        """Put an earlier revision in force again, as a new revision."""
        earlier = self.revision(kind, name, revision).document
        comment = f"back to revision {revision}"
        changes = {(kind, name): earlier}
        return self._change(changes, _ANYTHING, author=author, comment=comment, origin="rollback")

    def get(self, kind: str, name: str) -> Document:
        """Return one document; raise NoSuchDocument."""
        document = self.current().get(kind, name)
        if document is None:
            raise NoSuchDocument(f"there is no {kind} {name}")
        return document

    def list(self, kind: str) -> list[Document]:
        """Return the documents of a kind, by name."""
        return self.current().list(kind)

    def kinds(self) -> tuple[str, ...]:
        """Return the names of the kinds there are."""
        return tuple(self._kinds)

    def revisions(self, kind: str, name: str) -> tuple[Revision, ...]:
        """Return all revisions of a document, newest first."""
        query = select(RevisionRow).where(RevisionRow.kind == kind, RevisionRow.name == name)
        with self._database.reading() as session:
            return tuple(_revision(row) for row in session.scalars(query.order_by(RevisionRow.number.desc())))

    def revision(self, kind: str, name: str, number: int) -> Revision:
        """Return one revision of a document; raise NoSuchDocument."""
        with self._database.reading() as session:
            row = session.get(RevisionRow, (kind, name, number))
        if row is None:
            raise NoSuchDocument(f"there is no revision {number} of {kind} {name}")
        return _revision(row)

    def diff(self, documents: Iterable[Document]) -> tuple[Difference, ...]:
        """Say what applying these documents would change."""
        now = self.current()
        return tuple(between(now.get(wanted.kind, wanted.name), wanted) for wanted in documents)

    def generation(self) -> int:
        """Return a number that grows with every change of any document."""
        return self._generation.get("generation", self._read_generation)

    def _read_generation(self) -> int:
        with self._database.looking() as connection:
            return connection.scalars(_GENERATION).one()

    def snapshot(self) -> Snapshot:
        """Return all documents as they are in force together."""
        with self._database.reading() as session:
            return _snapshot(session)

    def current(self) -> Snapshot:
        """Return the snapshot like ``snapshot``, but read it only when something has changed since the last time."""
        known = self._known
        if known is None or known.generation != self.generation():
            known = self._known = self.snapshot()
        return known

    def file_digests(self) -> dict[Identity, str]:
        """Return what each document looked like when it was last applied from a file."""
        with self._database.reading() as session:
            return {(row.kind, row.name): row.digest for row in session.scalars(select(FileDigestRow))}

    def _change(
        self, documents: Mapping[Identity, Document | None], expected: Expected, **note: str
    ) -> Applied:
        change = _Change(documents, time=self._clock(), **note)
        with self._database.session() as session:
            _lock(session)
            before = _snapshot(session)
            _refuse_outdated(before, expected)
            _refuse(problems_of(documents, before=before, kinds=self._kinds))
            outcomes = tuple(_put(session, before, identity, change) for identity in documents)
            if any(outcome.result != "unchanged" for outcome in outcomes):
                session.execute(update(GenerationRow).values(number=GenerationRow.number + 1))
            return Applied(_generation(session), outcomes)


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InvalidDocuments(problems)


def _refuse_outdated(before: Snapshot, expected: Expected) -> None:
    for (kind, name), digest in expected.items():
        present = before.get(kind, name)
        if (present.digest if present else None) != digest:
            raise Outdated(f"{kind} {name} is not as you have seen it: somebody has changed it since")


def _lock(session: Session) -> None:
    """Let one change at a time through, in whatever process."""
    session.execute(select(GenerationRow).with_for_update()).one()


def _generation(session: Session) -> int:
    return session.scalars(_GENERATION).one()


def _snapshot(session: Session) -> Snapshot:
    generation = _generation(session)
    rows = session.scalars(select(DocumentRow).order_by(DocumentRow.kind, DocumentRow.name))
    return Snapshot(generation, {(row.kind, row.name): _document(row, row.body) for row in rows})


def _document(row: DocumentRow | RevisionRow, body: dict[str, Any]) -> Document:
    return Document(row.kind, row.name, body, description=row.description, source=row.source)


def _revision(row: RevisionRow) -> Revision:
    document = None if row.body is None else _document(row, row.body)
    return Revision(row.number, row.time, row.author, row.comment, row.origin, document)


def _put(session: Session, before: Snapshot, identity: Identity, change: _Change) -> Outcome:
    """Write one document of a change, with its revision, unless it says nothing new."""
    earlier, wanted = before.get(*identity), change.documents[identity]
    if wanted and change.origin == FILE:
        session.merge(FileDigestRow(kind=wanted.kind, name=wanted.name, digest=wanted.digest))
    if earlier and wanted and earlier.digest == wanted.digest:
        return Outcome(*identity, "unchanged", _last_number(session, identity))
    number = _last_number(session, identity) + 1
    session.add(_revision_row(identity, number, change))
    _write(session, identity, wanted, number=number)
    return Outcome(*identity, _result(earlier, wanted), number)


def _result(earlier: Document | None, wanted: Document | None) -> Result:
    if wanted is None:
        return "deleted"
    return "changed" if earlier else "created"


def _last_number(session: Session, identity: Identity) -> int:
    query = select(func.max(RevisionRow.number)).where(
        RevisionRow.kind == identity[0], RevisionRow.name == identity[1]
    )
    return session.scalar(query) or 0


def _revision_row(identity: Identity, number: int, change: _Change) -> RevisionRow:
    document = change.documents[identity]
    return RevisionRow(
        kind=identity[0],
        name=identity[1],
        number=number,
        time=change.time,
        author=change.author,
        comment=change.comment,
        origin=change.origin,
        description=document.description if document else "",
        body=dict(document.body) if document else None,
        source=document.text() if document else "",
    )


def _write(session: Session, identity: Identity, document: Document | None, *, number: int) -> None:
    if document is None:
        session.delete(session.get_one(DocumentRow, identity))
        return
    row = DocumentRow(
        kind=document.kind,
        name=document.name,
        revision=number,
        description=document.description,
        body=dict(document.body),
        source=document.text(),
    )
    session.merge(row)
