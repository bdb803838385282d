"""An application's Connect tab: what to paste into its client, field by field, and a new application from a template."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.access.application import Application
from app.access.client_templates import TEMPLATES, Template
from app.access.onboarding import pasted, template_of
from app.web.console.directory import service_url
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.recording import note
from app.web.current import services

blueprint = Blueprint("connect", __name__, url_prefix="/applications/<name>/connect")


@blueprint.get("")
@needs(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """Show the tab: without secrets, for its own kind of client or another."""
    application = services().applications.get(name)
    chosen = TEMPLATES.get(request.args.get("client", ""), template_of(application))
    return page(application, chosen, {})


def create_from(template: Template, form: Form) -> ResponseReturnValue:
    """Make an application of a kind, and show what its client wants to be told, this once with its token."""
    made = services().onboarding.create(
        template,
        form.text("name"),
        author=me().name,
        display_name=form.text("display_name"),
        domain=form.text("domain") or None,
    )
    name = made.application.name
    note("update" if template.is_resident else "create", "Application", name, detail=template.title)
    if made.token:
        note("create", "Token", f"{name}: {template.token_name}")
    flash(f"{made.application.title} is ready. Now tell {template.title} about it.")
    secrets = {"token": made.token, "client_secret": services().applications.client_secret(name) or ""}
    return page(made.application, template, secrets)


def page(application: Application, template: Template, secrets: Mapping[str, str]) -> ResponseReturnValue:
    """Show what goes where in the client's form."""
    return render_template(
        "console/application_connect.html",
        application=application,
        template=template,
        templates=TEMPLATES.values(),
        pasted=pasted(template, application, service_url(), secrets),
        form=Form(),
    )
