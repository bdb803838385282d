"""The container is a directory like any other; test_slapd.py holds most of that."""

from pathlib import Path

import pytest

from app.testing.containers import ContainerError, OpenLdapContainer, why_no_engine
from app.testing.fixtures import must_have_containers


@pytest.mark.container
@pytest.mark.directory
def test_the_container_publishes_on_loopback_alone(openldap_container: OpenLdapContainer) -> None:
    """No other machine reaches a test's directory."""
    ports = openldap_container.container.get_wrapped_container().attrs["NetworkSettings"]["Ports"]

    published = {each["HostIp"] for bindings in ports.values() for each in bindings}

    assert published == {"127.0.0.1"}


@pytest.mark.container
@pytest.mark.usefixtures("openldap_container")
def test_a_container_that_ends_is_reported_with_its_log(tmp_path: Path) -> None:
    """A container that cannot make its directory says why."""
    broken = OpenLdapContainer(tmp_path, base_dn="no-name")

    with pytest.raises(ContainerError, match=r"(?s)gave no directory:.*olcSuffix"):
        broken.start()


def test_the_address_of_a_container_never_started_is_an_error(tmp_path: Path) -> None:
    """There is no address before the first start."""
    with pytest.raises(ContainerError, match="not been started"):
        _ = OpenLdapContainer(tmp_path).address


def test_a_missing_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason to skip names the engine."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")

    assert "no Docker engine answers" in (why_no_engine() or "")


@pytest.mark.parametrize(
    ("ci", "required", "expected"),
    [
        pytest.param("true", None, True, id="in-ci"),
        pytest.param(None, "1", True, id="on-demand"),
        pytest.param(None, None, False, id="elsewhere"),
        pytest.param("", "0", False, id="switched-off"),
    ],
)
def test_containers_are_required_in_ci_and_on_demand(
    ci: str | None, required: str | None, *, expected: bool
) -> None:
    """Only there is a missing engine a failure."""
    assert must_have_containers(ci, required) is expected
