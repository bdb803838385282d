"""What a server in front would tell of a request (its path, its scheme) is not taken from headers: anybody can send them."""

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
