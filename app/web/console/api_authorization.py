"""An application's API Authorization tab: which API resources it is authorised for, with which scopes."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.access.application import ALL
from app.access.scopes import API_SCOPES
from app.web.console.forms import Form
from app.web.console.guard import me, needs
from app.web.console.recording import note
from app.web.current import services

blueprint = Blueprint("api_authorization", __name__, url_prefix="/applications/<name>/api-authorization")


@blueprint.get("")
@needs(Role.VIEWER)
def show(name: str) -> ResponseReturnValue:
    """Show the tab."""
    return _page(name, Form())


@blueprint.post("")
@needs(Role.ADMINISTRATOR)
def update(name: str) -> ResponseReturnValue:
    """Set the scopes of all API resources."""
    form = Form(request.form)
    with form:
        apis = authorised(form)
        services().applications.set_apis(name, apis, author=me().name)
        note("update", "API authorization", name, detail=", ".join(apis))
        flash("The API authorization is updated.")
        return redirect(url_for(".show", name=name))
    return _page(name, form)


def authorised(form: Form) -> dict[str, Sequence[str]]:
    """Read the ticked scopes of each API resource; "Authorise all" and "Remove all" are buttons of the same form."""
    chosen: dict[str, Sequence[str]] = {
        api: form.chosen(api) for api in API_SCOPES if api != form.text("remove")
    }
    if form.text("authorise") in API_SCOPES:
        chosen[form.text("authorise")] = API_SCOPES[form.text("authorise")]
    return {api: _in_short(api, scopes) for api, scopes in chosen.items() if scopes}


def _in_short(api: str, scopes: Sequence[str]) -> Sequence[str]:
    return ALL if set(scopes) == set(API_SCOPES[api]) else scopes


def _page(name: str, form: Form) -> ResponseReturnValue:
    page = render_template(
        "console/application_apis.html",
        application=services().applications.get(name),
        apis=API_SCOPES,
        form=form,
    )
    return page, form.status
