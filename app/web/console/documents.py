"""Configuration documents: written with findings and previews at hand, saved as revisions, taken back to earlier ones."""

from __future__ import annotations

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.mapping.json_schema import json_schema
from app.store.differences import between
from app.store.document import Document
from app.store.documents import NoSuchDocument, Revision
from app.web.console.drafts import Draft, findings_of, read_draft
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.map_preview import Asked, previews
from app.web.console.map_proof import tried_with
from app.web.console.map_rows import Offered, built, offered, rows, with_rows
from app.web.console.map_text import with_rule
from app.web.console.recording import note
from app.web.console.samples import sample_of, skeleton_of
from app.web.current import services

MAP = "SchemaMap"
blueprint = Blueprint("documents", __name__)


@blueprint.get("/maps")
@needs(Role.VIEWER)
def maps() -> ResponseReturnValue:
    """Show all schema maps, and which user stores use them."""
    using = {document.name: services().map_checks.using(document.name) for document in _list(MAP)}
    return render_template("console/maps.html", maps=_list(MAP), using=using)


@blueprint.get("/map-schema.json")
@needs(Role.VIEWER)
def schema() -> ResponseReturnValue:
    """Give the JSON Schema of the language of maps, for the editor to complete by."""
    return jsonify(json_schema())


@blueprint.get("/documents/<kind>/new")
@needs(Role.ADMINISTRATOR)
def new(kind: str) -> ResponseReturnValue:
    """Show an editor with a beginning of a document."""
    text = skeleton_of(_known(kind), base=request.args.get("extends", ""))
    return _editor(kind, "", read_draft(text, kind=kind), Form())


@blueprint.post("/documents/<kind>/new")
@needs(Role.ADMINISTRATOR)
def create(kind: str) -> ResponseReturnValue:
    """Put a new document in force."""
    return _save(_known(kind), "")


@blueprint.get("/documents/<kind>/<name>")
@needs(Role.VIEWER)
def show(kind: str, name: str) -> ResponseReturnValue:
    """Show a document in an editor, with what is to be said of it."""
    draft = read_draft(_document(kind, name).text(), kind=kind, name=name)
    return _editor(kind, name, draft, Form())


@blueprint.post("/documents/<kind>/<name>/check")
@needs(Role.VIEWER)
def check(kind: str, name: str) -> ResponseReturnValue:
    """Show what is wrong with what was typed, and what it would do. Nothing is saved; ``-`` is a new document."""
    form = Form(request.form)
    own = "" if name == "-" else _document(kind, name).name
    text = _typed(form, kind, own)
    if form.has("add") and form.text("place") and form.text("attribute"):
        text = with_rule(text, form.text("place"), form.text("attribute"))
    return _editor(_known(kind), own, read_draft(text, kind=kind, name=own), form)


@blueprint.post("/documents/<kind>/<name>")
@needs(Role.ADMINISTRATOR)
def save(kind: str, name: str) -> ResponseReturnValue:
    """Put what was typed in force."""
    return _save(kind, _document(kind, name).name)


@blueprint.get("/documents/<kind>/<name>/history")
@needs(Role.VIEWER)
def history(kind: str, name: str) -> ResponseReturnValue:
    """Show all revisions, and what each changed."""
    revisions = services().documents.revisions(kind, name)
    if not revisions:
        abort(404)
    earlier: list[Revision | None] = [*revisions[1:], None]
    changes = [_change(*pair) for pair in zip(revisions, earlier, strict=True)]
    return render_template("console/document_history.html", kind=kind, name=name, changes=changes)


@blueprint.post("/documents/<kind>/<name>/rollback")
@needs(Role.ADMINISTRATOR)
def rollback(kind: str, name: str) -> ResponseReturnValue:
    """Put an earlier revision in force again."""
    number, form = request.form.get("revision", 0, type=int), Form()
    with form:
        try:
            services().documents.rollback(kind, name, number, author=me().name)
        except NoSuchDocument:
            abort(404)
        note("rollback", kind, name, detail=f"to revision {number}")
        flash(f"{name} is as it was in revision {number}.")
        return redirect(url_for(".history", kind=kind, name=name))
    for problem in form.problems:
        flash(f"It cannot go back there: {problem.message}")
    return redirect(url_for(".history", kind=kind, name=name))


def _save(kind: str, name: str) -> ResponseReturnValue:
    form = Form(request.form)
    draft = read_draft(_typed(form, kind, name), kind=kind, name=name)
    if draft.document is not None and draft.is_good:
        with form:
            if not form.has("force"):
                services().map_checks.refuse_unfit([draft.document])
            identity = draft.document.identity
            expected = {identity: form.text("digest") or None} if form.has("digest") else {}
            services().documents.apply(
                [draft.document], author=me().name, comment=form.text("comment"), expected=expected
            )
            note("update" if name else "create", kind, draft.document.name, detail=form.text("comment"))
            flash(f"{draft.document.name} is in force.")
            return redirect(url_for(".show", kind=kind, name=draft.document.name))
    if not form.problems:
        form.refuse("It is not saved: see the findings.")
    return _editor(kind, name, draft, form)


def _typed(form: Form, kind: str, name: str) -> str:
    """Return the text that was typed, with what was typed into the rows of the table."""
    text = form.secret("text")
    return with_rows(read_draft(text, kind=kind, name=name), form) if form.has("row") else text


def _editor(kind: str, name: str, draft: Draft, form: Form) -> ResponseReturnValue:
    asked = _asked(draft, form)
    schema_map = built(draft)
    body = render_template(
        "console/document.html",
        kind=kind,
        name=name,
        draft=draft,
        digest=form.text("digest") if form.sent else _digest(kind, name),
        asked=asked,
        domains=sorted(services().configurations.current().domains),
        findings=findings_of(draft, asked.domain),
        rows=rows(draft, schema_map) if kind == MAP else [],
        offered=offered(schema_map, asked.domain) if schema_map else Offered(),
        previews=previews(draft, asked) if kind == MAP else [],
        tried=tried_with(draft),
        form=form,
    )
    return body, form.status


def _digest(kind: str, name: str) -> str:
    """Tell by which document in force an editor begins."""
    present = services().documents.current().get(kind, name)
    return present.digest if present else ""


def _asked(draft: Draft, form: Form) -> Asked:
    """Read the questions; a page that is opened first asks what most people would."""
    if "text" in form.sent:
        return Asked(*map(form.text, ("domain", "resource", "entry", "filter")))
    if draft.document is None or draft.document.kind != MAP:
        return Asked()
    domains = [name for name in services().map_checks.using(draft.document.name) if name in _usable()]
    return Asked(domain=next(iter(domains), ""), **sample_of(draft))


def _usable() -> frozenset[str]:
    return frozenset(services().configurations.current().domains)


def _change(revision: Revision, earlier: Revision | None) -> tuple[Revision, str]:
    before = earlier.document if earlier else None
    return revision, between(before, revision.document).text if revision.document else "deleted"


def _list(kind: str) -> list[Document]:
    return services().documents.list(kind)


def _document(kind: str, name: str) -> Document:
    found = services().documents.current().get(_known(kind), name)
    return found or abort(404)


def _known(kind: str) -> str:
    return kind if kind in services().documents.kinds() else abort(404)
