"""Signing in by an identity provider: away to it, and back with its answer."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.access.identity_provider import IdentityProvider
from app.access.openid import Begun, Denied, NotAdmitted, NotBegun, SignInFailed, Unavailable, Untrusted
from app.telemetry import get_logger
from app.web.addresses import remote_address
from app.web.console.account import login_page
from app.web.console.forms import Form
from app.web.console.guard import safe_next
from app.web.console.recording import SESSION, note
from app.web.console.sessions import END_URL, sign_in_by, signed_in
from app.web.current import services

blueprint = Blueprint("external", __name__)
_log = get_logger(__name__)
_BEGUN, _NEXT = "begun", "next"

_SAID: dict[type[SignInFailed], tuple[HTTPStatus, str]] = {
    NotBegun: (
        HTTPStatus.BAD_REQUEST,
        "This sign-in was not begun in this browser, took more than ten minutes, or was finished before. Begin again.",
    ),
    Denied: (HTTPStatus.FORBIDDEN, "{label} did not let you in, or you turned back there."),
    Unavailable: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "{label} cannot be asked at present. Try again later, or ask an administrator to look into the log.",
    ),
    Untrusted: (
        HTTPStatus.FORBIDDEN,
        "The answer of {label} could not be verified, so nobody was signed in. The log says why.",
    ),
    NotAdmitted: (
        HTTPStatus.FORBIDDEN,
        "{label} knows you, but none of your roles there opens Landbridge. Ask an administrator for one.",
    ),
}


@blueprint.get("/login/<provider>")
def begin(provider: str) -> ResponseReturnValue:
    """Send the browser to a provider, and have it remember what it was sent with."""
    wanted = safe_next(request.args.get("next", ""))
    if signed_in():
        return redirect(wanted)
    asked = _provider(provider)
    try:
        url, begun = services().openid.begin(asked, redirect_uri(provider))
    except SignInFailed as error:
        return _refused(asked, error, wanted=wanted)
    session[_BEGUN], session[_NEXT] = begun.to_json(), wanted
    return redirect(url)


@blueprint.get("/login/<provider>/answer")
def finish(provider: str) -> ResponseReturnValue:
    """Begin a session for whom the provider vouches for."""
    asked, wanted = _provider(provider), session.pop(_NEXT, "")
    kept = session.pop(_BEGUN, None)
    try:
        begun = Begun.read(kept) if kept else None
        person = services().openid.finish(asked, begun, answer=request.args)
    except SignInFailed as error:
        return _refused(asked, error, wanted=wanted)
    sign_in_by(asked, person.administrator)
    session[END_URL] = services().openid.end_url(asked)
    note("start", SESSION, person.administrator.name, detail=f"subject {person.subject} of {asked.issuer}")
    return redirect(safe_next(wanted))


def _provider(name: str) -> IdentityProvider:
    return services().identity_providers.get(name) or abort(404)


def redirect_uri(provider: str) -> str:
    """Return where a provider sends people back to."""
    path = url_for("console.external.finish", provider=provider)
    return (services().settings.public_url or request.host_url).rstrip("/") + path


def _refused(provider: IdentityProvider, error: SignInFailed, *, wanted: str) -> ResponseReturnValue:
    kind = type(error).__name__
    _log.warning(
        "sign_in_refused", remote=remote_address(), provider=provider.name, kind=kind, reason=str(error)
    )
    status, said = _SAID[type(error)]
    form = Form()
    form.refuse(said.format(label=provider.label), status=status)
    return login_page(form, wanted)
