"""A connector held against a domain: a report first, then tasks."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from app.cli.connectors import connectors
from app.outbound.reconcile import Finding
from app.outbound.task import Cause
from app.store.document import Document
from app.testing.slapd import Slapd
from tests.outbound.bridges import connector
from tests.outbound.scim2_server import TOKEN
from tests.outbound.test_following import there
from tests.web.scim.bridge import USER, Bridge, make_bridge
from tests.web.scim.test_several_domains import second

pytestmark = pytest.mark.directory


@pytest.fixture
def bridge(slapd: Slapd, scim2_target: str, target: httpx.Client, tmp_path: Path) -> Iterator[Bridge]:
    """Give a Landbridge over a directory that no connector follows."""
    assert target.get("/Users").json()["totalResults"] == 0
    slapd.clear()
    scope = {"User": {"filter": 'not (title eq "Guest")'}}
    file = Document(
        "Connector", "batch", {"type": "file", "settings": {"path": str(tmp_path / "people.jsonl")}}
    )
    made = make_bridge(
        tmp_path,
        slapd,
        added=[connector("crm", scim2_target, scope=scope), file],
        more_environ={"TARGET_TOKEN": TOKEN},
    )
    yield made
    made.services.outbound.connectors.close()
    made.close()


CAUSE = Cause(application="", domain="PRIMARY", actor="ann")


def report(bridge: Bridge) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return what is found, in short."""
    found = bridge.services.reconciliation.report("crm", "PRIMARY")
    return sorted((each.kind, each.name, each.attributes) for each in found)


def mend(bridge: Bridge, *, deletes_foreign: bool = False) -> None:
    """Put everything right."""
    found: list[Finding] = list(bridge.services.reconciliation.report("crm", "PRIMARY"))
    bridge.services.reconciliation.mend("crm", found, CAUSE, deletes_foreign=deletes_foreign)
    bridge.services.worker.drain()


def test_missing_different_extra_and_foreign(bridge: Bridge, target: httpx.Client) -> None:
    """The report changes nothing; mending leaves foreign resources alone until it is told otherwise."""
    jo, mo = bridge.user("jo", title="Boss"), bridge.user("mo", title="Cook")
    bridge.user("po", title="Guest")
    bridge.group("staff", jo["id"], mo["id"])
    target.post("/Users", json={"schemas": [USER], "userName": "JO", "title": "Old"})
    target.post("/Users", json={"schemas": [USER], "userName": "stranger"})

    first = report(bridge)
    assert sorted(there(target)) == ["JO", "stranger"]
    mend(bridge)

    assert [(kind, name) for kind, name, _ in first] == [
        ("different", "jo"),
        ("foreign", "stranger"),
        ("missing", "mo"),
        ("missing", "staff"),
    ]
    assert {"userName", "title"} <= set(first[0][2])
    assert {name: each.get("title") for name, each in there(target).items()} == {
        "jo": "Boss",
        "mo": "Cook",
        "stranger": None,
    }
    assert report(bridge) == [("foreign", "stranger", ())]
    members = there(target, "/Groups")["staff"]["members"]
    assert {each["value"] for each in members} == {there(target)[name]["id"] for name in ("jo", "mo")}

    mend(bridge, deletes_foreign=True)
    assert report(bridge) == []


def test_drift_is_found(bridge: Bridge, target: httpx.Client) -> None:
    """What somebody changed or deleted at the target, or in the directory, is found and put right."""
    jo, mo, po = (bridge.user(name, title="Cook") for name in ("jo", "mo", "po"))
    mend(bridge)
    users = there(target)
    change = {"op": "replace", "path": "title", "value": "Thief"}
    target.patch(
        f"/Users/{users['jo']['id']}",
        json={"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [change]},
    )
    target.delete(f"/Users/{users['mo']['id']}")
    bridge.send("DELETE", f"/Users/{po['id']}")

    found = report(bridge)
    mend(bridge)

    assert found == [("different", "jo", ("title",)), ("extra", "po", ()), ("missing", "mo", ())]
    assert {name: each["title"] for name, each in there(target).items()} == {"jo": "Cook", "mo": "Cook"}
    assert jo["id"] != mo["id"]
    assert report(bridge) == []


@pytest.fixture
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Run a second directory."""
    with Slapd(tmp_path_factory.mktemp("other"), base_dn="dc=other,dc=org", durable=False) as server:
        yield server


@pytest.mark.parametrize("name", ["crm", "batch"])
def test_what_the_connector_has_for_others_is_not_too_much(bridge: Bridge, other: Slapd, name: str) -> None:
    """Users of another domain that it follows stay; those that an application in proxy mode may have made are foreign."""
    services = bridge.services
    services.secrets.put("other", other.bind_password)
    both = {"domains": ["PRIMARY", "OTHER"], "connectors": [name]}
    demo = services.documents.get("Application", "demo")
    services.documents.apply(
        [second(other), replace(demo, body={**demo.body, "provisioning": both})], author="test"
    )
    services.configurations._checked = float("-inf")  # noqa: SLF001 - the next request looks again
    bridge.user("jo")
    mo = bridge.user("OTHER/mo")
    while services.worker.drain() or services.outbound.outbox.page():
        pass

    def found() -> list[str]:
        return [each.kind for each in services.reconciliation.report(name, "PRIMARY", types=["User"])]

    served = found()
    services.documents.apply(
        [replace(demo, body={**demo.body, "provisioning": {"domains": ["OTHER"]}})], author="test"
    )
    bridge.send("DELETE", f"/Users/{mo['id']}")
    gone = found()
    proxied = {"provisioning": {"proxy_mode": True, "connectors": [name]}}
    services.documents.apply([Document("Application", "proxy", proxied)], author="test")

    assert served == []
    assert gone == ["extra"]
    assert found() == ["foreign"]
    findings = list(services.reconciliation.report(name, "PRIMARY", types=["User"]))
    assert services.reconciliation.mend(name, findings, CAUSE) == 0
    assert services.reconciliation.mend(name, findings, CAUSE, deletes_foreign=True) == 1
    services.worker.drain()
    assert found() == []


def test_a_file_goes_by_what_it_was_told(bridge: Bridge, tmp_path: Path) -> None:
    """What shows nothing is reconciled by what is known to have been told."""
    bridge.user("jo")
    reconciliation = bridge.services.reconciliation
    found = list(reconciliation.report("batch", "PRIMARY", types=["User"]))

    reconciliation.mend("batch", found, Cause(application="", domain="PRIMARY"))
    bridge.services.worker.drain()

    assert [(each.kind, each.name) for each in found] == [("missing", "jo")]
    assert list(reconciliation.report("batch", "PRIMARY", types=["User"])) == []
    assert len((tmp_path / "people.jsonl").read_text().splitlines()) == 1


def test_the_commands(bridge: Bridge) -> None:
    """Connectors are listed, checked and reconciled from the command line."""
    bridge.user("jo")

    def run(*arguments: str) -> str:
        return CliRunner().invoke(connectors, arguments, obj=bridge.services).output

    listed = [" ".join(line.split()) for line in run("list").splitlines()]
    assert "crm scim2 enabled blocking User, Group" in listed
    assert run("check", "crm") == "TYPE   TOTAL\nUser   0\nGroup  0\n"
    assert "shows nothing" in run("check", "batch")
    assert "There is no connector nothing" in run("check", "nothing")
    assert re.search(r"^missing +User +jo ", run("reconcile", "crm"), re.MULTILINE)
    assert "1 missing, 0 different, 0 extra, 0 foreign" in run("reconcile", "crm")
    assert '"kind": "missing"' in run("reconcile", "crm", "-o", "json")
    assert "1 tasks in the outbox" in run("reconcile", "crm", "--apply")
    bridge.services.worker.drain()
    assert "0 missing" in run("reconcile", "crm")
