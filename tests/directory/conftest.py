"""The directories on which the contract of the port is held: in memory, and every real one."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dn import Dn, Rdn
from app.directory.ldap.client import LdapDirectory
from app.directory.memory import MemoryDirectory
from app.directory.model import Add
from app.directory.port import Directory
from app.testing.server import DirectoryServer


@dataclass
class Ground:
    """A directory, and a container in it that is empty when a test begins."""

    directory: Directory
    people: Dn


def settings_of(server: DirectoryServer, **changed: object) -> ConnectionSettings:
    """Say how to reach a server over verified TLS as the service account."""
    values: dict[str, object] = {
        "servers": (ServerAddress.parse(server.ldaps_uri),),
        "bind_dn": Dn.parse(server.bind_dn),
        "bind_password": server.bind_password,
        "tls": Tls(ca_file=str(server.ca_file)),
        "page_size": 3,
        **changed,
    }
    return ConnectionSettings(**values)  # type: ignore[arg-type]  # tests may pass anything on


@pytest.fixture
def memory_ground() -> Ground:
    """Give an empty directory in memory."""
    base = Dn.parse("dc=example,dc=org")
    directory = MemoryDirectory(base)
    people = base.below(Rdn.of("ou", "People"))
    directory.execute(Add(people, {"objectClass": (b"organizationalUnit",), "ou": (b"People",)}))
    return Ground(directory, people)


@pytest.fixture
def ldap_ground(empty_openldap: DirectoryServer) -> Iterator[Ground]:
    """Give an empty OpenLDAP."""
    directory = LdapDirectory(settings_of(empty_openldap))
    yield Ground(directory, Dn.parse(empty_openldap.people_dn))
    directory.close()
