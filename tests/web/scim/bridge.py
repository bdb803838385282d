"""A Landbridge over a real directory, and a client that talks SCIM to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.access.scopes import ALL_SCOPES
from app.bootstrap import build
from app.directory.servers.directory import ServerDirectory
from app.services import Services
from app.settings import Settings
from app.store.document import Document
from app.store.loading import load
from app.testing.server import DirectoryServer

HOST = "https://bridge.example:9443"
CONFIG = Path(__file__).parents[3] / "config"
CLIENT_SECRET = "the client's secret"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


EXAMPLES = "MapExamples"
"""These go by the names of shipped maps, and hold for them as they are shipped."""


@dataclass(frozen=True)
class Bridge:
    """The service's application, a client of it, and what the client authenticates with."""

    app: Flask
    services: Services
    http: FlaskClient
    directory: DirectoryServer
    authorization: str = ""
    prefix: str = "/scim2"

    def close(self) -> None:
        """Let the connections go."""
        for domain in self.services.configurations.current().domains.values():
            if isinstance(domain.directory, ServerDirectory):
                domain.directory.close()
        self.services.database.dispose()

    def send(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        """Send a request as a SCIM client does."""
        sent = {**({"Authorization": self.authorization} if self.authorization else {}), **(headers or {})}
        if body is None:
            return self.http.open(self.prefix + path, method=method, base_url=HOST, headers=sent)
        sent.setdefault("Content-Type", "application/scim+json")
        if isinstance(body, bytes | str):
            return self.http.open(self.prefix + path, method=method, base_url=HOST, headers=sent, data=body)
        return self.http.open(self.prefix + path, method=method, base_url=HOST, headers=sent, json=body)

    def get(self, path: str, **headers: str) -> TestResponse:
        """Read; headers are written with underscores."""
        return self.send(
            "GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    def create(self, path: str = "/Users", **attributes: Any) -> dict[str, Any]:
        """Create a resource and return it."""
        answer = self.send("POST", path, attributes)
        assert answer.status_code == 201, answer.text
        return read(answer)

    def user(self, name: str, /, **attributes: Any) -> dict[str, Any]:
        """Create a user."""
        return self.create("/Users", schemas=[USER], userName=name, **attributes)

    def group(self, name: str, *members: str) -> dict[str, Any]:
        """Create a group with members."""
        return self.create(
            "/Groups", schemas=[GROUP], displayName=name, members=[{"value": member} for member in members]
        )

    def patch(self, path: str, *operations: Mapping[str, Any], **headers: str) -> TestResponse:
        """Change a resource."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, headers=named)

    def found(self, path: str) -> list[str]:
        """List, and return the names of what was found."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return names(answer)

    def with_scopes(self, *scopes: str) -> Bridge:
        """Return another client, whose token has these scopes only."""
        return replace(self, authorization=bearer(self.http, " ".join(scopes)))

    def stranger(self) -> Bridge:
        """Return a client without credentials."""
        return replace(self, authorization="")

    def at(self, prefix: str) -> Bridge:
        """Return the same client at another base path."""
        return replace(self, prefix=prefix)


def make_bridge(  # noqa: PLR0913 - what differs from suite to suite
    data_dir: Path,
    directory: DirectoryServer,
    *,
    bodies: Mapping[str, Mapping[str, Any]] | None = None,
    added: Iterable[Document] = (),
    schemas: tuple[Path, ...] = (),
    clock: Callable[[], datetime] | None = None,
    more_environ: Mapping[str, str] | None = None,
) -> Bridge:
    """Build the services with the shipped documents over a directory; ``bodies`` replaces some, by their names.

    Documents may be ``added``, and directories of ``schemas``.
    """
    shipped = load([CONFIG]).documents
    documents = [
        replace(found, body={**found.body, **(bodies or {}).get(found.name, {})})
        for found in shipped
        if found.kind != EXAMPLES
    ]
    services = build(
        Settings(data_dir=data_dir, schemas=schemas),
        environ={**environ(directory), **(more_environ or {})},
        clock=clock,
    )
    services.administrators.bootstrap("admin", "admin")
    services.documents.apply([*documents, *added], author="test")
    app = create_app(services)
    http = app.test_client()
    return Bridge(app, services, http, directory, bearer(http, " ".join(ALL_SCOPES)))


def environ(directory: DirectoryServer) -> dict[str, str]:
    """Give what the shipped documents refer to."""
    return {
        "LANDBRIDGE_LDAP_URL": directory.ldaps_uri,
        "LANDBRIDGE_LDAP_CA_FILE": str(directory.ca_file),
        "LANDBRIDGE_LDAP_BASE": directory.base_dn,
        "LANDBRIDGE_LDAP_BIND_DN": directory.bind_dn,
        "LANDBRIDGE_LDAP_BIND_PASSWORD": directory.bind_password,
        "LANDBRIDGE_DEMO_CLIENT_SECRET": CLIENT_SECRET,
    }


def bearer(http: FlaskClient, scope: str) -> str:
    """Get a token and write it as a header."""
    form = {"grant_type": "client_credentials", "scope": scope}
    answer = http.post("/oauth2/token", base_url=HOST, data=form, auth=("demo", CLIENT_SECRET))
    return f"Bearer {read(answer)['access_token']}"


def read(answer: TestResponse) -> dict[str, Any]:
    """Return the JSON object of an answer."""
    document = answer.json
    assert isinstance(document, dict), answer.text
    return document


def names(answer: TestResponse) -> list[str]:
    """Return the names of the resources in a list."""
    return [each.get("userName") or each.get("displayName") or "" for each in read(answer)["Resources"]]


def problem(answer: TestResponse) -> tuple[int, str | None]:
    """Return the status and the scimType of an error, which must be a well-formed one."""
    document = read(answer)
    assert document["schemas"] == [ERROR]
    assert document["status"] == str(answer.status_code)
    assert document["detail"]
    assert answer.content_type in {"application/scim+json", "application/json"}
    return answer.status_code, document.get("scimType")
