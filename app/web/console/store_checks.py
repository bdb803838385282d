"""Looking at a user store's directory from its page, and preparing it: what came of it is shown, and nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.directory.errors import DirectoryError
from app.directory.plan import PlanFailed
from app.preparation.pace import STEADY
from app.preparation.preparations import Administrator, Administrators
from app.preparation.work import Work
from app.provisioning.domain import InvalidDomain
from app.web.console.forms import Form
from app.web.console.guard import needs
from app.web.console.recording import note
from app.web.current import services

KIND = "Domain"
blueprint = Blueprint("store_checks", __name__, url_prefix="/user-stores/<name>")


@blueprint.post("/test")
@needs(Role.OPERATOR)
def test(name: str) -> ResponseReturnValue:
    """Test the connection, and show each step's result."""
    return _looked(name, Form(request.form), "test", lambda: services().domain_proposals.test_domain(name))


@blueprint.post("/doctor")
@needs(Role.OPERATOR)
def doctor(name: str) -> ResponseReturnValue:
    """Have the doctor look, and show the findings."""
    form = Form(request.form)
    is_probing = form.has("write_probe")
    return _looked(
        name,
        form,
        "findings",
        lambda: services().preparations.examine(name, _who(form), tries_writing=is_probing, pace=STEADY),
    )


@blueprint.post("/prepare")
@needs(Role.ADMINISTRATOR)
def prepare(name: str) -> ResponseReturnValue:
    """Show what the directory needs, as LDIF."""
    form = Form(request.form)
    return _looked(name, form, "work", lambda: _work(name, form))


@blueprint.post("/prepare/apply")
@needs(Role.ADMINISTRATOR)
def apply(name: str) -> ResponseReturnValue:
    """Do what was shown, and show what takes it back."""
    form = Form(request.form)
    if not form.has("confirmed"):
        form.refuse("Say that you have read it, and want it done.", "confirmed")
        return _looked(name, form, "work", lambda: _work(name, form))

    def done() -> Work:
        work = _work(name, form)
        if work.digest != form.text("digest"):
            form.refuse("The directory has changed since: this is what it needs now.")
            return work
        services().preparations.apply(name, work, _who(form))
        note("prepare", KIND, name, detail=f"{len(work.tasks)} steps")
        return work

    return _looked(name, form, "work", done, is_done=True)


def _work(name: str, form: Form) -> Work:
    return services().preparations.work(name, _who(form), extends_schema=form.has("extend_schema"))


def _who(form: Form) -> Administrators:
    dn = form.text("admin_dn")
    data = form.text("data_admin_dn")
    return Administrators(
        Administrator(dn, form.secret("admin_password")) if dn else None,
        Administrator(data, form.secret("data_admin_password")) if data else None,
    )


def _looked(
    name: str, form: Form, what: str, look: Callable[[], object], *, is_done: bool = False
) -> ResponseReturnValue:
    """Show what came of a look, or why nothing did."""
    if services().documents.current().get(KIND, name) is None:
        abort(404)
    found: object = None
    try:
        found = look()
    except PlanFailed as error:
        form.refuse(_failure(error), status=HTTPStatus.BAD_GATEWAY)
    except (DirectoryError, InvalidDomain, ValueError) as error:
        form.refuse(f"{error}.", status=HTTPStatus.BAD_GATEWAY)
    page = render_template(
        "console/store_check.html",
        name=name,
        form=form,
        what=what,
        found=found,
        is_done=is_done and not form.problems,
    )
    return page, form.status


def _failure(error: PlanFailed) -> str:
    if error.undone:
        return f"{error.cause}. The directory is as it was."
    names = ", ".join(str(step.operation.dn) for step in error.left)
    return f"{error.cause}. Still in force, or perhaps: {names}."
