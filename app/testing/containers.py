"""OpenLDAP as a container, from the image of `containers/openldap`; the same to a test as the private slapd.

Importing this sets testcontainers up so that all its traffic stays on loopback: no reaper container, and published
ports on 127.0.0.1 alone.
"""

import gc
import secrets
import warnings
from contextlib import closing
from pathlib import Path
from typing import Self

from docker.errors import DockerException
from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient
from testcontainers.core.image import DockerImage

from app.testing.ready import wait_for_bind
from app.testing.server import CONFIG_DN, DirectoryAddress, DirectoryServer
from app.testing.slapd import TEMPLATES

IMAGE = "landbridge-openldap:test"

_PLAIN_PORT, _TLS_PORT = 1389, 1636

testcontainers_config.ryuk_disabled = True
testcontainers_config.tc_host_override = "127.0.0.1"
testcontainers_config.connection_mode_override = ConnectionMode.docker_host


class ContainerError(RuntimeError):
    """The container did not become a directory; the message ends with its log."""


class OpenLdapContainer(DirectoryServer):
    """OpenLDAP in a container of its own; its data end with it. `directory` receives the authority's certificate."""

    def __init__(self, directory: Path, *, base_dn: str = "dc=example,dc=org", image: str = IMAGE) -> None:
        self._ca_file = directory / "ca.crt"
        self._base_dn = base_dn
        self._image = image
        self._container: DockerContainer | None = None
        self._address: DirectoryAddress | None = None

    @property
    def address(self) -> DirectoryAddress:
        """Tell where the directory answers."""
        if self._address is None:
            raise ContainerError("the container has not been started yet")
        return self._address

    @property
    def container(self) -> DockerContainer:
        """Give the container itself, for what the address does not tell."""
        if self._container is None:
            raise ContainerError("the container has not been started yet")
        return self._container

    def start(self, *, timeout_seconds: float = 30) -> None:
        """Start the container and return when the directory answers a bind."""
        bind_password, config_password = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        container = self._container = DockerContainer(self._image).with_envs(
            LDAP_BASE=self._base_dn,
            LDAP_BIND_PASSWORD=bind_password,
            LDAP_CONFIG_PASSWORD=config_password,
            LDAP_NO_SYNC="TRUE",
        )
        for port in (_PLAIN_PORT, _TLS_PORT):
            # docker takes an address here; testcontainers only passes it on, but knows numbers alone
            container.ports[f"{port}/tcp"] = ("127.0.0.1",)  # type: ignore[assignment]
        container.start()
        address = DirectoryAddress(
            uri=f"ldap://127.0.0.1:{container.get_exposed_port(_PLAIN_PORT)}",
            ldaps_uri=f"ldaps://127.0.0.1:{container.get_exposed_port(_TLS_PORT)}",
            ca_file=self._ca_file,
            base_dn=self._base_dn,
            bind_dn=f"cn=landbridge,{self._base_dn}",
            bind_password=bind_password,
            config_dn=CONFIG_DN,
            config_password=config_password,
        )
        if not wait_for_bind(
            address.uri, timeout_seconds=timeout_seconds, is_alive=lambda: _is_running(container)
        ):
            log = b"".join(container.get_logs()).decode(errors="replace")
            self.stop()
            raise ContainerError(f"the container gave no directory:\n{log}")
        container.copy_from_container("/ca/ca.crt", self._ca_file)
        self._address = address

    def stop(self) -> None:
        """Delete the container and its data."""
        container, self._container = self._container, None
        if container:
            container.stop()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def build_image(tag: str = IMAGE) -> None:
    """Build the image from `containers/openldap`, by the host's network; quick when nothing has changed."""
    image = DockerImage(TEMPLATES, tag=tag, clean_up=False, network_mode="host")
    with closing(image.get_docker_client().client):
        image.build()


def why_no_engine() -> str | None:
    """Tell why no Docker engine can be used here, or nothing if one can."""
    try:
        with closing(DockerClient().client) as client:
            client.ping()
    except DockerException as error:
        reason = f"no Docker engine answers: {error}"
    else:
        return None
    with warnings.catch_warnings():
        # docker-py forgets to close the socket of an attempt that fails; here and now that is no news.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    return reason


def _is_running(container: DockerContainer) -> bool:
    container.reload()
    return container.status in {"created", "running"}
