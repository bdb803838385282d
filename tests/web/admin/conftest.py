"""The Admin API of a service over a directory in memory, for each role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from app.access.administrators import Role
from tests.web.console.conftest import prepared as prepared_fixture
from tests.web.console.conftest import shipped as shipped_fixture
from tests.web.console.conftest import stranger as stranger_fixture
from tests.web.console.fakes import HOST, NAMES, PASSWORDS

if TYPE_CHECKING:
    from app.services import Services
    from tests.web.console.fakes import Console

prepared, shipped, stranger = prepared_fixture, shipped_fixture, stranger_fixture


@dataclass
class Admin:
    """A client of the API."""

    console: Console
    auth: tuple[str, str] | None

    @property
    def services(self) -> Services:
        """The services behind it."""
        return self.console.services

    def send(self, method: str, path: str, body: object = None, **arguments: Any) -> Any:
        """Send a request."""
        if body is not None:
            arguments["json"] = body
        return self.console.http.open(
            f"/admin{path}", method=method, auth=self.auth, base_url=HOST, **arguments
        )

    def get(self, path: str) -> Any:
        """Read what must be there."""
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, body: object = None) -> Any:
        """Do what must succeed."""
        answer = self.send("POST", path, body)
        assert answer.status_code in {200, 201, 204}, answer.text
        return answer.json

    def role(self, role: Role) -> Admin:
        """Return somebody else's client."""
        return Admin(self.console, (NAMES[role], PASSWORDS[role]))


@pytest.fixture
def admin(stranger: Console) -> Admin:
    """Be an administrator."""
    return Admin(stranger, (NAMES[Role.ADMINISTRATOR], PASSWORDS[Role.ADMINISTRATOR]))
