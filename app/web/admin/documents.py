"""Configuration documents: as they are in force, their revisions, and changes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request
from marshmallow import INCLUDE, Schema, fields, validate

from app.access.administrators import Role
from app.store.document import ENVELOPE, Document
from app.store.documents import Applied, Expected, NoSuchDocument, Revision
from app.store.loading import parse
from app.web.admin.bodies import flag, is_yaml, number, read
from app.web.admin.errors import UNPROCESSABLE, InvalidRequest
from app.web.admin.guard import me
from app.web.admin.recording import note
from app.web.admin.routes import FLAG, NUMBER, Answer, Operation, answer
from app.web.current import services

ORIGIN = "admin"


class DocumentsSchema(Schema):
    """Documents to put in force together."""

    documents = fields.List(fields.Dict(keys=fields.String()), required=True, validate=validate.Length(min=1))
    comment = fields.String(load_default="")


class DocumentSchema(Schema):
    """One document: the keys of its kind."""

    class Meta:
        """Which keys there are is the kind's matter."""

        unknown = INCLUDE


class RollbackSchema(Schema):
    """Which revision to go back to."""

    revision = fields.Integer(strict=True, required=True)


def list_documents(kind: str) -> Answer:
    """List the documents of a kind."""
    return [document.content() for document in services().documents.list(_kind(kind))]


def show(kind: str, name: str) -> Answer:
    """Show a document, or an earlier revision of it."""
    revision = number("revision", 0)
    if not revision:
        return _tagged(services().documents.get(_kind(kind), name))
    found = services().documents.revision(_kind(kind), name, revision)
    if found.document is None:
        raise NoSuchDocument(f"revision {revision} is the deletion of {kind} {name}")
    return found.document.content()


def apply() -> Answer:
    """Put documents in force, all or none; a map that a live directory cannot hold only with force=true."""
    documents, comment = _sent()
    _refuse_unfit(documents)
    applied = services().documents.apply(documents, author=me().name, comment=comment, origin=ORIGIN)
    return {**_told(applied), "findings": _findings(applied)}


def diff() -> Answer:
    """Show what applying documents would change; nothing is changed."""
    documents, _ = _sent()
    problems = services().documents.problems(documents)
    return {
        "differences": [
            {"kind": document.kind, "name": document.name, "text": difference.text}
            for document, difference in zip(documents, services().documents.diff(documents), strict=True)
        ],
        "problems": [str(problem) for problem in problems],
    }


def put(kind: str, name: str) -> Answer:
    """Put one document in force, in the place of the one that If-Match names, or where there is none."""
    documents, comment = _sent_one(_kind(kind), name)
    _refuse_unfit(documents)
    applied = services().documents.apply(
        documents, author=me().name, comment=comment, origin=ORIGIN, expected=_expected(_kind(kind), name)
    )
    _told(applied)
    return _tagged(services().documents.get(_kind(kind), name))


def delete(kind: str, name: str) -> None:
    """Take a document out of force, the one that If-Match names; its revisions stay."""
    services().documents.get(_kind(kind), name)
    expected = _expected(_kind(kind), name)
    _told(services().documents.delete(_kind(kind), name, author=me().name, origin=ORIGIN, expected=expected))


def revisions(kind: str, name: str) -> Answer:
    """List the revisions of a document, newest first."""
    found = services().documents.revisions(_kind(kind), name)
    if not found:
        raise NoSuchDocument(f"there is no {kind} {name}")
    return [_revision(each) for each in found]


def rollback(kind: str, name: str) -> Answer:
    """Put an earlier revision in force again."""
    wanted = read(RollbackSchema)
    services().documents.revision(_kind(kind), name, wanted["revision"])
    applied = services().documents.rollback(_kind(kind), name, wanted["revision"], author=me().name)
    return _told(applied)


_ONE = "/documents/<kind>/<name>"
OPERATIONS = (
    Operation(method="GET", path="/documents/<kind>", role=Role.VIEWER, view=list_documents),
    Operation(method="GET", path=_ONE, role=Role.VIEWER, view=show, query={"revision": NUMBER}),
    Operation(
        method="PUT",
        path=_ONE,
        role=Role.ADMINISTRATOR,
        view=put,
        body=DocumentSchema,
        query={"force": FLAG},
    ),
    Operation(method="DELETE", path=_ONE, role=Role.ADMINISTRATOR, view=delete),
    Operation(method="GET", path=f"{_ONE}/revisions", role=Role.VIEWER, view=revisions),
    Operation(
        method="POST", path=f"{_ONE}/rollback", role=Role.ADMINISTRATOR, view=rollback, body=RollbackSchema
    ),
    Operation(
        method="POST",
        path="/apply",
        role=Role.ADMINISTRATOR,
        view=apply,
        body=DocumentsSchema,
        query={"force": FLAG},
    ),
    Operation(method="POST", path="/diff", role=Role.VIEWER, view=diff, body=DocumentsSchema),
)


def _kind(text: str) -> str:
    """Find the kind that is meant, in any case."""
    for kind in services().documents.kinds():
        if kind.lower() == text.lower():
            return kind
    raise NoSuchDocument(f"there is no kind {text}, only {', '.join(services().documents.kinds())}")


def _sent() -> tuple[list[Document], str]:
    """Read documents: JSON with a comment, or YAML as in files."""
    if not is_yaml():
        said = read(DocumentsSchema)
        return [_document(each) for each in said["documents"]], said["comment"]
    try:
        loaded = parse(request.get_data().decode(), file="body")
    except UnicodeDecodeError as error:
        raise InvalidRequest("the body is not UTF-8") from error
    if loaded.problems:
        raise InvalidRequest("the documents cannot be read", loaded.problems)
    return list(loaded.documents), ""


def _sent_one(kind: str, name: str) -> tuple[list[Document], str]:
    """Read the document of a path; what it says of its kind and name must be the same."""
    if is_yaml():
        documents, comment = _sent()
    else:
        said = dict(read(DocumentSchema))
        comment = str(said.pop("comment", ""))
        documents = [_document({"kind": kind, "name": name, **said})]
    if [document.identity for document in documents] != [(kind, name)]:
        raise InvalidRequest(f"the body is the document {kind} {name}", status=UNPROCESSABLE)
    return documents, comment


def _expected(kind: str, name: str) -> Expected:
    """Read which document, or that none, must be in force (RFC 9110 §13.1)."""
    if request.if_none_match.star_tag:
        return {(kind, name): None}
    if not request.if_match or request.if_match.star_tag:
        return {}
    present = services().documents.current().get(kind, name)
    known = present.digest if present and request.if_match.contains(present.digest) else ""
    return {(kind, name): known}


def _tagged(document: Document) -> Response:
    response = answer(document.content())
    response.set_etag(document.digest)
    return response


def _document(said: Mapping[str, Any]) -> Document:
    envelope = {key: said.get(key, "") for key in ENVELOPE}
    wrong = next((key for key, value in envelope.items() if not isinstance(value, str)), None)
    if wrong:
        raise InvalidRequest(f"{wrong} of a document is a text")
    body = {key: value for key, value in said.items() if key not in ENVELOPE}
    return Document(envelope["kind"], envelope["name"], body, envelope["description"])


def _told(applied: Applied) -> Mapping[str, Any]:
    outcomes = [
        {"kind": each.kind, "name": each.name, "result": each.result, "revision": each.revision}
        for each in applied.outcomes
    ]
    for outcome in outcomes:
        if outcome["result"] != "unchanged":
            note(str(outcome["result"]), str(outcome["kind"]), str(outcome["name"]))
    return {"generation": applied.generation, "outcomes": outcomes}


def _refuse_unfit(documents: Sequence[Document]) -> None:
    if not flag("force") and not services().documents.problems(documents):
        services().map_checks.refuse_unfit(documents)


def _findings(applied: Applied) -> Answer:
    """Say what is found of the maps that have changed, by the domain and the map."""
    changed = {
        each.name for each in applied.outcomes if each.kind == "SchemaMap" and each.result != "unchanged"
    }
    return [
        {"domain": checked.domain, "map": checked.map_name, **finding.as_json()}
        for checked in (services().map_checks.check_saved(changed) if changed else ())
        for finding in checked.findings
        if finding.severity != "note"
    ]


def _revision(revision: Revision) -> Mapping[str, Any]:
    return {
        "revision": revision.number,
        "time": revision.time.isoformat(),
        "author": revision.author,
        "comment": revision.comment,
        "origin": revision.origin,
        "is_deletion": revision.document is None,
    }
