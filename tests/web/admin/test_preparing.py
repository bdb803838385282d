"""Directories are tested, examined, prepared and adopted through the Admin API, as by the commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.access.administrators import Role
from app.provisioning.routing import Destination
from app.store.loading import parse
from app.testing.slapd import Slapd
from tests.preparation.broken import running
from tests.preparation.test_prepare import BARE
from tests.provisioning.conftest import user
from tests.web.admin.conftest import Admin
from tests.web.console.fakes import NAMES, PASSWORDS
from tests.web.console.test_stores_live import DOMAIN, opened

HERE = "/domains/PRIMARY"


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Slapd]:
    """Run a bare slapd."""
    with running(BARE, tmp_path / "bare") as server:
        yield server


@pytest.fixture
def live(tmp_path: Path, bare: Slapd) -> Iterator[Admin]:
    """Be an administrator of a service whose domain is bare."""
    console = opened(tmp_path / "data")
    console.services.secrets.put("here", bare.bind_password)
    documents = parse(DOMAIN % (bare.ldaps_uri, bare.ca_file), file="").documents
    console.services.documents.apply(documents, author="test")
    yield Admin(console, (NAMES[Role.ADMINISTRATOR], PASSWORDS[Role.ADMINISTRATOR]))
    console.close()


@pytest.mark.directory
def test_from_bare_to_prepared(live: Admin, bare: Slapd) -> None:
    """What is shown is what is applied, and nothing else; the answer holds what takes it back."""
    who = {"administrator": {"dn": bare.config_dn, "password": bare.config_password}}
    tested = live.post(f"{HERE}/test")
    before = live.post(f"{HERE}/doctor", who)
    shown = live.post(f"{HERE}/prepare", who)
    stale = live.send("POST", f"{HERE}/prepare/apply", {**who, "digest": "0"})
    untouched = bare.export("cn=config", "(olcOverlay=*)")
    done = live.post(f"{HERE}/prepare/apply", {**who, "digest": shown["digest"]})
    after = live.post(f"{HERE}/doctor", {**who, "write_probe": True})
    again = live.post(f"{HERE}/prepare", who)
    proposed = live.get(f"{HERE}/map-proposal?type=Group&name=ours")

    assert (tested["passed"], tested["steps"][-1]["outcome"]) == (False, "skipped")
    assert [each["code"] for each in before][:1] == ["bind-refused"]
    assert "dn: olcOverlay={0}memberof" in shown["ldif"]
    assert any(why.startswith("the modules") for why in shown["final"])
    assert (stale.status_code, untouched) == (409, "")
    assert done["steps"] == shown["steps"]
    assert done["undo"].startswith("# stays: ")
    assert [each["seen"] for each in after if each["severity"] == "error"] == []
    assert again["steps"] == 0
    assert "name: ours\nresource_type: Group\n" in proposed["document"]


@pytest.mark.directory
def test_a_domain_is_proposed(live: Admin, bare: Slapd) -> None:
    """A connection that does not work says which step failed; nothing is put in force."""
    wanted: dict[str, Any] = {
        "name": "OTHER",
        "servers": [bare.ldaps_uri],
        "bind": {"dn": bare.config_dn, "password": {"stored": "there"}},
        "tls": {"ca_file": str(bare.ca_file)},
        "base": "dc=example,dc=org",
    }
    live.services.secrets.put("there", "wrong")
    refused = live.post("/domain-proposals", wanted)
    live.services.secrets.put("there", bare.config_password)
    proposed = live.post("/domain-proposals", wanted)

    assert [step["step"] for step in refused["steps"] if step["outcome"] == "failed"] == ["bind"]
    assert refused["documents"] == []
    assert proposed["detected"] == "OpenLDAP"
    assert proposed["documents"][-1]["maps"] == {"User": "openldap-user", "Group": "openldap-group"}
    assert [each.name for each in live.services.documents.list("Domain")] == ["PRIMARY"]


@pytest.mark.directory
def test_a_directory_that_refuses(live: Admin, bare: Slapd) -> None:
    """A wrong administrator is told as what it is: the directory's refusal."""
    answer = live.send("POST", f"{HERE}/prepare", {"administrator": {"dn": bare.config_dn, "password": "x"}})

    assert (answer.status_code, "(49)" in answer.json["detail"]) == (502, True)


def test_adopt(admin: Admin) -> None:
    """Who is who, and, where that is asked for, their externalIds."""
    services = admin.services
    target = services.router.target("User", Destination("demo", "PRIMARY"), record=lambda _done: None)
    target.create(user(userName="ann"))
    wanted = {"application": "demo", "Resources": [{"userName": "ann", "externalId": "1"}, {"userName": "x"}]}

    shown = admin.post(f"{HERE}/adopt", wanted)
    done = admin.post(f"{HERE}/adopt", {**wanted, "apply": True})
    again = admin.post(f"{HERE}/adopt", {**wanted, "apply": True})

    assert (shown["counts"]["matched"], shown["counts"]["unmatched"]) == (1, 1)
    assert "undo" not in shown
    assert done["undo"].startswith("id,adopted,before\n")
    assert (again["counts"]["matched"], again["counts"]["adopted"]) == (0, 1)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/domains/NOWHERE/test", None, 404),
        ("/domains/NOWHERE/doctor", {}, 404),
        (f"{HERE}/adopt", {"application": "nobody", "Resources": []}, 404),
        (f"{HERE}/adopt", {"application": "demo", "Resources": [], "match": ["shoe"]}, 422),
        (f"{HERE}/adopt", {"application": "demo"}, 422),
        (f"{HERE}/prepare/apply", {}, 422),
        ("/domain-proposals", {"name": "X", "servers": ["http://x"], "bind": {"dn": "x"}}, 422),
    ],
)
def test_refused(admin: Admin, path: str, body: object, status: int) -> None:
    """What is wrong is told as a problem."""
    answer = admin.send("POST", path, body)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
