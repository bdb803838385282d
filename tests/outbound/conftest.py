"""A scim2-server for the session, and a Landbridge in proxy mode in front of it."""

from collections.abc import Iterator

import httpx
import pytest

from tests.outbound.bridges import application, connector, proxy_bridge
from tests.outbound.scim2_server import TOKEN, scim2_server
from tests.web.scim.bridge import Bridge


@pytest.fixture(scope="session")
def scim2_target() -> Iterator[str]:
    """Run scim2-server; tests use names of their own."""
    with scim2_server() as url:
        yield url


@pytest.fixture
def target(scim2_target: str) -> Iterator[httpx.Client]:
    """Ask the target directly."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"}
    with httpx.Client(base_url=scim2_target, headers=headers, trust_env=False) as client:
        for path in ("/Users", "/Groups"):
            for found in client.get(path, params={"count": "1000"}).json().get("Resources", []):
                client.delete(f"{path}/{found['id']}")
        yield client


@pytest.fixture(scope="session")
def shared_proxy(scim2_target: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Build the services once."""
    data_dir = tmp_path_factory.mktemp("proxy")
    with proxy_bridge(data_dir, connector("crm", scim2_target), application("crm")) as bridge:
        yield bridge


@pytest.fixture
def proxy(shared_proxy: Bridge, target: httpx.Client) -> Bridge:
    """Give a Landbridge in proxy mode in front of an empty target."""
    assert target.get("/Users").json()["totalResults"] == 0
    return shared_proxy
