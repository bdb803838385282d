"""Who may use the Admin API, and how its refusals and its description look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from app.access.administrators import Role
from app.access.scopes import ADMIN
from app.web.admin.site import OPERATIONS
from tests.web.console.fakes import HOST, NAMES, PASSWORDS

if TYPE_CHECKING:
    from app.web.admin.routes import Operation
    from tests.web.admin.conftest import Admin

_LOWER = {Role.OPERATOR: Role.VIEWER, Role.ADMINISTRATOR: Role.OPERATOR}


def _path(operation: Operation) -> str:
    return re.sub(r"<int:\w+>", "1", re.sub(r"<\w+>", "none", operation.path))


def test_strangers_get_nowhere(admin: Admin) -> None:
    """Every operation asks who it is."""
    admin.auth = None

    statuses = {(each.method, each.path): admin.send(each.method, _path(each)) for each in OPERATIONS}

    assert {answer.status_code for answer in statuses.values()} == {401}
    assert {answer.content_type for answer in statuses.values()} == {"application/problem+json"}


def test_a_lower_role_is_refused(admin: Admin) -> None:
    """Every operation asks for its role, before it looks at anything else."""
    refused = {
        (each.method, each.path): admin.role(_LOWER[each.role]).send(each.method, _path(each)).status_code
        for each in OPERATIONS
        if each.role is not Role.VIEWER
    }

    assert set(refused.values()) == {403}


def test_every_change_asks_for_more_than_looking(admin: Admin) -> None:
    """What a viewer may send are questions."""
    del admin
    asked = {(each.method, each.path) for each in OPERATIONS if each.role is Role.VIEWER}

    assert {(method, path) for method, path in asked if method != "GET"} == {
        ("POST", "/diff"),
        ("POST", "/maps/<name>/explain"),
    }


def _token(admin: Admin, scope: str, role: Role = Role.ADMINISTRATOR, **form: str) -> str:
    demo = admin.services.applications.get("demo")
    apis: dict[str, Any] = {**demo.apis, "Landbridge Admin API": "all"}
    admin.services.applications.set_apis("demo", apis, author="test")
    said = {"grant_type": "password", "username": NAMES[role], "password": PASSWORDS[role], "scope": scope}
    secret = admin.services.applications.client_secret("demo") or ""
    answer = admin.console.http.post(
        "/oauth2/token", data={**said, **form}, auth=("demo", secret), base_url=HOST
    )
    return str((answer.json or {})["access_token"])


def _status(admin: Admin, token: str, path: str = "/audit") -> int:
    admin.auth = None
    answer = admin.send("GET", path, headers={"Authorization": f"Bearer {token}"})
    return int(answer.status_code)


def test_a_token_of_an_administrator_will_do(admin: Admin) -> None:
    """If it has the scope; the owner's role decides on the rest."""
    assert _status(admin, _token(admin, ADMIN)) == 200
    assert _status(admin, _token(admin, ADMIN), "/administrators") == 200
    assert _status(admin, _token(admin, ADMIN, Role.VIEWER)) == 200
    assert _status(admin, _token(admin, ADMIN, Role.VIEWER), "/administrators") == 403


def test_a_token_for_something_else_will_not(admin: Admin) -> None:
    """A token that may read users is not good for changing the configuration."""
    assert _status(admin, _token(admin, "internal_user_mgt_view")) == 403


def test_an_application_is_no_administrator(admin: Admin) -> None:
    """Whatever scopes it has: there is nobody behind it whose role could be asked for."""
    token = _token(admin, ADMIN, grant_type="client_credentials")

    assert _status(admin, token) == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://bridge.example:9443"])
def test_other_sites_change_nothing(admin: Admin, origin: str) -> None:
    """A browser keeps a password and sends it along with what any site has it send."""
    answer = admin.send("DELETE", "/applications/demo", headers={"Origin": origin})

    assert answer.status_code == 403
    assert admin.services.applications.get("demo").enabled
    assert admin.send("DELETE", "/applications/demo", headers={"Origin": HOST}).status_code == 204


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param({"data": {"name": "x"}}, 415, id="form"),
        pytest.param({"data": "{", "content_type": "application/json"}, 400, id="no-json"),
        pytest.param({"data": "[]", "content_type": "application/json"}, 400, id="no-object"),
        pytest.param({"json": {"name": "x", "colour": "blue"}}, 422, id="unknown-key"),
        pytest.param({"json": {"name": 7}}, 422, id="wrong-type"),
        pytest.param({"json": {}}, 422, id="missing"),
    ],
)
def test_bodies_are_checked(admin: Admin, arguments: dict[str, Any], status: int) -> None:
    """What is wrong is said with its key, and nothing is made."""
    answer = admin.send("POST", "/applications", **arguments)

    assert answer.status_code == status
    assert answer.json["status"] == status
    if status == 422:
        assert answer.json["problems"][0]["key"] in {"name", "colour"}
    assert [each["name"] for each in admin.get("/applications")] == ["demo"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/none", 404),
        ("PUT", "/audit", 405),
        ("GET", "/documents/Nothing", 404),
        ("GET", "/documents/Domain/NONE", 404),
        ("GET", "/documents/Domain/PRIMARY?revision=99", 404),
        ("GET", "/documents/Domain/NONE/revisions", 404),
        ("DELETE", "/documents/Domain/NONE", 404),
        ("GET", "/applications/none", 404),
        ("DELETE", "/applications/demo/secrets/none", 404),
        ("DELETE", "/applications/demo/tokens/none", 404),
        ("GET", "/domains/NONE", 404),
        ("GET", "/domains/PRIMARY/resources/Robot", 404),
        ("GET", "/domains/PRIMARY/resources/User?filter=x", 400),
        ("GET", "/maps/none/check", 404),
        ("GET", "/maps/openldap-user/check?domain=NONE", 404),
        ("GET", "/audit?limit=many", 400),
        ("GET", "/audit?since=yesterday", 400),
        ("GET", "/audit?since=2026-01-01T00:00:00", 400),
        ("GET", "/guard?state=lost", 400),
        ("GET", "/audit/9/undo", 404),
        ("POST", "/audit/9/undo", 404),
        ("POST", "/guard/9/approve", 404),
        ("GET", "/outbox/9", 404),
        ("GET", "/outbox?state=lost", 400),
        ("POST", "/connectors/none/pause", 404),
        ("DELETE", "/administrators/none", 404),
    ],
)
def test_refusals_are_problem_documents(admin: Admin, method: str, path: str, status: int) -> None:
    """RFC 9457, whatever went wrong."""
    answer = admin.send(method, path)

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["detail"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_description_is_of_all_operations(admin: Admin) -> None:
    """With their parameters and bodies."""
    described = admin.get("/openapi.json")

    operations = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    assert operations == {
        (each.method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", each.path)) for each in OPERATIONS
    }
    create = described["paths"]["/applications"]["post"]
    properties = create["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert properties["grants"]["items"]["enum"] == ["password", "client_credentials", "refresh_token"]
    assert described["paths"]["/guard/{number}"]["get"]["parameters"] == [
        {"in": "path", "name": "number", "required": True, "schema": {"type": "integer"}}
    ]
    assert described["servers"] == [{"url": f"{HOST}/admin"}]
    identifiers = [each["operationId"] for path in described["paths"].values() for each in path.values()]
    assert len(identifiers) == len(set(identifiers))
