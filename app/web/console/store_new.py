"""Connecting a directory: how it is reached, then what it turns out to be, then the documents, which are put in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.directory.errors import DirectoryError
from app.preparation.domain_proposal import DomainProposal, NoProposal, Wanted
from app.preparation.trial import Trial
from app.provisioning.domain import InvalidDomain
from app.store.documents import InvalidDocuments
from app.store.loading import parse
from app.store.references import SECRET_SOURCES, Reference
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.recording import note
from app.web.current import services

TYPED = "typed"
blueprint = Blueprint("store_new", __name__, url_prefix="/new-user-store")


@blueprint.get("")
@needs(Role.ADMINISTRATOR)
def new() -> ResponseReturnValue:
    """Ask how the directory is reached."""
    return _page(Form())


@blueprint.post("/test")
@needs(Role.ADMINISTRATOR)
def test() -> ResponseReturnValue:
    """Test the connection, and show each step's result."""
    form = Form(request.form)
    with form:
        try:
            return _page(form, trial=services().domain_proposals.test(_wanted(form)))
        except (InvalidDomain, DirectoryError) as error:
            form.refuse(f"{error}.")
    return _page(form)


@blueprint.post("/propose")
@needs(Role.ADMINISTRATOR)
def propose() -> ResponseReturnValue:
    """Show what the directory is, what the doctor finds, and the documents that would be."""
    form = Form(request.form)
    with form:
        wanted = _wanted(form)
        try:
            proposal = services().domain_proposals.propose(wanted)
        except (InvalidDomain, NoProposal, DirectoryError) as error:
            form.refuse(f"{error}.")
            return _page(form)
        if not proposal.documents:
            return _page(form, trial=proposal.trial)
        for place, secret in wanted.secrets.items():
            services().secrets.put(place.name, secret)
        return _proposed(form, proposal, proposal.text())
    return _page(form)


@blueprint.post("/create")
@needs(Role.ADMINISTRATOR)
def create() -> ResponseReturnValue:
    """Put the documents in force."""
    form = Form(request.form)
    text = form.secret("text").replace("\r\n", "\n")
    with form:
        loaded = parse(text, file="")
        if loaded.problems:
            raise InvalidDocuments(loaded.problems)
        names = [document.name for document in loaded.documents if document.kind == "Domain"]
        if not names:
            form.refuse("There is no document of the kind Domain.", "text")
            return _proposed(form, None, text)
        services().documents.apply(loaded.documents, author=me().name, comment="proposed from the directory")
        for document in loaded.documents:
            note("create", document.kind, document.name)
        flash(f"{names[0]} is connected. Next: see what its directory lacks.")
        return redirect(url_for("console.stores.show", name=names[0]))
    return _proposed(form, None, text)


def _wanted(form: Form) -> Wanted:
    bind, secrets = _bind(form)
    tls: dict[str, Any] = {"ca_file": form.text("ca_file")} if form.text("ca_file") else {}
    if form.has("start_tls"):
        tls["start_tls"] = True
    servers = tuple(line.strip() for line in form.text("servers").splitlines() if line.strip())
    return Wanted(form.text("name"), servers, bind, tls, form.text("base"), secrets=secrets)


def _bind(form: Form) -> tuple[Mapping[str, Any], Mapping[Reference, str]]:
    source, place = form.text("password_source"), form.text("password_place")
    if source in SECRET_SOURCES:
        return {"dn": form.text("bind_dn"), "password": {source: place}}, {}
    kept = Reference("stored", f"domains/{form.text('name')}/bind")
    return {"dn": form.text("bind_dn"), "password": kept.to_json()}, {kept: form.secret("password")}


def _page(form: Form, *, trial: Trial | None = None) -> ResponseReturnValue:
    return render_template("console/store_new.html", form=form, trial=trial), form.status


def _proposed(form: Form, proposal: DomainProposal | None, text: str) -> ResponseReturnValue:
    page = render_template("console/store_proposed.html", form=form, proposal=proposal, text=text)
    return page, form.status
