"""Directories as containers; OpenLDAP, from the image of `containers/openldap`, is the same to a test as the private slapd.

Importing this sets testcontainers up so that all its traffic stays on loopback: no reaper container, and published
ports on 127.0.0.1 alone.
"""

import gc
import secrets
import warnings
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
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

testcontainers_config.ryuk_disabled = True
testcontainers_config.tc_host_override = "127.0.0.1"
testcontainers_config.connection_mode_override = ConnectionMode.docker_host


class ContainerError(RuntimeError):
    """The container did not become a directory; the message ends with its log."""


@dataclass(frozen=True, slots=True)
class Passwords:
    """The service account's and the administrator's, made for one container."""

    bind: str
    config: str


class DirectoryContainer(DirectoryServer):
    """A directory in a container of its own; its data end with it. `directory` receives the authority's certificate.

    What a product needs to be told, and what it is called then, the subclasses know.
    """

    image: str
    ports: tuple[int, int]
    """Plain and TLS, within the container."""

    def __init__(self, directory: Path) -> None:
        self._ca_file = directory / "ca.crt"
        self._container: DockerContainer | None = None
        self._address: DirectoryAddress | None = None

    def environment(self, passwords: Passwords) -> Mapping[str, str]:
        """Tell the image what directory to be."""
        raise NotImplementedError

    def passwords(self) -> Passwords:
        """Make the accounts' passwords."""
        return Passwords(_password(), _password())

    def prepared(self, container: DockerContainer) -> DockerContainer:
        """Say more about the container before it starts."""
        return container

    def names(self) -> tuple[str, str, str]:
        """Name the top of the tree, the service account and the administrator."""
        raise NotImplementedError

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

    def start(self, *, timeout_seconds: float = 120) -> None:
        """Start the container and return when the directory answers a bind."""
        passwords = self.passwords()
        container = self._container = self.prepared(DockerContainer(self.image))
        container.with_envs(**self.environment(passwords))
        for port in self.ports:
            # docker takes an address here; testcontainers only passes it on, but knows numbers alone
            container.ports[f"{port}/tcp"] = ("127.0.0.1",)  # type: ignore[assignment]
        container.start()
        address = self._published(container, passwords)
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

    def _published(self, container: DockerContainer, passwords: Passwords) -> DirectoryAddress:
        plain, tls = (container.get_exposed_port(port) for port in self.ports)
        base_dn, bind_dn, config_dn = self.names()
        return DirectoryAddress(
            uri=f"ldap://127.0.0.1:{plain}",
            ldaps_uri=f"ldaps://127.0.0.1:{tls}",
            ca_file=self._ca_file,
            base_dn=base_dn,
            bind_dn=bind_dn,
            bind_password=passwords.bind,
            config_dn=config_dn,
            config_password=passwords.config,
        )


class OpenLdapContainer(DirectoryContainer):
    """OpenLDAP in a container."""

    ports = (1389, 1636)

    def __init__(self, directory: Path, *, base_dn: str = "dc=example,dc=org", image: str = IMAGE) -> None:
        super().__init__(directory)
        self.image = image
        self._base_dn = base_dn

    def environment(self, passwords: Passwords) -> Mapping[str, str]:
        """Have a directory that need not survive a crash of the machine."""
        return {
            "LDAP_BASE": self._base_dn,
            "LDAP_BIND_PASSWORD": passwords.bind,
            "LDAP_CONFIG_PASSWORD": passwords.config,
            "LDAP_NO_SYNC": "TRUE",
        }

    def names(self) -> tuple[str, str, str]:
        """Name the base, the service account below it, and the configuration's administrator."""
        return self._base_dn, f"cn=landbridge,{self._base_dn}", CONFIG_DN


def build_image(tag: str = IMAGE, templates: Path = TEMPLATES) -> None:
    """Build an image from a folder of `containers`, by the host's network; quick when nothing has changed."""
    image = DockerImage(templates, tag=tag, clean_up=False, network_mode="host")
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


def _password() -> str:
    # Three kinds of characters, which AD's rules demand.
    return f"Aa1-{secrets.token_urlsafe(24)}"
