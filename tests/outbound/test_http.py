"""How services are reached: credentials, redirects, PUT where there is no PATCH, and filters where there are none."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import httpx
import pytest

from app.outbound.connectors.http import Access, Answer, Http, retry_after_seconds
from app.outbound.errors import OutcomeUnknown
from tests.outbound.bridges import ENVIRON, application, connector, proxy_bridge
from tests.outbound.test_following import there
from tests.outbound.unruly import Fault, unruly
from tests.web.scim.bridge import USER, Bridge, problem, read

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
EMPTY = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0}


class Scripted:
    """A service that answers what it is told to."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], Any]] = {}
        self.once: dict[str, tuple[int, dict[str, str], Any]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.url = ""

    def reply_to(self, path: str) -> tuple[int, dict[str, str], Any]:
        """Return the answer for a path."""
        return self.once.pop(path, None) or self.answers.get(path, (404, {}, {}))


@pytest.fixture
def service() -> Iterator[Scripted]:
    """Run one."""
    script = Scripted()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.partition("?")[0]
            script.seen.append((path, {name.lower(): text for name, text in self.headers.items()}))
            status, headers, body = script.reply_to(path)
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, text in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield script
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def asking(data_dir: Path, service: Scripted, **settings: Any) -> Iterator[Bridge]:
    """Give a Landbridge in front of a scripted service."""
    document = connector("crm", service.url, settings=settings)
    environ = {**ENVIRON, "SECRET": "geheim"}
    with proxy_bridge(data_dir, document, application("crm"), environ=environ) as bridge:
        yield bridge


@pytest.mark.parametrize(
    ("authentication", "header", "expected"),
    [
        pytest.param(
            {"method": "basic", "username": "us", "password": {"env": "SECRET"}},
            "authorization",
            "Basic dXM6Z2VoZWlt",
            id="basic",
        ),
        pytest.param(
            {"method": "api_key", "header": "X-Key", "value": {"env": "SECRET"}},
            "x-key",
            "geheim",
            id="api key",
        ),
        pytest.param({"method": "none"}, "authorization", None, id="none"),
    ],
)
def test_credentials(
    tmp_path: Path, service: Scripted, authentication: Any, header: str, expected: str | None
) -> None:
    """Each way of authentication puts its header on every request."""
    service.answers["/Users"] = (200, {}, EMPTY)
    with asking(tmp_path, service, authentication=authentication) as bridge:
        assert bridge.found("/Users") == []

    assert {headers.get(header) for _, headers in service.seen} == {expected}


def test_a_token_that_is_refused_is_fetched_anew(tmp_path: Path, service: Scripted) -> None:
    """A token that the service forgot costs one more; the client does not notice."""
    service.answers["/token"] = (200, {}, {"access_token": "first", "expires_in": 3600})
    service.answers["/Users"] = (200, {}, EMPTY)
    authentication = {
        "method": "client_credentials",
        "token_url": f"{service.url}/token",
        "client_id": "us",
        "client_secret": {"env": "SECRET"},
        "scope": "scim",
    }
    with asking(tmp_path, service, authentication=authentication) as bridge:
        bridge.get("/Users")
        bridge.get("/Users")
        service.once["/Users"] = (401, {}, {})
        answer = bridge.get("/Users")

    assert answer.status_code == 200
    assert [path for path, _ in service.seen].count("/token") == 2


@pytest.mark.parametrize(
    ("location", "status", "said"),
    [
        pytest.param("/v2/Users", 200, "", id="the same host"),
        pytest.param("https://evil.example/Users", 503, "it redirects to https://evil.example", id="another"),
        pytest.param("/Users", 503, "it redirects again and again", id="a circle"),
    ],
)
def test_redirects(tmp_path: Path, service: Scripted, location: str, status: int, said: str) -> None:
    """Credentials and people's data go to the host that the connector names, and to no other."""
    service.answers["/Users"] = (307, {"Location": location}, {})
    service.answers["/v2/Users"] = (200, {}, EMPTY)
    with asking(tmp_path, service) as bridge:
        answer = bridge.get("/Users")

    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param((200, {}, "no list"), "it answers with no list", id="no list"),
        pytest.param((200, {}, {**EMPTY, "Resources": [{"userName": "jo"}]}), "without an id", id="no id"),
        pytest.param((403, {}, {}), "it refuses our credentials or rights (status 403)", id="403"),
    ],
)
def test_answers_that_cannot_be(tmp_path: Path, service: Scripted, reply: Any, said: str) -> None:
    """What is no SCIM is told as the connector's fault."""
    service.answers["/Users"] = reply
    with asking(tmp_path, service) as bridge:
        answer = bridge.get("/Users")

    assert problem(answer)[0] == 503
    assert said in read(answer)["detail"]


def test_a_service_that_cannot_filter(tmp_path: Path, service: Scripted) -> None:
    """A filter is refused rather than dropped."""
    service.answers["/ServiceProviderConfig"] = (200, {}, {"filter": {"supported": False}})
    with asking(tmp_path, service) as bridge:
        assert problem(bridge.get('/Users?filter=userName eq "jo"')) == (400, "invalidFilter")


def test_nobody_there(tmp_path: Path, service: Scripted) -> None:
    """A service that cannot be reached is 503."""
    service.url = "http://127.0.0.1:9"
    with asking(tmp_path, service) as bridge:
        answer = bridge.get("/Users")

    assert problem(answer)[0] == 503
    assert "it cannot be reached (ConnectError)" in read(answer)["detail"]


def _without_patch(shown: dict[str, Any]) -> dict[str, Any]:
    return {**shown, "patch": {"supported": False}}


@pytest.mark.parametrize(
    ("update", "faults"),
    [
        pytest.param("put", [], id="by setting"),
        pytest.param(
            "auto", [Fault(passes=True, methods=("GET",), mangle=_without_patch)], id="by its own word"
        ),
    ],
)
def test_put_instead_of_patch(
    tmp_path: Path, scim2_target: str, target: httpx.Client, update: str, faults: list[Fault]
) -> None:
    """A connector set to PUT, or whose service has no PATCH, sends whole resources, with what others wrote there."""
    with unruly(scim2_target) as between:
        between.faults = [*faults]
        document = connector("crm", between.url, settings={"update": update})
        with proxy_bridge(tmp_path, document, application("crm")) as bridge:
            target.post("/Users", json={"schemas": [USER], "userName": "jo", "nickName": "J"})
            [jo] = read(bridge.get("/Users"))["Resources"]
            bridge.patch(f"/Users/{jo['id']}", {"op": "replace", "path": "title", "value": "Boss"})

        assert between.writes() == ["PUT"]
    assert (there(target)["jo"]["title"], there(target)["jo"]["nickName"]) == ("Boss", "J")


def test_types_may_have_other_endpoints(tmp_path: Path, service: Scripted) -> None:
    """As the connector names them, for each type; an id is what the place of what was created says, decoded."""
    service.answers["/v2/People"] = (201, {"Location": f"{service.url}/v2/People/a%20b"}, {})
    service.answers["/v2/People/a%20b"] = (200, {}, {"schemas": [USER], "id": "a b", "userName": "jo"})
    service.answers["/Groups"] = (200, {}, EMPTY)
    with asking(tmp_path, service, endpoints={"User": "/v2/People/"}) as bridge:
        jo = bridge.user("jo")
        assert bridge.found("/Groups") == []
        shown = read(bridge.get(f"/Users/{jo['id']}"))

    assert (shown["id"], shown["userName"]) == (jo["id"], "jo")
    assert "/Users" not in [path for path, _ in service.seen]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("120", 120, id="seconds"),
        pytest.param("", 5, id="nothing"),
        pytest.param("soon", 5, id="nonsense"),
        pytest.param("99999999999", 86_400, id="for ever"),
        pytest.param(format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90, id="a date"),
        pytest.param(
            format_datetime(NOW - timedelta(seconds=90), usegmt=True), 1, id="a date that has passed"
        ),
    ],
)
def test_retry_after(text: str, seconds: int) -> None:
    """Seconds and dates are read, within reason."""
    assert retry_after_seconds(Answer(429, {"Retry-After": text}, b""), now=NOW) == seconds


def test_an_answer_in_drops() -> None:
    """Who never comes to an end is not waited for, though each part of the answer comes soon enough."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            taken, _ = listener.accept()
            with taken, suppress(OSError):
                taken.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                while True:
                    taken.sendall(b"1\r\n \r\n")
                    sleep(0.02)

        thread = Thread(target=drip)
        thread.start()
        client = Http(Access(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_seconds=0.1))
        with pytest.raises(OutcomeUnknown, match=r"no answer came \(ReadTimeout\)"):
            client.send("GET", "/Users")
        client.close()
        thread.join()
