"""The service that the clients talk to."""

from collections.abc import Iterator

import pytest

from app.store.document import ENVELOPE, Document
from app.testing.samba import SambaAdContainer
from tests.conformance.conftest import ACTIVE_DIRECTORY, AD_USER
from tests.web.scim import conftest
from tests.web.scim.bridge import Bridge, make_bridge

shared_bridge = conftest.shared_bridge


@pytest.fixture(scope="session")
def shared_ad_bridge(
    samba_ad: SambaAdContainer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bridge]:
    """Build the services over Active Directory once."""
    body = {key: value for key, value in AD_USER.items() if key not in ENVELOPE}
    site_map = Document("SchemaMap", str(AD_USER["name"]), body)
    data = tmp_path_factory.mktemp("ad-bridge")
    bridge = make_bridge(data, samba_ad, bodies={"PRIMARY": ACTIVE_DIRECTORY}, added=[site_map])
    yield bridge
    bridge.close()


@pytest.fixture(scope="session")
def shared_principal_bridge(
    samba_ad: SambaAdContainer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bridge]:
    """Build the services over Active Directory once, with the shipped map by principal names."""
    maps = {"User": "ad-user-principal", "Group": "ad-group"}
    body = {"product": "active-directory", "maps": maps}
    bridge = make_bridge(tmp_path_factory.mktemp("principal-bridge"), samba_ad, bodies={"PRIMARY": body})
    yield bridge
    bridge.close()


@pytest.fixture
def principal_bridge(shared_principal_bridge: Bridge) -> Bridge:
    """Give a service without users and groups, whose users are called by their principal names."""
    shared_principal_bridge.directory.clear()
    return shared_principal_bridge


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
