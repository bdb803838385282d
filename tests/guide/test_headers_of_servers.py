"""What a server in front would tell of a request (its path, its scheme) is not taken from headers: anybody can send them."""

import json

import pytest

from tests.guide.conftest import Served

pytestmark = pytest.mark.directory


@pytest.mark.parametrize(
    "header", ["PATH_INFO: /scim2/Users", "SCRIPT_NAME: /scim2", "SCRIPT_NAME: /elsewhere"]
)
def test_the_path(served: Served, header: str) -> None:
    """The path is the one in the request's first line."""
    status, _, body = served.curl("-H", header, f"{served.announced['url']}/scim2/ServiceProviderConfig")

    assert status == 200
    assert '"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"' in body


def test_the_scheme(served: Served) -> None:
    """What came over TLS is located there."""
    url = f"{served.announced['url']}/scim2/ServiceProviderConfig"

    _, _, body = served.curl("-H", "X-Forwarded-Proto: http", url)

    assert f'"{url}"' in body


@pytest.mark.parametrize("host", ["bad host", "münchen.example", "a/b", "[::1", "localhost:port"])
def test_a_host_that_is_none(served: Served, host: str) -> None:
    """Locations begin with the host that was asked for, so it must be one (RFC 9112 §3.2)."""
    url = f"{served.announced['url']}/scim2/ServiceProviderConfig"

    status, _, body = served.curl("-H", f"Host: {host}", url)

    assert status == 400
    assert json.loads(body) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "400",
        "detail": "The Host header is not the name or address of a host.",
    }


@pytest.mark.parametrize(
    "path", ["/console", "/console/login", "/admin/openapi.json", "/oauth2/token", "/healthz", "/x"]
)
def test_a_host_that_is_none_anywhere(served: Served, path: str) -> None:
    """Whatever is asked for, the error says so."""
    status, _, body = served.curl("-H", "Host: bad host", f"{served.announced['url']}{path}")

    assert status == 400
    assert "The Host header is not the name or address of a host." in body


@pytest.mark.parametrize(
    "host", ["localhost", "xn--mnchen-3ya.example", "[::1]:9443", "127.0.0.1:9443", "land_bridge:9443"]
)
def test_a_host(served: Served, host: str) -> None:
    """Any host that is one is taken: which names lead here only the network knows."""
    url = f"{served.announced['url']}/scim2/ServiceProviderConfig"

    status, _, body = served.curl("-H", f"Host: {host}", url)

    assert status == 200
    assert f'"https://{host}/scim2/ServiceProviderConfig"' in body
