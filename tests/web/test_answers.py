"""What leaves with less ado is the same as what Flask sends, and what comes finds the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, Request, Response
from werkzeug.routing import MapAdapter
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.web.answers import Answer
from app.web.application import LeanFlask

if TYPE_CHECKING:
    from collections.abc import Iterable

URL = "https://localhost:9443/scim2/Users/8a44f0a2-4dc0-11ee-be56-0242ac120002"


def _sent(kind: type[Response], method: str, content: Any, arguments: dict[str, Any]) -> object:
    environ = EnvironBuilder("/scim2/Users", "https://localhost:9443", method=method).get_environ()
    chunks, status, headers = run_wsgi_app(kind(content, **arguments), environ)
    return b"".join(chunks), status, sorted(headers)


def _pieces() -> Iterable[bytes]:
    yield from (b"a", b"b")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("content", "arguments"),
    [
        pytest.param('{"ä": 1}', {}, id="text"),
        pytest.param(b"{}", {"status": 201, "headers": {"Location": URL, "ETag": '"1"'}}, id="created"),
        pytest.param(b"{}", {"headers": {"location": f"{URL} ä"}}, id="to-be-quoted"),
        pytest.param(b"{}", {"headers": {"Location": "https://Example.ORG:0443/x"}}, id="another-spelling"),
        pytest.param(b"{}", {"headers": {"Content-Location": "https://x.org/ä"}}, id="content-location"),
        pytest.param(None, {"status": 204}, id="no-content"),
        pytest.param(b"{}", {"status": 304}, id="not-modified"),
        pytest.param(["a", "b"], {}, id="list"),
    ],
)
def test_an_answer_is_what_flask_would_send(method: str, content: Any, arguments: dict[str, Any]) -> None:
    """Body, status and headers."""
    assert _sent(Answer, method, content, arguments) == _sent(Response, method, content, arguments)


def test_a_stream_is_what_flask_would_send() -> None:
    """It is sent as it comes, and closed."""
    closed: list[bool] = []
    answer = Answer(_pieces())
    answer.call_on_close(lambda: closed.append(True))

    chunks, _, _ = run_wsgi_app(answer, EnvironBuilder().get_environ(), buffered=True)

    assert (b"".join(chunks), closed) == (b"ab", [True])


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"path": "/scim2//Users/ä", "query_string": "filter=ä"}, id="path"),
        pytest.param({"base_url": "HTTPS://EXAMPLE.org:443/mounted/"}, id="base"),
        pytest.param({"headers": {"Host": "[::1]:9443"}, "method": "PUT"}, id="address"),
        pytest.param({"headers": {"Connection": "Upgrade", "Upgrade": "websocket"}}, id="websocket"),
    ],
)
def test_a_request_finds_the_way_that_flask_finds(arguments: dict[str, Any]) -> None:
    """Host, scheme, path and query are read alike."""
    app = LeanFlask("test")

    found = [
        make(app, Request(EnvironBuilder(**arguments).get_environ()))
        for make in (LeanFlask.create_url_adapter, Flask.create_url_adapter)
    ]

    lean, flask = (vars(adapter) for adapter in found if isinstance(adapter, MapAdapter))
    assert lean == flask
