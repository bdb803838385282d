"""Applications: the list, making one, its General tab, deleting it. The other tabs have modules of their own."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.access.application import Application
from app.access.client_templates import TEMPLATES
from app.store.documents import InvalidDocuments
from app.web.console.connect import create_from
from app.web.console.directory import domain_names
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.recording import note
from app.web.current import services

KIND = "Application"
blueprint = Blueprint("applications", __name__)


@blueprint.get("/applications")
@needs(Role.VIEWER)
def list_() -> ResponseReturnValue:
    """Show all applications."""
    return render_template("console/applications.html", applications=services().applications.list())


@blueprint.get("/new-application")
@needs(Role.ADMINISTRATOR)
def new() -> ResponseReturnValue:
    """Ask for a new application's names."""
    return _new_page(Form())


@blueprint.post("/new-application")
@needs(Role.ADMINISTRATOR)
def create() -> ResponseReturnValue:
    """Make an application."""
    form = Form(request.form)
    template = TEMPLATES.get(form.text("template"))
    with form:
        return create_from(template, form) if template else _created(form)
    return _new_page(form)


@blueprint.get("/applications/<name>")
@needs(Role.VIEWER)
def general(name: str) -> ResponseReturnValue:
    """Show the General tab."""
    return _general(services().applications.get(name), Form())


@blueprint.post("/applications/<name>")
@needs(Role.ADMINISTRATOR)
def update(name: str) -> ResponseReturnValue:
    """Change what the General tab shows."""
    application, form = services().applications.get(name), Form(request.form)
    with form:
        _change(application, form)
        flash(f"{services().applications.get(name).title} is updated.")
        return redirect(url_for(".general", name=name))
    return _general(application, form)


@blueprint.get("/applications/<name>/delete")
@needs(Role.ADMINISTRATOR)
def confirm_delete(name: str) -> ResponseReturnValue:
    """Ask whether to delete an application."""
    application = services().applications.get(name)
    return render_template("console/application_delete.html", application=application, form=Form())


@blueprint.post("/applications/<name>/delete")
@needs(Role.ADMINISTRATOR)
def delete(name: str) -> ResponseReturnValue:
    """Delete an application with its secrets."""
    application, form = services().applications.get(name), Form()
    with form:
        services().applications.delete(name, author=me().name)
        note("delete", KIND, name)
        flash(f"{application.title} is deleted.")
        return redirect(url_for(".list_"))
    return render_template("console/application_delete.html", application=application, form=form), form.status


def _created(form: Form) -> ResponseReturnValue:
    applications, name = services().applications, form.text("name")
    made = applications.create(name, author=me().name, display_name=form.text("display_name"))
    if form.text("domain"):
        wanted = replace(made.provisioning, domain=form.text("domain"))
        try:
            applications.set_provisioning(name, wanted, author=me().name)
        except InvalidDocuments:
            applications.delete(name, author=me().name)
            raise
    note("create", KIND, name)
    next_step = "say which APIs it may use" if form.text("domain") else "choose where it provisions users to"
    flash(f"{made.title} is created. Next: {next_step}.")
    return redirect(url_for(".general", name=name))


def _new_page(form: Form) -> ResponseReturnValue:
    page = render_template(
        "console/application_new.html", form=form, templates=TEMPLATES.values(), domains=domain_names()
    )
    return page, form.status


def _change(application: Application, form: Form) -> None:
    applications, author = services().applications, me().name
    if form.text("display_name") != application.display_name:
        applications.rename(application.name, form.text("display_name"), author=author)
        note("rename", KIND, application.name)
    if form.has("enabled") != application.enabled:
        applications.set_enabled(application.name, enabled=form.has("enabled"), author=author)
        note("enable" if form.has("enabled") else "disable", KIND, application.name)


def _general(application: Application, form: Form) -> ResponseReturnValue:
    page = render_template("console/application_general.html", application=application, form=form)
    return page, form.status
