"""The service that the clients talk to."""

from collections.abc import Iterator

import pytest

from app.testing.samba import SambaAdContainer
from tests.web.scim import conftest
from tests.web.scim.bridge import Bridge, make_bridge

shared_bridge = conftest.shared_bridge


@pytest.fixture(scope="session")
def shared_ad_bridge(
    samba_ad: SambaAdContainer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bridge]:
    """Build the services over Active Directory once."""
    domain = {"product": "active-directory", "maps": {"User": "ad-user", "Group": "ad-group"}}
    bridge = make_bridge(tmp_path_factory.mktemp("ad-bridge"), samba_ad, bodies={"PRIMARY": domain})
    yield bridge
    bridge.close()


@pytest.fixture(
    params=[
        pytest.param("shared_bridge", id="openldap", marks=pytest.mark.directory),
        pytest.param(
            "shared_ad_bridge",
            id="active-directory",
            marks=[pytest.mark.directory, pytest.mark.container],
        ),
    ]
)
def bridge(request: pytest.FixtureRequest) -> Bridge:
    """Give a service without users and groups, on each kind of directory."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Bridge)
    found.directory.clear()
    return found
