"""A small application around the services, with one view for each kind of guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask

from app.access.administrators import Role
from app.access.scopes import API_SCOPES, Endpoint, Operation
from app.web import auth, rates
from app.web.current import EXTENSION
from app.web.oauth.routes import create_blueprint
from app.web.scim import errors as scim_errors

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.access.fakes import Access

HOST = "https://bridge.example:9443"
PASSWORD = "pä ss:wörd"
ALL_APIS = dict.fromkeys(API_SCOPES, "all")


@dataclass
class Site:
    """The application of a test with its services and an HTTP client."""

    access: Access
    http: FlaskClient
    client_id: str
    client_secret: str

    def token(self, **form: str) -> Any:
        """Ask for a token as the test's application."""
        return self.post("/oauth2/token", **form)

    def post(self, path: str, **form: str) -> Any:
        """Send a form as the test's application."""
        return self.http.post(path, data=form, auth=(self.client_id, self.client_secret), base_url=HOST)

    def password_token(self, **form: str) -> Any:
        """Ask for a token as the guide does, and return the answer's body."""
        return self.token(grant_type="password", username="admin", password="admin", **form).json

    def viewer(self) -> tuple[str, str]:
        """Make an administrator who may only look; return name and password."""
        self.access.administrators.add("viewer", PASSWORD, Role.VIEWER)
        return "viewer", PASSWORD

    def viewer_token(self, **form: str) -> Any:
        """Ask for a token as one who may only look, and return the answer's body."""
        name, password = self.viewer()
        return self.token(grant_type="password", username=name, password=password, **form).json

    def get(self, path: str, authorization: str = "") -> Any:
        """Ask for a page."""
        headers = {"Authorization": authorization} if authorization else {}
        return self.http.get(path, headers=headers, base_url=HOST)


def make_site(access: Access) -> Site:
    """Make an application with an administrator ``admin`` and a client that may do everything."""
    access.domain()
    access.administrators.bootstrap("admin", "admin")
    application = access.applications.create("hr", author="ann")
    access.applications.set_grants("hr", ["password", "client_credentials", "refresh_token"], author="ann")
    access.applications.set_apis("hr", ALL_APIS, author="ann")
    secret = access.applications.client_secret("hr") or ""
    return Site(access, _make_app(access).test_client(), application.client_id or "", secret)


def _make_app(access: Access) -> Flask:
    app = Flask("test")
    app.extensions[EXTENSION] = access
    app.register_blueprint(create_blueprint())
    scim_errors.init_app(app)
    rates.init_app(app)
    auth.init_app(app)
    _add_views(app)
    return app


def _add_views(app: Flask) -> None:
    def who() -> dict[str, Any]:
        caller = auth.caller()
        return {"subject": caller.subject, "application": caller.application.name, "kind": caller.kind}

    def bulk() -> dict[str, Any]:
        auth.authorise(Endpoint.USERS, Operation.DELETE)
        return who()

    views = {
        "/list": auth.requires(Endpoint.USERS, Operation.LIST)(who),
        "/delete": auth.requires(Endpoint.USERS, Operation.DELETE)(who),
        "/known": auth.authenticated(who),
        "/bulk": auth.requires(Endpoint.BULK, Operation.CREATE)(bulk),
        "/open": auth.requires(Endpoint.SERVICE_PROVIDER_CONFIG, Operation.VIEW)(dict),
        "/forgotten": who,
    }
    for path, view in views.items():
        app.add_url_rule(path, path, view, methods=["GET", "OPTIONS"], provide_automatic_options=False)
