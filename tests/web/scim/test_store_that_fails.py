"""A store that cannot be written to, as on a full disk: nothing is done unrecorded, and what was done is told as it is."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import event
from structlog.testing import capture_logs

from app.__main__ import main
from app.directory.recovery import Ending
from app.store.database import Database
from app.store.external_ids import ExternalIds
from app.testing.slapd import Slapd
from tests.store.fakes import FrozenClock
from tests.web.scim.bridge import CLIENT_SECRET, HOST, PATCH, Bridge, make_bridge, problem, read

pytestmark = pytest.mark.directory
UNWRITABLE = "attempt to write a readonly database"


@pytest.fixture
def clock() -> FrozenClock:
    """Give a clock that is as late as the directory's."""
    return FrozenClock(datetime.now(UTC))


@pytest.fixture
def frail(slapd: Slapd, clock: FrozenClock, tmp_path: Path) -> Iterator[Bridge]:
    """Give a service whose store may be made to fail, over an empty directory."""
    slapd.clear()
    bridge = make_bridge(tmp_path / "data", slapd, clock=clock)
    yield bridge
    bridge.close()


def fail(database: Database) -> None:
    """Have SQLite refuse to write, from now on."""
    event.listen(database.engine, "connect", _refuse)
    database.dispose()


def mend(database: Database) -> None:
    """Have SQLite write again."""
    event.remove(database.engine, "connect", _refuse)
    database.dispose()


def _refuse(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")


@contextmanager
def failing(database: Database) -> Iterator[None]:
    """Have SQLite refuse to write in the block."""
    fail(database)
    try:
        yield
    finally:
        mend(database)


@contextmanager
def failing_after(
    bridge: Bridge, owner: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Have the store fail in the block as soon as one thing has been done."""
    original: Callable[..., object] = getattr(owner, name)

    @wraps(original)
    def once(*arguments: object, **named: object) -> object:
        done = original(*arguments, **named)
        monkeypatch.setattr(owner, name, original)
        fail(bridge.services.database)
        return done

    monkeypatch.setattr(owner, name, once)
    yield
    mend(bridge.services.database)


def shown(bridge: Bridge) -> list[Mapping[str, Any]]:
    """Return what all users are, but for versions."""
    return [
        {name: value for name, value in each.items() if name != "meta"}
        for each in read(bridge.get("/Users"))["Resources"]
    ]


def _failures(bridge: Bridge) -> float:
    """Read what Prometheus reads."""
    metrics = bridge.http.get("/metrics", base_url=HOST).text
    return float(re.findall(r"^landbridge_store_failures_total (.+)$", metrics, re.MULTILINE)[0])


def test_nothing_is_done_that_cannot_be_written_down(frail: Bridge) -> None:
    """Writes are refused until the store is back, and change nothing; what needs no store is answered."""
    made = frail.user("jo", externalId="4711")
    path, before = f"/Users/{made['id']}", shown(frail)

    with failing(frail.services.database), capture_logs() as logs:
        refused = [
            frail.send("POST", "/Users", {"userName": "al"}),
            frail.send("PUT", path, {"userName": "jo", "title": "Boss"}),
            frail.patch(path, {"op": "replace", "path": "title", "value": "Boss"}),
            frail.send("DELETE", path),
        ]
        bulk = frail.send("POST", "/Bulk", {"Operations": [{"method": "DELETE", "path": path}]})
        answered = frail.get(path)
        counted = _failures(frail)
        by_command = CliRunner().invoke(
            main.commands["users"], ["create", "-f", "-"], obj=frail.services, input='{"userName": "al"}'
        )

    assert by_command.exit_code == 5
    assert UNWRITABLE in by_command.output or "nothing was done" in by_command.output
    assert counted >= len(refused)
    assert {problem(answer) for answer in refused} == {(503, None)}
    assert all("nothing was done" in read(answer)["detail"] for answer in refused)
    assert all(answer.headers["Retry-After"] == "5" for answer in refused)
    assert read(bulk)["Operations"][0]["status"] == "503"
    assert answered.status_code == 200
    assert {log.get("reason") for log in logs if log["event"] == "store_failed"} == {UNWRITABLE}
    assert shown(frail) == before
    assert frail.services.intents.list() == []


@dataclass(frozen=True)
class Begun:
    """A write in whose middle the store fails, and what is there once it has been seen to."""

    method: str
    body: Mapping[str, Any] | None
    users: Mapping[str, str | None]
    """The titles of the users, by their names."""


BEGUN = [
    Begun("POST", {"userName": "al"}, {"jo": None, "al": None}),
    Begun("POST", {"userName": "al", "password": "correct horse"}, {"jo": None, "al": None}),
    Begun("PUT", {"userName": "joan", "title": "Boss"}, {"joan": "Boss"}),
    Begun(
        "PATCH",
        {"schemas": [PATCH], "Operations": [{"op": "add", "value": {"title": "Boss"}}]},
        {"jo": "Boss"},
    ),
    Begun("DELETE", None, {}),
]
# Whether the password was set, nobody else can tell, so the user who may have none is taken away.
UNDONE_BY_OTHERS = Begun("POST", {"userName": "al", "password": "correct horse"}, {"jo": None})


@pytest.mark.parametrize(
    ("begun", "by_others"),
    [
        *(pytest.param(each, False, id=f"{each.method} {number}") for number, each in enumerate(BEGUN)),
        *(
            pytest.param(
                UNDONE_BY_OTHERS if number == 1 else each, True, id=f"{each.method} {number}, others"
            )
            for number, each in enumerate(BEGUN)
        ),
    ],
)
def test_a_store_that_fails_in_the_middle(
    frail: Bridge, monkeypatch: pytest.MonkeyPatch, begun: Begun, *, by_others: bool
) -> None:
    """Nobody is told that it is done, for it may yet be undone; once the store is back it is one or the other.

    Where the same process sees to it, it knows how far it came, and the write stands.
    """
    made = frail.user("jo")
    path = "/Users" if begun.method == "POST" else f"/Users/{made['id']}"

    with failing_after(frail, frail.services.intents, "begin", monkeypatch):
        answer = frail.send(begun.method, path, begun.body)
    waiting = len(frail.services.intents.list())
    if by_others:
        frail.services.intents._reached.clear()  # noqa: SLF001 - it died with the process
    recovered = frail.services.recovery.run()

    assert problem(answer) == (503, None)
    assert "recorded as it is, or undone" in read(answer)["detail"]
    assert waiting == 1
    is_undone = begun is UNDONE_BY_OTHERS
    assert [each.ending for each in recovered] == [Ending.UNDONE if is_undone else Ending.MADE]
    assert frail.services.intents.list() == []
    assert len(frail.services.audit.page()) == 2
    assert {each["userName"]: each.get("title") for each in shown(frail)} == begun.users


def test_an_external_id_that_cannot_be_kept(frail: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told that the rest was done; and sent again, it is kept."""
    with failing_after(frail, frail.services.intents, "end", monkeypatch):
        answer = frail.send("POST", "/Users", {"userName": "jo", "externalId": "4711"})
    [made] = shown(frail)
    again = frail.send("PUT", f"/Users/{made['id']}", {"userName": "jo", "externalId": "4711"})

    assert problem(answer) == (503, None)
    assert "in the directory but the externalId" in read(answer)["detail"]
    assert (made["userName"], made.get("externalId")) == ("jo", None)
    assert read(again)["externalId"] == "4711"


@pytest.mark.parametrize(
    ("title", "words"), [("Boss", "was made, but it cannot be shown"), ("Clerk", "store cannot be used")]
)
def test_an_external_id_that_cannot_be_read(
    frail: Bridge, monkeypatch: pytest.MonkeyPatch, title: str, words: str
) -> None:
    """Who changed something is told that it was, and nobody else."""
    made = frail.user("jo", title="Clerk", externalId="4711")

    def fails(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(ExternalIds, "get", fails)
        answer = frail.patch(f"/Users/{made['id']}", {"op": "replace", "path": "title", "value": title})

    assert problem(answer) == (503, None)
    assert words in read(answer)["detail"]
    assert [each["title"] for each in shown(frail)] == [title]


def test_an_external_id_that_cannot_be_forgotten(frail: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delete is done; what was kept of the deleted one is found by nobody."""
    made = frail.user("jo", externalId="4711")

    with failing_after(frail, frail.services.intents, "end", monkeypatch):
        answer = frail.send("DELETE", f"/Users/{made['id']}")

    assert answer.status_code == 204
    assert frail.found('/Users?filter=externalId eq "4711"') == []
    assert frail.user("jo", externalId="4711")["externalId"] == "4711"
    assert frail.found('/Users?filter=externalId eq "4711"') == ["jo"]


def test_every_face_says_so(frail: Bridge) -> None:
    """In the form of each, and with when to come back."""
    for name in ("jo", "al"):
        frail.user(name)
    form = {"grant_type": "client_credentials", "scope": "internal_user_mgt_list"}
    admin = {"auth": ("admin", "admin"), "base_url": HOST}
    ann = {"name": "ann", "role": "viewer", "password": "never heard of 4711"}
    page = frail.http.get("/console/login", base_url=HOST).text
    [secret] = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    login = {"csrf_token": secret, "name": "admin", "password": "wrong"}
    token = {"data": form, "auth": ("demo", CLIENT_SECRET), "base_url": HOST}

    with failing(frail.services.database):
        answers = [
            (frail.get("/Users?count=1"), "own store cannot be used"),
            (frail.http.post("/oauth2/token", **token), "temporarily_unavailable"),
            (frail.http.post("/admin/administrators", json=ann, **admin), "own store cannot be used"),
            (
                frail.http.post("/console/login", data=login, base_url=HOST, headers={"Referer": HOST}),
                "own store cannot be used",
            ),
        ]

    for answer, told in answers:
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5"), answer.text
        assert told in answer.text
