"""Real peers: a second Landbridge by HTTPS and OAuth, and a second directory, OpenLDAP or Active Directory."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Thread
from time import sleep
from typing import Any

import pytest
from werkzeug.serving import make_server

from app.outbound.references import ids_in
from app.provisioning.target import Query
from app.scim.resource import Resource
from app.store.document import Document
from app.store.loading import load
from app.testing.samba import SambaAdContainer
from app.testing.server import DirectoryServer
from app.testing.slapd import Slapd
from app.web.certificate import ensure_certificate
from tests.outbound.bridges import ENVIRON, application, plain, proxy_bridge
from tests.web.scim.bridge import CLIENT_SECRET, CONFIG, ENTERPRISE, USER, Bridge, make_bridge, problem, read

pytestmark = pytest.mark.directory


@contextmanager
def served(bridge: Bridge, directory: Path) -> Iterator[tuple[str, Path]]:
    """Serve an application by HTTPS; yield its base URL and the certificate to trust."""
    certificate, key = ensure_certificate(directory, host_names=["localhost"], now=datetime.now(UTC))
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = make_server("127.0.0.1", 0, bridge.app, threaded=True, ssl_context=context)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}", certificate
    server.shutdown()
    server.server_close()
    thread.join()


def landbridge(url: str, ca_file: Path | None, **body: Any) -> Document:
    """Describe a Landbridge as a connector, which asks for its tokens."""
    settings: dict[str, Any] = {
        "url": f"{url}/scim2",
        "authentication": {
            "method": "client_credentials",
            "token_url": f"{url}/oauth2/token",
            "client_id": "demo",
            "client_secret": {"env": "LANDBRIDGE_DEMO_CLIENT_SECRET"},
        },
    }
    if ca_file is not None:
        settings["tls"] = {"ca_file": str(ca_file)}
    return Document("Connector", "hq", {"type": "scim2", "blocking": True, "settings": settings, **body})


@pytest.fixture
def hq(slapd: Slapd, tmp_path: Path) -> Iterator[tuple[Bridge, str, Path]]:
    """Serve a Landbridge over slapd."""
    slapd.clear()
    bridge = make_bridge(tmp_path / "hq", slapd)
    with served(bridge, tmp_path / "tls") as (url, certificate):
        yield bridge, url, certificate
    bridge.close()


def test_landbridge_to_landbridge(hq: tuple[Bridge, str, Path], tmp_path: Path) -> None:
    """Users and groups go through two Landbridges into a directory, and come back; tokens are fetched on the way."""
    there, url, certificate = hq
    with proxy_bridge(tmp_path / "here", landbridge(url, certificate), application("hq")) as here:
        boss = here.user("boss")
        jo = here.user("jo", password="secret-1", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
        group = here.group("staff", jo["id"], boss["id"])
        here.patch(f"/Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{boss["id"]}"]'})
        here.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"})

        shown = read(here.get(f"/Users/{jo['id']}"))
        [found] = read(there.get('/Users?filter=userName eq "jo"'))["Resources"]
        members = read(here.get(f"/Groups/{group['id']}"))["members"]

        assert found["title"] == shown["title"] == "Chief"
        assert shown[ENTERPRISE]["manager"]["value"] == boss["id"]
        assert [each["value"] for each in members] == [jo["id"]]
        assert [each["value"] for each in shown["groups"]] == [group["id"]]
        assert there.services.users.authenticate("PRIMARY", "jo", "secret-1") == "jo"

        assert here.send("DELETE", f"/Users/{jo['id']}").status_code == 204
        assert there.found("/Users?sortBy=userName") == ["boss"]


def test_a_certificate_that_nobody_vouches_for(hq: tuple[Bridge, str, Path], tmp_path: Path) -> None:
    """Nothing is sent to a service whose certificate is not trusted."""
    _, url, _ = hq
    with proxy_bridge(tmp_path / "here", landbridge(url, None), application("hq")) as here:
        answer = here.get("/Users")

    assert problem(answer)[0] == 503
    assert "The connector hq said: " in read(answer)["detail"]


def test_credentials_that_are_refused(hq: tuple[Bridge, str, Path], tmp_path: Path) -> None:
    """A wrong secret is the connector's fault, not the client's."""
    _, url, certificate = hq
    environ = {**ENVIRON, "WRONG": "wrong"}
    document = landbridge(url, certificate)
    document.body["settings"]["authentication"]["client_secret"] = {"env": "WRONG"}
    with proxy_bridge(tmp_path / "here", document, application("hq"), environ=environ) as here:
        answer = here.get("/Users")

    assert problem(answer)[0] == 503
    assert "gave no token" in read(answer)["detail"]
    assert CLIENT_SECRET not in answer.text


@pytest.fixture(scope="module")
def second_slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Run a second directory."""
    with Slapd(tmp_path_factory.mktemp("branch"), durable=False) as server:
        yield server


@pytest.fixture(
    params=[
        pytest.param("second_slapd", id="openldap"),
        pytest.param("samba_ad", id="active-directory", marks=pytest.mark.container),
    ]
)
def branch(request: pytest.FixtureRequest) -> DirectoryServer:
    """Give a second directory, which is empty."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, DirectoryServer)
    found.clear()
    return found


def domain(server: DirectoryServer, **body: Any) -> Document:
    """Describe the second directory."""
    is_ad = isinstance(server, SambaAdContainer)
    maps = (
        {"User": "ad-user", "Group": "ad-group"}
        if is_ad
        else {"User": "openldap-user", "Group": "openldap-group"}
    )
    return Document(
        "Domain",
        "BRANCH",
        {
            "product": "active-directory" if is_ad else "openldap",
            "servers": [server.ldaps_uri],
            "base": server.base_dn,
            "bind": {"dn": server.bind_dn, "password": {"env": "BRANCH_PASSWORD"}},
            "tls": {"ca_file": str(server.ca_file)},
            "maps": maps,
            **body,
        },
    )


def second(**body: Any) -> Document:
    """Describe the second directory as a connector."""
    return Document("Connector", "branch", {"type": "ldap", "settings": {"domain": "BRANCH"}, **body})


@pytest.fixture
def following(slapd: Slapd, branch: DirectoryServer, tmp_path: Path) -> Iterator[Bridge]:
    """Give a Landbridge over one directory which another one follows."""
    slapd.clear()
    bridge = make_bridge(
        tmp_path,
        slapd,
        bodies={"demo": {"provisioning": {"domain": "PRIMARY", "connectors": ["branch"]}}},
        added=[domain(branch), second()],
        more_environ={"BRANCH_PASSWORD": branch.bind_password},
    )
    yield bridge
    bridge.close()


def test_a_second_directory_follows(following: Bridge) -> None:
    """What is stored in one directory is pushed on to another, members and passwords and all."""
    bridge = following
    jo = bridge.user("jo", title="Boss", password="secret-1", externalId="7")
    bridge.group("staff", jo["id"])
    _deliver(bridge)
    bridge.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"})
    _deliver(bridge)

    copied = _copied(bridge, jo)
    group = bridge.services.outbound.legs.leg("branch", "Group")
    [staff] = group.search(Query()).resources

    assert copied.attributes["title"] == "Chief"
    assert copied.attributes["externalId"] == "7"
    assert ("User", jo["id"]) in set(ids_in(staff))
    assert bridge.services.users.authenticate("BRANCH", "jo", "secret-1") == "jo"


def test_a_second_directory_goes_on_following(following: Bridge) -> None:
    """Who is disabled, renamed, given another password or deleted is so there; nobody is made twice."""
    bridge = following
    jo, mo = bridge.user("jo", active=True, password="secret-1"), bridge.user("mo")
    group = bridge.group("staff", jo["id"], mo["id"])
    _deliver(bridge)
    bridge.patch(
        f"/Users/{jo['id']}",
        {"op": "replace", "path": "userName", "value": "joanna"},
        {"op": "replace", "path": "password", "value": "secret-2"},
    )
    bridge.patch(f"/Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{mo["id"]}"]'})
    bridge.send("DELETE", f"/Users/{mo['id']}")
    _deliver(bridge)
    signed_in = bridge.services.users.authenticate("BRANCH", "joanna", "secret-2")
    bridge.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "active", "value": False})
    _deliver(bridge)

    legs = bridge.services.outbound.legs
    there = [each.attributes["userName"] for each in legs.leg("branch", "User").search(Query()).resources]
    [staff] = legs.leg("branch", "Group").search(Query()).resources
    assert there == ["joanna"]
    assert {resource_id for _, resource_id in ids_in(staff)} == {jo["id"]}
    assert signed_in == "joanna"
    assert _copied(bridge, jo).attributes["active"] is False
    assert bridge.services.users.authenticate("BRANCH", "joanna", "secret-2") is None


def test_a_second_directory_has_limits_of_its_own(following: Bridge, branch: DirectoryServer) -> None:
    """What a domain protects, and how much may be deleted there, holds for what connectors write, too."""
    bridge = following
    users = [
        bridge.user(name, title=title) for name, title in (("jo", "Chief"), ("mo", "Cook"), ("po", "Cook"))
    ]
    _deliver(bridge)
    guarded = domain(branch, guard={"deletes": {"per_window": 1}}, protected={"filter": "(title=Chief)"})
    bridge.services.documents.apply([guarded], author="test")
    bridge.services.configurations._checked = float("-inf")  # noqa: SLF001 - the next request looks again
    for user in users:
        bridge.send("DELETE", f"/Users/{user['id']}")
    _settle(bridge)

    dead = bridge.services.outbound.outbox.page()
    [held] = bridge.services.held_changes.list()
    assert sorted(task.error.partition(":")[0] for task in dead) == [
        "The change is held until an operator approves it (held change 1)",
        "The entry is protected",
    ]
    assert (held.application, held.domain, held.amounts) == ("outbox", "BRANCH", {"deletes": 1})
    bridge.services.held_changes.decide(held.id, approve=True, by="olga")
    bridge.services.outbound.outbox.retry()
    _settle(bridge)
    left = bridge.services.outbound.legs.leg("branch", "User").search(Query()).resources
    assert [each.attributes["userName"] for each in left] == ["jo"]


def test_a_directory_behind_a_proxy(branch: DirectoryServer, tmp_path: Path) -> None:
    """In proxy mode a directory is read and written as any other connector."""
    shipped = load([CONFIG / "maps"]).documents
    environ = {**ENVIRON, "BRANCH_PASSWORD": branch.bind_password}
    with proxy_bridge(
        tmp_path, *shipped, domain(branch), second(blocking=True), application("branch"), environ=environ
    ) as bridge:
        jo = bridge.user("jo", title="Boss")
        tag = bridge.get(f"/Users/{jo['id']}").headers["ETag"]
        patched = bridge.patch(
            f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Chief"}, If_Match=tag
        )
        group = bridge.group("staff", jo["id"])

        assert plain(read(patched))["title"] == "Chief"
        assert bridge.found('/Users?filter=title eq "Chief"') == ["jo"]
        assert [each["value"] for each in read(bridge.get(f"/Groups/{group['id']}"))["members"]] == [jo["id"]]
        again = bridge.patch(
            f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Boss"}, If_Match=tag
        )
        assert problem(again)[0] == 412
        taken = bridge.send("POST", "/Users", {"schemas": [USER], "userName": "JO"})
        assert problem(taken) == (409, "uniqueness")
        assert bridge.send("DELETE", f"/Users/{jo['id']}").status_code == 204
        assert bridge.found("/Users") == []


def _copied(bridge: Bridge, user: dict[str, Any]) -> Resource:
    return bridge.services.outbound.legs.leg("branch", "User").read(user["id"])


def _settle(bridge: Bridge) -> None:
    """Deliver until what is left is dead."""
    for _ in range(40):
        bridge.services.worker.drain()
        if all(task.state == "dead" for task in bridge.services.outbound.outbox.page()):
            return
        sleep(0.1)
    raise AssertionError(bridge.services.outbound.outbox.page())


def _deliver(bridge: Bridge) -> None:
    for _ in range(40):
        bridge.services.worker.drain()
        if not bridge.services.outbound.outbox.page():
            return
        sleep(0.1)
    raise AssertionError(bridge.services.outbound.outbox.page())
