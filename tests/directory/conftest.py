"""The directories on which the contract of the port is held: in memory, and every real one."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module

import pytest

from app.directory.clients import has_native
from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dn import Dn, Rdn
from app.directory.errors import InvalidCredentials
from app.directory.ldap.client import LdapDirectory
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Operation, Search, SetPassword
from app.directory.port import Directory
from app.directory.servers.directory import ServerDirectory
from app.testing.server import DirectoryServer


@dataclass(frozen=True)
class Ways:
    """What a product calls the things that the contract speaks of, and what it does by its nature."""

    person: str = "inetOrgPerson"
    naming: str = "uid"
    mail: str = "mail"
    """An attribute of text, of several values."""
    again: str = "A@example.org"
    """The value a@example.org, as the product compares it."""
    unfit: tuple[str, tuple[bytes, ...]] = ("mail", ("é".encode(),))
    """An attribute, and a value that its syntax does not allow."""
    id: str = "entryUUID"
    id_length: int = 36
    version: str = "entryCSN"
    created: str = "createTimestamp"
    set_password: Callable[[Dn, str], Operation] = SetPassword
    reads_back: bool = True
    """Whether an operation tells what has become of the entry (RFC 4527)."""
    is_three_valued: bool = True
    """Whether the negation of what is undefined is undefined (RFC 4511 §4.5.1.7)."""

    def not_undefined(self, names: set[str]) -> set[str]:
        """Say which of the names match the negation of a filter that is undefined."""
        return set() if self.is_three_valued else names


@dataclass
class Ground:
    """A directory, and a container in it that is empty when a test begins."""

    directory: Directory
    people: Dn
    ways: Ways = field(default_factory=Ways)


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


def ask_in_vain(directory: ServerDirectory, times: int) -> None:
    """Ask with a wrong password, from several threads."""

    def ask(_number: int) -> None:
        with pytest.raises(InvalidCredentials):
            list(directory.search(Search(Dn(()), "base")))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(times)))


@pytest.fixture
def memory_ground() -> Ground:
    """Give an empty directory in memory."""
    base = Dn.parse("dc=example,dc=org")
    directory = MemoryDirectory(base)
    people = base.below(Rdn.of("ou", "People"))
    directory.execute(Add(people, {"objectClass": (b"organizationalUnit",), "ou": (b"People",)}))
    return Ground(directory, people)


def clients() -> list[Callable[..., ServerDirectory]]:
    """Return the clients that are installed."""
    native = "app.directory.native.client"
    return [LdapDirectory, *([import_module(native).NativeDirectory] if has_native() else [])]


@pytest.fixture(params=clients(), ids=lambda client: getattr(client, "__name__", ""))
def client(request: pytest.FixtureRequest) -> Callable[..., ServerDirectory]:
    """Give each client in turn."""
    made: Callable[..., ServerDirectory] = request.param
    return made


@pytest.fixture
def ldap_ground(empty_openldap: DirectoryServer, client: Callable[..., ServerDirectory]) -> Iterator[Ground]:
    """Give an empty OpenLDAP."""
    directory = client(settings_of(empty_openldap))
    yield Ground(directory, Dn.parse(empty_openldap.people_dn))
    directory.close()
