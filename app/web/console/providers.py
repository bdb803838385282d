"""How people sign in: the identity providers, and the address that each of them sends people back to."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.access.identity_provider import KIND
from app.web.console.external import redirect_uri
from app.web.console.guard import needs
from app.web.current import services

blueprint = Blueprint("providers", __name__)


@blueprint.get("/sign-in")
@needs(Role.VIEWER)
def show() -> ResponseReturnValue:
    """Show all providers, those that are disabled too."""
    documents = services().documents.list(KIND)
    return render_template(
        "console/providers.html",
        kind=KIND,
        providers=documents,
        redirect_uris={each.name: redirect_uri(each.name) for each in documents},
        passwords=services().settings.password_login,
    )
