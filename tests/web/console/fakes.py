"""The console of a service over a directory in memory, and a browser without a window to look at it with."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from app import create_app
from app.access.administrators import Role
from app.bootstrap import build
from app.directory.dn import Dn
from app.directory.memory import MemoryDirectory
from app.directory.model import Add
from app.provisioning.configuration import CHECK_SECONDS
from app.settings import Settings
from tests.store.fakes import FrozenClock
from tests.waiting import join_background

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from app.services import Services

HOST = "https://bridge.example:9443"
CONFIG = Path(__file__).parents[3] / "config"
BASE = "dc=example,dc=org"
BIND_PASSWORD = "the directory's secret"
ENVIRON = {
    "LANDBRIDGE_LDAP_URL": "ldap://127.0.0.1:389",
    "LANDBRIDGE_LDAP_BASE": BASE,
    "LANDBRIDGE_LDAP_BIND_DN": f"cn=landbridge,{BASE}",
    "LANDBRIDGE_LDAP_BIND_PASSWORD": BIND_PASSWORD,
    "LANDBRIDGE_LDAP_CA_FILE": "/nowhere/ca.pem",
    "LANDBRIDGE_DEMO_CLIENT_SECRET": "the client's secret",
}
PASSWORDS = {Role.ADMINISTRATOR: "admin", Role.OPERATOR: "operator's", Role.VIEWER: "viewer's"}
NAMES = {Role.ADMINISTRATOR: "admin", Role.OPERATOR: "olga", Role.VIEWER: "vera"}
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Console:
    """The service's application, and one browser."""

    app: Flask
    services: Services
    clock: FrozenClock
    http: FlaskClient

    def close(self) -> None:
        """Let the store go, once nothing that was begun uses it."""
        join_background()
        self.services.database.dispose()

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.http.get(path, base_url=HOST)

    def text(self, path: str) -> str:
        """Return a page as it is written."""
        return self.get(path).text

    def post(self, path: str, **form: str | list[str]) -> TestResponse:
        """Send a form with this session's token, as a browser does."""
        return self.send(path, {**form, "csrf_token": self.token()})

    def send(self, path: str, form: dict[str, str | list[str]], *, referer: str = HOST + "/") -> TestResponse:
        """Send a form as it is."""
        return self.http.post(path, data=form, base_url=HOST, headers={"Referer": referer})

    def token(self) -> str:
        """Read the session's token from a form that everybody sees."""
        page = self.text("/console/password")
        found = _TOKEN.search(page) or _TOKEN.search(self.text("/console/login"))
        assert found
        return unescape(found[1])

    def sign_in(self, role: Role = Role.ADMINISTRATOR, *, wanted: str = "") -> TestResponse:
        """Sign in as somebody of that role."""
        return self.post("/console/login", name=NAMES[role], password=PASSWORDS[role], next=wanted)

    def browser(self) -> Console:
        """Open another browser."""
        return replace(self, http=self.app.test_client())

    def create_user(self, **attributes: str) -> str:
        """Create a user on the page; return where it is shown."""
        answer = self.post("/console/users/PRIMARY/new", **attributes)
        assert answer.status_code == 302, answer.text
        return answer.location


def prepare(directory: Path) -> None:
    """Make a store with one administrator for each role."""
    services = build(Settings(data_dir=directory), environ=ENVIRON)
    for role in (Role.ADMINISTRATOR, Role.OPERATOR, Role.VIEWER):
        services.administrators.add(NAMES[role], PASSWORDS[role], role)
    services.database.dispose()


def open_console(directory: Path) -> Console:
    """Open the console of a service on a prepared store."""
    clock = FrozenClock()
    services = build(Settings(data_dir=directory), environ=ENVIRON, clock=clock)
    _connect_to_memory(services)
    app = create_app(services)
    return Console(app, services, clock, app.test_client())


def _connect_to_memory(services: Services) -> None:
    """Have domains kept in memory, and what is put in force be so at once."""
    memory = MemoryDirectory(Dn.parse(BASE))
    for name in ("People", "Groups"):
        attributes = {"objectClass": (b"organizationalUnit",), "ou": (name.encode(),)}
        memory.execute(Add(Dn.parse(f"ou={name},{BASE}"), attributes))
    services.configurations._monotonic = count(step=CHECK_SECONDS).__next__  # noqa: SLF001 - seconds pass between looks
    services.configurations._connect = lambda _settings: memory  # noqa: SLF001 - the composition root knows LDAP only
