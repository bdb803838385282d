"""User stores are connected, tested, examined and prepared at the console, on a real server, without any script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from app import create_app
from app.access.administrators import Role
from app.bootstrap import build
from app.settings import Settings
from app.store.loading import load, parse
from app.testing.slapd import Slapd
from tests.preparation.broken import running
from tests.preparation.test_prepare import BARE
from tests.store.fakes import FrozenClock
from tests.web.console.fakes import CONFIG, Console, prepare

pytestmark = pytest.mark.directory
_TEXT = re.compile(r'<textarea[^>]*id="text"[^>]*>(.*?)</textarea>', re.DOTALL)
_DIGEST = re.compile(r'name="digest" value="(\w+)"')


@pytest.fixture
def slapd(tmp_path: Path) -> Iterator[Slapd]:
    """Run a slapd."""
    with Slapd(tmp_path / "slapd", durable=False) as server:
        yield server


def opened(directory: Path) -> Console:
    """Open the console of a service that talks to real directories, as an administrator."""
    prepare(directory)
    clock = FrozenClock()
    services = build(Settings(data_dir=directory), environ={})
    services.documents.apply(load([CONFIG / "maps"]).documents, author="test")
    app = create_app(services)
    console = Console(app, services, clock, app.test_client())
    console.sign_in()
    return console


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """Open the console."""
    console = opened(tmp_path / "data")
    yield console
    console.close()


def form(server: Slapd, **changed: str) -> dict[str, str]:
    """Fill in how a server is reached."""
    return {
        "name": "PRIMARY",
        "servers": server.ldaps_uri,
        "bind_dn": server.bind_dn,
        "password_source": "typed",
        "password": server.bind_password,
        "password_place": "",
        "base": "",
        "ca_file": str(server.ca_file),
        **changed,
    }


def test_connected_step_by_step(console: Console, slapd: Slapd) -> None:
    """From the connection to what the directory is, to its documents, to a user store that is connected."""
    tested = console.post("/console/new-user-store/test", **form(slapd))
    nothing = (console.services.secrets.names(), console.services.documents.list("Domain"))
    proposed = console.post("/console/new-user-store/propose", **form(slapd))
    found = _TEXT.search(proposed.text)
    assert found, proposed.text
    created = console.post("/console/new-user-store/create", text=unescape(found[1]))
    page = console.text("/console/user-stores/PRIMARY")

    assert "The connection works" in tested.text
    assert f"dn:{slapd.bind_dn}" in tested.text
    assert nothing == ([], [])
    assert "OpenLDAP" in proposed.text
    assert "rights-not-tried" in proposed.text
    assert created.location == "/console/user-stores/PRIMARY"
    assert "Connected" in page
    servers = page.partition('id="servers"')[2].partition("</section>")[0]
    assert (f'<span class="code">{slapd.ldaps_uri}' in servers, ">Answers<" in servers) == (True, True)
    for answer in (tested, proposed, created):
        assert slapd.bind_password not in answer.text
    assert console.services.documents.get("Domain", "PRIMARY").body["bind"]["password"] == {
        "stored": "domains/PRIMARY/bind"
    }


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"password": "wrong"}, "Invalid credentials (49)"),
        ({"servers": "http://x"}, "is not an LDAP server"),
        ({"servers": ""}, "There is a problem"),
        ({"bind_dn": "x"}, "is not a distinguished name"),
        ({"password_source": "env", "password_place": "NOWHERE"}, "NOWHERE"),
        ({"base": "dc=nowhere"}, "There is no dc=nowhere"),
    ],
)
def test_not_connected(console: Console, slapd: Slapd, changed: dict[str, str], message: str) -> None:
    """What is wrong is said, on the form that was filled in, and nothing is kept."""
    for step in ("test", "propose"):
        answer = console.post(f"/console/new-user-store/{step}", **form(slapd, **changed))

        assert message in unescape(answer.text), step
        assert "Connect a user store" in answer.text
    assert (console.services.secrets.names(), console.services.documents.list("Domain")) == ([], [])


def test_documents_that_are_none(console: Console) -> None:
    """What was typed into the proposal is checked, and stays to be corrected."""
    for text, message in (("kind: Domain\nname: X\n", "Missing data"), ("", "problem"), (": x", "problem")):
        answer = console.post("/console/new-user-store/create", text=text)

        assert answer.status_code == 422
        assert message in answer.text
    assert console.services.documents.list("Domain") == []


DOMAIN = """
kind: Domain
name: PRIMARY
product: openldap
servers: ["%s"]
base: dc=example,dc=org
bind: {dn: "cn=landbridge,dc=example,dc=org", password: {stored: here}}
tls: {ca_file: %s}
maps: {User: openldap-user, Group: openldap-group}
"""


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Slapd]:
    """Run a bare slapd."""
    with running(BARE, tmp_path / "bare") as server:
        yield server


@pytest.fixture
def unprepared(console: Console, bare: Slapd) -> Console:
    """Have a domain whose directory is bare."""
    console.services.secrets.put("here", bare.bind_password)
    documents = parse(DOMAIN % (bare.ldaps_uri, bare.ca_file), file="").documents
    console.services.documents.apply(documents, author="test")
    return console


def test_examined_and_prepared(unprepared: Console, bare: Slapd) -> None:
    """Findings with their fixes, what is to be done as LDIF, and, once it is confirmed as it was shown, done."""
    admin = {"admin_dn": "cn=admin,cn=config", "admin_password": bare.config_password}
    here = "/console/user-stores/PRIMARY"
    tested = unprepared.post(f"{here}/test")
    before = unprepared.post(f"{here}/doctor", **admin)
    shown = unprepared.post(f"{here}/prepare", **admin)
    found = _DIGEST.search(shown.text)
    assert found, shown.text
    hasty = unprepared.post(f"{here}/prepare/apply", **admin, digest=found[1])
    stale = unprepared.post(f"{here}/prepare/apply", **admin, digest="0", confirmed="on")
    untouched = bare.export("cn=config", "(olcOverlay=*)")
    done = unprepared.post(f"{here}/prepare/apply", **admin, digest=found[1], confirmed="on")
    again = unprepared.post(f"{here}/prepare", **admin)
    after = unprepared.post(f"{here}/doctor", **admin, write_probe="on")

    assert "Failed" in tested.text
    assert "bind-refused" in before.text
    assert "dn: olcOverlay={0}memberof,olcDatabase={1}mdb,cn=config" in shown.text
    assert "cannot be taken back" in shown.text
    assert (hasty.status_code, "Say that you have read it" in hasty.text) == (422, True)
    assert (stale.status_code, "has changed since" in stale.text) == (422, True)
    assert untouched == ""
    assert "steps are done" in done.text
    assert "# stays: " in unescape(done.text)
    assert "needs nothing" in again.text
    assert 'class="badge bad">Error' not in after.text
    for answer in (before, shown, done, after):
        assert bare.config_password not in answer.text
        assert bare.bind_password not in answer.text
    assert ("prepare", "PRIMARY") in {
        (each.action, each.resource_id) for each in unprepared.services.audit.page()
    }


def test_refusals_are_told(unprepared: Console) -> None:
    """A wrong administrator changes nothing and is told so; a store that is not there is not there."""
    wrong = {"admin_dn": "cn=admin,cn=config", "admin_password": "wrong"}

    refused = unprepared.post("/console/user-stores/PRIMARY/prepare", **wrong)
    missing = unprepared.post("/console/user-stores/NOWHERE/test")

    assert (refused.status_code, "(49)" in refused.text) == (502, True)
    assert missing.status_code == 404


def test_who_may(unprepared: Console) -> None:
    """Viewers are shown no buttons; operators may look, and not prepare."""
    operator = unprepared.browser()
    operator.sign_in(Role.OPERATOR)
    viewer = unprepared.browser()
    viewer.sign_in(Role.VIEWER)
    page = "/console/user-stores/PRIMARY"

    assert "Test connection" in operator.text(page)
    assert "Show what it needs" not in operator.text(page)
    assert "Test connection" not in viewer.text(page)
    assert operator.post(f"{page}/prepare").status_code == 403
    assert viewer.post(f"{page}/test").status_code == 403
