"""/Me over HTTP: a user's own resource; who is no user has none."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import fields, replace

import pytest

from app.access.application import Application
from app.access.callers import Caller, Callers
from app.access.owners import USER
from app.access.scopes import ALL_SCOPES
from app.services import Services
from app.web.current import EXTENSION
from tests.web.scim.bridge import ENTERPRISE, Bridge, problem, read

pytestmark = pytest.mark.directory
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
BODY = {"userName": "jo", "displayName": "New"}
PATCH = {"Operations": [{"op": "replace", "path": "displayName", "value": "New"}]}


class _OneUser(Callers):
    """Knows one token, of a user of the domain."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def by_token(self, access_token: str) -> Caller | None:
        """Return the user, whatever the token."""
        del access_token
        return Caller("jo", self._application, ALL_SCOPES, "token", USER)


class _Services(Services):
    """Services whose only caller is a user."""

    __slots__ = ()

    @property
    def callers(self) -> Callers:
        """Return who knows the user."""
        demo = self.applications.by_client_id("demo")
        assert demo is not None
        return _OneUser(demo)


@pytest.fixture
def jo(bridge: Bridge) -> Iterator[Bridge]:
    """Give a client that a user of the domain calls with."""
    values = {field.name: getattr(bridge.services, field.name) for field in fields(Services)}
    bridge.app.extensions[EXTENSION] = _Services(**values)
    yield replace(bridge, authorization="Bearer any")
    bridge.app.extensions[EXTENSION] = bridge.services


def body(method: str) -> object:
    """Give a method's body."""
    return {"POST": BODY, "PUT": BODY, "PATCH": PATCH}.get(method)


def test_me_is_the_caller_s_user(jo: Bridge) -> None:
    """All verbs do what they do at /Users/<id>, and the location stays that."""
    made = jo.user("jo")
    jo.user("other")

    assert read(jo.get("/Me?attributes=userName")) == {
        key: made[key] for key in ("schemas", "id", "userName")
    }
    assert jo.get("/Me").headers["Location"] == made["meta"]["location"]
    assert problem(jo.send("POST", "/Me", BODY)) == (409, "uniqueness")
    assert read(jo.send("PUT", "/Me", BODY))["displayName"] == "New"
    assert problem(jo.send("PATCH", "/Me", PATCH, headers={"If-Match": '"old"'})) == (412, None)
    assert jo.send("PATCH", "/Me", PATCH).status_code == 200
    assert jo.send("DELETE", "/Me").status_code == 204
    assert jo.found("/Users") == ["other"]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "userName", "value": "joe"},
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "value": {"displayName": "New", "title": "Chief"}},
        {"op": "add", "path": "emails", "value": [{"value": "boss@example.org", "type": "work"}]},
        {"op": "remove", "path": "name.familyName"},
        {"op": "add", "path": "externalId", "value": "another's"},
        {"op": "replace", "path": f"{ENTERPRISE}:employeeNumber", "value": "1"},
        {"op": "replace", "value": {ENTERPRISE: {"department": "Board"}}},
    ],
)
def test_what_users_may_not_change_of_themselves(jo: Bridge, operation: object) -> None:
    """It is refused with the name of the attribute, and nothing is changed."""
    made = jo.user("jo", title="Clerk")

    answer = jo.send("PATCH", "/Me", {"Operations": [operation]})

    assert problem(answer) == (403, None)
    assert "users may not change this of themselves" in read(answer)["detail"]
    assert read(jo.get("/Me")) == made


def test_a_put_by_the_user(jo: Bridge) -> None:
    """What the user may change is replaced, all else stays, and another value for it is refused."""
    made = jo.user("jo", title="Clerk", externalId="1", nickName="J", emails=[{"value": "jo@example.org"}])

    replaced = read(jo.send("PUT", "/Me", {**made, "displayName": "New", "nickName": None}))
    assert (replaced["displayName"], replaced["title"], replaced["emails"], replaced["externalId"]) == (
        "New",
        "Clerk",
        made["emails"],
        "1",
    )
    assert "nickName" not in replaced
    assert read(jo.send("PUT", "/Me", {"userName": "JO"}))["title"] == "Clerk"
    for other in ({"title": "Chief"}, {"externalId": "2"}, {ENTERPRISE: {"employeeNumber": "1"}}):
        answer = jo.send("PUT", "/Me", {"userName": "jo", **other})
        assert problem(answer) == (403, None)
        assert next(iter(other)) in read(answer)["detail"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_who_is_gone_has_no_resource(jo: Bridge, method: str) -> None:
    """A token may outlive its user."""
    assert problem(jo.send(method, "/Me", body(method))) == (404, None)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_application_has_no_resource(bridge: Bridge, method: str) -> None:
    """Not even where a user has the application's name."""
    bridge.user("demo")

    answer = bridge.send(method, "/Me", body(method))

    assert problem(answer) == (404, None)
    assert "application" in read(answer)["detail"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_administrator_has_no_resource(bridge: Bridge, method: str) -> None:
    """Not even where a user has the administrator's name."""
    bridge.user("admin")
    basic = "Basic " + b64encode(b"admin:admin").decode()

    answer = replace(bridge, authorization=basic).send(method, "/Me", body(method))

    assert problem(answer) == (404, None)
    assert "administers" in read(answer)["detail"]


def test_an_administrator_s_token_has_no_resource_either(bridge: Bridge) -> None:
    """The password grant changes nothing about who it is."""
    bridge.user("admin")
    form = {"grant_type": "password", "username": "admin", "password": "admin"}
    token = bridge.http.post("/oauth2/token", data=form, auth=("demo", "the client's secret"))

    answer = replace(bridge, authorization=f"Bearer {read(token)['access_token']}").get("/Me")

    assert problem(answer) == (404, None)


def sign_in(bridge: Bridge, name: str, password: str) -> Bridge:
    """Return a client with the token of a user of the directory."""
    form = {"grant_type": "password", "username": name, "password": password}
    token = bridge.http.post("/oauth2/token", data=form, auth=("demo", "the client's secret"))
    return replace(bridge, authorization=f"Bearer {read(token).get('access_token')}")


def test_a_user_signs_in(bridge: Bridge) -> None:
    """A user of the directory gets a token by its own password, in any case of its name, and may look after itself only."""
    made = bridge.user("jo", password="correct horse")
    jo = sign_in(bridge, "JO", "correct horse")

    assert read(jo.get("/Me"))["id"] == made["id"]
    assert jo.send("PATCH", "/Me", PATCH).status_code == 200
    assert problem(jo.get("/Users")) == (403, None)
    assert problem(jo.send("DELETE", "/Me")) == (403, None)


def test_who_may_not_sign_in(bridge: Bridge) -> None:
    """A wrong or empty password, an unknown name and a disabled user get no token; a token ends with its user's account."""
    made = bridge.user("jo", password="correct horse")
    jo = sign_in(bridge, "jo", "correct horse")
    for name, password in (("jo", "wrong"), ("jo", ""), ("nobody", "correct horse"), ("*", "correct horse")):
        assert problem(sign_in(bridge, name, password).get("/Me")) == (401, None)

    bridge.patch(f"/Users/{made['id']}", {"op": "replace", "path": "active", "value": False})

    assert problem(jo.get("/Me")) == (401, None)
    assert problem(sign_in(bridge, "jo", "correct horse").get("/Me")) == (401, None)


def test_me_has_its_methods(bridge: Bridge) -> None:
    """OPTIONS tells."""
    assert set(bridge.send("OPTIONS", "/Me").headers["Allow"].split(", ")) == {*METHODS, "OPTIONS"}
