"""A directory that is down: 503 until it is back, and nothing told that is nobody's business."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.testing.slapd import Slapd
from tests.waiting import wait_until
from tests.web.scim.bridge import Bridge, make_bridge, problem, read

pytestmark = pytest.mark.directory
NOBODY = "2819c223-7f76-453a-919d-413861904646"
PATCH = {"Operations": [{"op": "replace", "path": "title", "value": "x"}]}


@pytest.fixture
def own_slapd(tmp_path: Path) -> Iterator[Slapd]:
    """Run a directory that may be stopped."""
    with Slapd(tmp_path / "slapd", durable=False) as server:
        yield server


@pytest.fixture
def frail(own_slapd: Slapd, tmp_path: Path) -> Iterator[Bridge]:
    """Give a service over it."""
    bridge = make_bridge(tmp_path / "data", own_slapd)
    yield bridge
    bridge.close()


def test_a_directory_that_is_down_is_503(frail: Bridge, own_slapd: Slapd) -> None:
    """Whatever is asked, the answer says when to try again; and it is back by itself."""
    made = frail.user("jo")
    path = f"/Users/{made['id']}"
    own_slapd.stop()

    answers = [
        frail.get("/Users"),
        frail.get(path),
        frail.send("POST", "/Users", {"userName": "al"}),
        frail.send("PUT", path, {"userName": "jo"}),
        frail.send("PATCH", path, PATCH),
        frail.send("DELETE", path),
        frail.send("POST", "/.search", {}),
    ]
    bulk = frail.send("POST", "/Bulk", {"Operations": [{"method": "DELETE", "path": path}]})
    known = frail.get("/Schemas")
    metrics = frail.http.get("/metrics").text
    ready = _ready(frail)
    own_slapd.start()

    assert {problem(answer) for answer in answers} == {(503, None)}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
    assert read(bulk)["Operations"][0]["status"] == "503"
    assert known.status_code == 200
    assert f'landbridge_directory_up{{domain="PRIMARY",server="{own_slapd.ldaps_uri}"}} 0.0' in metrics
    assert ready["unreachable_domains"] == ["PRIMARY"]
    for answer in (*answers, bulk):
        _tells_nothing(answer.text, own_slapd)
    wait_until(lambda: frail.get(path).status_code == 200)
    assert _ready(frail)["unreachable_domains"] == []


def test_a_refusal_of_the_directory_tells_no_names(bridge: Bridge) -> None:
    """Errors name SCIM attributes; entries, accounts and files are the directory's business."""
    bridge.user("taken")
    group = bridge.group("Team")
    answers = [
        bridge.send("POST", "/Users", {"userName": "taken"}),
        bridge.send("POST", "/Users", {"userName": "x" * 100_000}),
        bridge.send("POST", "/Users", {"userName": "jo", "phoneNumbers": [{"value": "ü", "type": "work"}]}),
        bridge.send("POST", "/Groups", {"displayName": "Team"}),
        bridge.send(
            "PATCH", f"/Groups/{group['id']}", {"Operations": [{"op": "remove", "path": "displayName"}]}
        ),
        bridge.get(f"/Users/{NOBODY}"),
    ]

    for answer in answers:
        assert 400 <= problem(answer)[0] < 500
        _tells_nothing(answer.text, bridge.directory)


def _ready(bridge: Bridge) -> Mapping[str, object]:
    answer: Mapping[str, object] = bridge.http.get("/readyz").get_json()
    return answer


def _tells_nothing(text: str, directory: object) -> None:
    assert isinstance(directory, Slapd)
    secrets = (
        directory.base_dn,
        directory.bind_password,
        "Traceback",
        "ldap",
        "127.0.0.1",
        ".py",
        "entryUUID",
    )
    assert [secret for secret in secrets if secret.lower() in text.lower()] == []
