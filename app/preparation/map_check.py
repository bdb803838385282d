"""Checking a schema map against live directories, on demand and when it is saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.directory.errors import DirectoryError
from app.mapping.inheritance import lineage
from app.mapping.language import InvalidMap
from app.mapping.model import SchemaMap
from app.preparation import map_codes as codes
from app.preparation.checks.attributes import check_attributes
from app.preparation.checks.entries import check_entries
from app.preparation.checks.searching import check_searching
from app.preparation.checks.values import check_values
from app.preparation.coverage import Covered, coverage
from app.preparation.finding import Finding, by_severity
from app.preparation.live import Live, NoSchema, read_live
from app.provisioning.domain import Domain
from app.store.document import Document, Snapshot
from app.store.loading import parse
from app.store.schema_errors import Key

_MANY = 8
"""How many names a sentence may hold."""


def check_map(schema_map: SchemaMap, live: Live) -> list[Finding]:
    """Find what a live directory cannot hold of what a map says, or loses; the worst first."""
    return by_severity(
        (
            *check_attributes(schema_map, live.schema),
            *check_entries(schema_map, live),
            *check_values(schema_map, live),
            *check_searching(schema_map, live),
            *losses(coverage(schema_map, live.dialect)),
        )
    )


def check_in_domain(schema_map: SchemaMap, domain: Domain) -> list[Finding]:
    """Check a map against a domain's directory; what keeps that from being asked is a finding, too."""
    try:
        live = read_live(domain.directory, domain.dialect, domain.base)
    except NoSchema as error:
        fix = f"Let the service account of {domain.name} read the schema."
        return [Finding(codes.NOT_READABLE, f"{domain.name}: {error}.", fix)]
    except DirectoryError as error:
        fix = f"See to it that the directory of {domain.name} answers: landbridge doctor {domain.name}."
        return [Finding(codes.NOT_READABLE, f"{domain.name}: {error}.", fix)]
    return check_map(schema_map, live)


def losses(covered: Iterable[Covered]) -> Iterable[Finding]:
    """Tell what does not come back as it was sent: what the map changes one by one, what it has no place for together."""
    lost = []
    for each in covered:
        if each.fate == "changed":
            seen = f"{each.place}: {each.note}."
            yield Finding(
                codes.LOSES, seen, "Leave the transform out, or accept it.", ("attributes", each.place)
            )
        elif not each.is_kept:
            lost.append(each.place)
    if lost:
        names = ", ".join(lost[:_MANY]) + (", …" if len(lost) > _MANY else "")
        seen = f"{len(lost)} places of the resource type are not kept: {names}."
        fix = "Add rules for those that clients send; landbridge map coverage lists all of them."
        yield Finding(codes.NOT_COVERED, seen, fix, ("attributes",))


def refused(error: InvalidMap) -> Finding:
    """Say why a map cannot be put together."""
    return Finding(codes.NOT_LOADED, f"{error}.", "Correct the document.", error.key)


def placed(findings: Iterable[Finding], document: Document, lookup: Snapshot) -> list[Finding]:
    """Say of each finding in which file and line it is: the map's own, or that of one that it extends."""
    try:
        family = list(lineage(document, lookup))
    except InvalidMap:
        family = [document]
    marked = [_marked(each) for each in family]
    return [_placed(finding, marked) for finding in findings]


def _marked(document: Document) -> Document:
    if document.marks is not None or not document.source:
        return document
    (read, *_) = (*parse(document.source, file=f"SchemaMap {document.name}").documents, document)
    return read


def _placed(finding: Finding, family: list[Document]) -> Finding:
    for document in family:
        marks = document.marks
        key = _spelled(finding.key, marks.lines) if marks else None
        if marks and key:
            return replace(finding, file=marks.file, line=marks.lines[key])
    marks = family[0].marks
    return replace(finding, file=marks.file, line=marks.line(())) if marks else finding


def _spelled(key: Key, lines: Mapping[Key, int]) -> Key | None:
    """Find a key of a document however its steps are spelled there."""
    wanted = [str(step).lower() for step in key]
    return next((known for known in lines if [str(step).lower() for step in known] == wanted), None)
