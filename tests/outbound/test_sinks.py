"""Systems that are told and show nothing: files, webhooks and commands."""

import base64
import csv
import hashlib
import hmac
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from app.scim.patch_operations import PATCH_URN
from app.store.document import Document
from tests.outbound.bridges import ENVIRON, application, proxy_bridge
from tests.web.scim.bridge import USER, Bridge, problem, read

SECRET = "a secret of at least twenty-four bytes"


def sink(kind: str, settings: dict[str, Any], **body: Any) -> Document:
    """Describe a connector that is told."""
    return Document("Connector", "batch", {"type": kind, "blocking": True, "settings": settings, **body})


@contextmanager
def told(data_dir: Path, document: Document) -> Iterator[Bridge]:
    """Give a Landbridge in proxy mode in front of it."""
    environ = {**ENVIRON, "HOOK_SECRET": SECRET}
    with proxy_bridge(data_dir, document, application("batch"), environ=environ) as bridge:
        yield bridge


def life(bridge: Bridge) -> str:
    """Create, rename and delete a user; return its id."""
    jo = bridge.user("jo", emails=[{"type": "work", "value": "jo@example.org"}], password="secret-1")
    body = {"schemas": [USER], "userName": "jolanda", "title": "Boss, of all"}
    assert bridge.send("PUT", f"/Users/{jo['id']}", body).status_code == 200
    assert bridge.send("DELETE", f"/Users/{jo['id']}").status_code == 204
    return str(jo["id"])


def test_json_lines(tmp_path: Path) -> None:
    """Each change is a line with its key; passwords stay out of files unless somebody wants them there."""
    file = tmp_path / "people.jsonl"
    with told(tmp_path, sink("file", {"path": str(file)})) as bridge:
        resource_id = life(bridge)

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["action"], line["id"]) for line in lines] == [
        ("create", resource_id),
        ("update", resource_id),
        ("delete", resource_id),
    ]
    assert lines[1]["resource"]["userName"] == "jolanda"
    assert len({line["key"] for line in lines}) == 3
    assert "secret-1" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_csv(tmp_path: Path) -> None:
    """Columns are made of places; a header comes first, and commas and quotes are minded."""
    columns = {"what": "{$action}", "login": "{userName}", "mail": "{emails[work]}", "title": "{title}"}
    path = str(tmp_path / "people-{date}.csv")
    with told(tmp_path, sink("file", {"path": path, "format": "csv", "columns": columns})) as bridge:
        life(bridge)

    [file] = tmp_path.glob("people-*.csv")
    with file.open(newline="") as opened:
        rows = [{name: row[name] for name in columns} for row in csv.DictReader(opened)]
    assert rows == [
        {"what": "create", "login": "jo", "mail": "jo@example.org", "title": ""},
        {"what": "update", "login": "jolanda", "mail": "", "title": "Boss, of all"},
        {"what": "delete", "login": "", "mail": "", "title": ""},
    ]


def test_ldif(tmp_path: Path) -> None:
    """LDIF names entries by a template, renames them when that says something else, and deletes them."""
    settings = {
        "path": str(tmp_path / "people.ldif"),
        "format": "ldif",
        "dn": "uid={userName},ou=People,dc=example,dc=org",
        "object_classes": ["inetOrgPerson"],
        "columns": {"uid": "{userName}", "cn": "{userName}", "sn": "{userName}", "title": "{title}"},
    }
    with told(tmp_path, sink("file", settings)) as bridge:
        life(bridge)
        bridge.user("a,b+c")

    records = [
        [line for line in record.splitlines() if not line.startswith("#")]
        for record in (tmp_path / "people.ldif").read_text().split("\n\n")
    ]
    found = [(record[0], record[1]) for record in records if record]
    assert found == [
        ("dn: uid=jo,ou=People,dc=example,dc=org", "changetype: add"),
        ("dn: uid=jo,ou=People,dc=example,dc=org", "changetype: modrdn"),
        ("dn: uid=jolanda,ou=People,dc=example,dc=org", "changetype: modify"),
        ("dn: uid=jolanda,ou=People,dc=example,dc=org", "changetype: delete"),
        ("dn: uid=a\\,b\\+c,ou=People,dc=example,dc=org", "changetype: add"),
    ]


def test_a_record_is_written_once(tmp_path: Path) -> None:
    """A worker that ended before it could say so leaves no second record."""
    file = tmp_path / "people.jsonl"
    with told(tmp_path, sink("file", {"path": str(file)}, blocking=False)) as bridge:
        bridge.user("jo")
        outbound, worker = bridge.services.outbound, bridge.services.worker
        claimed = outbound.outbox.claim("somebody that dies")
        assert claimed is not None
        leg = outbound.legs.leg("batch", "User").keyed(claimed.key)
        leg.carry_out(outbound.outbox.opened(claimed).change)
        outbound.links.forget("batch", "User", claimed.change.resource_id)
        with bridge.services.database.session() as session:
            outbound.outbox.postponed(session, claimed, due=claimed.due, reason="")

        worker.drain()

        assert outbound.outbox.page() == []
    assert len(file.read_text().splitlines()) == 1


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """The client is told, and nothing is lost or kept."""
    with told(tmp_path, sink("file", {"path": "/proc/nothing"})) as bridge:
        answer = bridge.send("POST", "/Users", {"schemas": [USER], "userName": "jo"})

        assert problem(answer)[0] == 503
        assert "The connector batch said: the file /proc/nothing cannot be written" in read(answer)["detail"]
        assert bridge.services.outbound.outbox.page() == []


def test_what_shows_nothing_cannot_be_read(tmp_path: Path) -> None:
    """Reading through such a connector is 501, with the reason; a PATCH goes on as it was sent."""
    file = tmp_path / "people.jsonl"
    with told(tmp_path, sink("file", {"path": str(file)})) as bridge:
        jo = bridge.user("jo")
        answer = bridge.get(f"/Users/{jo['id']}")
        bridge.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Boss"})

    assert problem(answer) == (501, None)
    last = json.loads(file.read_text().splitlines()[-1])
    assert (last["action"], last["operations"]) == (
        "patch",
        [{"op": "replace", "path": "title", "value": "Boss"}],
    )


PROGRAM = """
import json, os, sys
message = json.load(sys.stdin)
with open(sys.argv[1], "a") as log:
    log.write(json.dumps([message["action"], message.get("remoteId"), sorted(os.environ)]) + chr(10))
name = message.get("resource", {}).get("userName", "")
if name == "later":
    sys.exit(75)
if name == "never":
    sys.exit("no such cost centre" + chr(10) + "details")
if name == "slow":
    import time
    time.sleep(20)
print(json.dumps({"id": "emp-" + name}))
"""


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    """Write a program."""
    script = tmp_path / "provision.py"
    script.write_text(PROGRAM)
    return [sys.executable, "-I", str(script), str(tmp_path / "log")]


def test_a_command_is_called(tmp_path: Path, program: list[str]) -> None:
    """It reads a change on its standard input, and may name the resource; it sees no environment of ours."""
    settings = {"command": program, "environment": {"API_KEY": {"env": "HOOK_SECRET"}}}
    with told(tmp_path, sink("command", settings)) as bridge:
        life(bridge)

    calls = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [call[:2] for call in calls] == [
        ["create", None],
        ["update", "emp-jo"],
        ["delete", "emp-jolanda"],
    ]
    assert {"API_KEY", "PATH"} <= set(calls[0][2]) <= {"API_KEY", "LANG", "LC_CTYPE", "PATH"}


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        pytest.param("later", 503, "it ended with status 75", id="later"),
        pytest.param("never", 400, "it ended with status 1: no such cost centre", id="refused"),
        pytest.param("slow", 503, "it took longer than 1 seconds", id="too slow"),
    ],
)
def test_a_command_that_fails(tmp_path: Path, program: list[str], name: str, status: int, said: str) -> None:
    """Its exit status says whether it is worth another try; its first line of errors is told."""
    settings = {"command": program, "timeout_seconds": 1}
    with told(tmp_path, sink("command", settings)) as bridge:
        answer = bridge.send("POST", "/Users", {"schemas": [USER], "userName": name})

    assert problem(answer)[0] == status
    assert said in read(answer)["detail"]


@contextmanager
def hook(
    requests: list[tuple[dict[str, str], bytes]], *, status: int = 202, answer: bytes = b""
) -> Iterator[str]:
    """Listen for requests, and answer all alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append(({name.lower(): text for name, text in self.headers.items()}, body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_webhook_is_signed_and_templated(tmp_path: Path) -> None:
    """The body is what the template says; the signature is over id, time and body."""
    requests: list[tuple[dict[str, str], bytes]] = []
    body = {"who": "{userName}", "hello": "Dear {name.givenName}!", "on": "{active}", "what": ["{$action}"]}
    with hook(requests) as url:
        settings = {"url": url, "secret": {"env": "HOOK_SECRET"}, "format": "template", "body": body}
        with told(tmp_path, sink("webhook", settings)) as bridge:
            bridge.create("/Users", schemas=[USER], userName="jo", active=True)

    [(headers, sent)] = requests
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + sent
    expected = base64.b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()
    assert json.loads(sent) == {"who": "jo", "hello": "Dear !", "on": True, "what": ["create"]}
    assert headers["webhook-signature"] == f"v1,{expected}"


EVENT_TOKENS: dict[str, Any] = {
    "secret": {"env": "HOOK_SECRET"},
    "format": "set",
    "issuer": "https://bridge.example",
    "audience": "https://hooks.example",
}
PROV = "urn:ietf:params:scim:event:prov"


def test_a_webhook_gets_event_tokens(tmp_path: Path) -> None:
    """A SET of RFC 9967 says what was done to which resource, signed; whom it is about is said by our path."""
    requests: list[tuple[dict[str, str], bytes]] = []
    retitle = {"op": "replace", "path": "title", "value": "Boss"}
    with hook(requests, answer=b'{"id": "theirs"}') as url:
        document = sink("webhook", {"url": url, **EVENT_TOKENS}, leaving="disable")
        with told(tmp_path, document) as bridge:
            jo = bridge.user("jo", externalId="7")
            bridge.patch(f"/Users/{jo['id']}", retitle)
            bridge.send("PUT", f"/Users/{jo['id']}", {"schemas": [USER], "userName": "jolanda"})
            bridge.services.outbound.legs.leg("batch", "User").let_go(jo["id"])
            bridge.send("DELETE", f"/Users/{jo['id']}")

    tokens = [jwt.decode(sent.decode(), OctKey.import_key(SECRET)) for _, sent in requests]
    subjects = [token.claims["sub_id"] for token in tokens]
    created, patched, replaced, disabled, deleted = (token.claims["events"] for token in tokens)
    subject = {"format": "scim", "uri": f"/Users/{jo['id']}"}
    assert {token.header["typ"] for token in tokens} == {"secevent+jwt"}
    assert {headers["content-type"] for headers, _ in requests} == {"application/secevent+jwt"}
    assert subjects == [{**subject, "externalId": "7"}, *[subject] * 4]
    assert created[f"{PROV}:create:full"]["data"]["userName"] == "jo"
    assert patched == {f"{PROV}:patch:full": {"data": {"schemas": [PATCH_URN], "Operations": [retitle]}}}
    assert replaced[f"{PROV}:put:full"]["data"]["userName"] == "jolanda"
    assert (disabled, deleted) == ({f"{PROV}:deactivate": {}}, {f"{PROV}:delete": {}})
    assert len({token.claims["jti"] for token in tokens}) == len(tokens)
    assert {(token.claims["iss"], token.claims["aud"]) for token in tokens} == {
        ("https://bridge.example", "https://hooks.example")
    }
    assert not any({"sub", "exp"} & token.claims.keys() for token in tokens)


@pytest.mark.parametrize(
    ("status", "answer", "told_status", "said"),
    [
        pytest.param(
            400, b'{"err": "invalid_key", "description": "no such key"}', 400, "no such key", id="set"
        ),
        pytest.param(409, b'{"detail": "is there already"}', 409, "is there already", id="scim"),
        pytest.param(422, b"[" * 100_000, 400, "Unprocessable", id="no-json"),
        pytest.param(401, b"", 503, "it refuses our credentials", id="credentials"),
        pytest.param(503, b"", 503, "Service Unavailable", id="later"),
    ],
)
def test_a_webhook_that_refuses_is_told(
    tmp_path: Path, status: int, answer: bytes, told_status: int, said: str
) -> None:
    """The client is told which connector it was and what it said."""
    with (
        hook([], status=status, answer=answer) as url,
        told(tmp_path, sink("webhook", {"url": url, **EVENT_TOKENS})) as bridge,
    ):
        refused = bridge.send("POST", "/Users", {"schemas": [USER], "userName": "jo"})

    assert problem(refused)[0] == told_status
    assert "The connector batch said: " in read(refused)["detail"]
    assert said in read(refused)["detail"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        pytest.param(sink("file", {"path": "people"}), "settings.path: is no absolute path", id="path"),
        pytest.param(
            sink("file", {"path": "/x", "format": "ldif"}), "settings.dn: is needed for ldif", id="ldif"
        ),
        pytest.param(sink("command", {"command": ["ls"]}), "is no absolute path", id="command"),
        pytest.param(
            sink("webhook", {"url": "https://x", "format": "template"}),
            "goes with format: template",
            id="body",
        ),
        pytest.param(
            sink("webhook", {"url": "https://x", "format": "template", "body": "{$what}"}),
            "there is no {$what}",
            id="gap",
        ),
        pytest.param(
            sink("webhook", {"url": "https://x", "format": "set"}), "issuer and secret are needed", id="set"
        ),
        pytest.param(sink("ldap", {"domain": "B"}), "there is no domain B", id="ldap"),
    ],
)
def test_what_is_wrong_is_told(shared_proxy: Bridge, document: Document, said: str) -> None:
    """Settings that cannot be are refused with their key."""
    found = "; ".join(map(str, shared_proxy.services.documents.problems([document])))

    assert said in found
