"""Each client keeps the contract of the port on real servers, and says clearly why it cannot connect."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dn import Dn
from app.directory.errors import InsecureConnection, InvalidCredentials, LimitExceeded, Unavailable
from app.directory.model import Search
from app.directory.servers.directory import ServerDirectory
from app.testing.server import DirectoryServer
from app.testing.slapd import Slapd
from tests.directory.conftest import Ground, ask_in_vain, settings_of
from tests.directory.contract import DirectoryContract
from tests.preparation.broken import Break, replacing, running


class TestLdapDirectory(DirectoryContract):
    """The contract, on OpenLDAP."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give an empty OpenLDAP."""
        return ldap_ground


ROOT = Search(Dn(()), "base", attributes=("namingContexts",))


Connect = Callable[[ConnectionSettings], ServerDirectory]


@pytest.fixture
def connect(client: Connect) -> Iterator[Connect]:
    """Make directories that are closed after the test."""
    made: list[ServerDirectory] = []

    def make(settings: ConnectionSettings) -> ServerDirectory:
        made.append(client(settings))
        return made[-1]

    yield make
    for directory in made:
        directory.close()


def test_capabilities(openldap: DirectoryServer, connect: Connect) -> None:
    """The root DSE tells which controls there are."""
    directory = connect(settings_of(openldap))

    found = directory.capabilities()

    assert {"1.3.6.1.1.12", "1.3.6.1.1.13.2", "1.2.840.113556.1.4.319"} <= found.controls
    assert "1.3.6.1.4.1.4203.1.11.1" in found.extensions


@pytest.mark.directory
def test_pages_where_there_are_none(slapd: Slapd, connect: Connect) -> None:
    """A part of the server that knows no pages, as cn=config does not, answers at once."""
    settings = replace(
        settings_of(slapd), bind_dn=Dn.parse(slapd.config_dn), bind_password=slapd.config_password
    )

    found = [entry.dn for entry in connect(settings).search(Search(Dn.parse("cn=config"), "one"))]

    assert Dn.parse("olcDatabase={1}mdb,cn=config") in found


def test_who_we_are(openldap: DirectoryServer, connect: Connect) -> None:
    """The server says whom it takes us for."""
    assert connect(settings_of(openldap)).who_am_i() == f"dn:{openldap.bind_dn}"


@pytest.mark.directory
def test_survives_a_restart(slapd: Slapd, connect: Connect) -> None:
    """When the server has gone, a read says so; when it is back, the same directory works again."""
    directory = connect(settings_of(slapd))
    assert list(directory.search(ROOT))

    slapd.stop()
    with pytest.raises(Unavailable):
        list(directory.search(ROOT))
    slapd.start()

    assert list(directory.search(ROOT))


@pytest.mark.directory
def test_second_server_takes_over(slapd: Slapd, connect: Connect) -> None:
    """A server that does not answer is passed over."""
    dead = ServerAddress("ldaps", "localhost", 1)
    directory = connect(settings_of(slapd, servers=(dead, ServerAddress.parse(slapd.ldaps_uri))))

    assert list(directory.search(ROOT))


@pytest.mark.directory
def test_a_wrong_password_locks_nobody(tmp_path: Path, connect: Connect) -> None:
    """Many who ask with the service account's old password do not have it locked."""
    strict = Break(base=replacing("pwdLockout: TRUE", "pwdLockout: TRUE\npwdMaxFailure: 2"))
    with running(strict, tmp_path) as slapd:
        ask_in_vain(connect(settings_of(slapd, bind_password="of last year")), 20)

        assert list(connect(settings_of(slapd)).search(ROOT))


@pytest.mark.directory
def test_an_address_where_nobody_answers(
    slapd: Slapd, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a name with two addresses, as most localhosts have, the second one does; nothing is left open of the first."""
    monkeypatch.setattr(socket, "getaddrinfo", two_addresses(socket.getaddrinfo))
    directory = connect(settings_of(slapd))

    assert list(directory.search(ROOT))


def two_addresses(resolve: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Find another address of loopback before each, at which no server listens."""

    def found(*asked: Any, **named: Any) -> list[Any]:
        answer = resolve(*asked, **named)
        return [(*first, ("127.0.0.77", *address[1:])) for *first, address in answer] + answer

    return found


def test_start_tls(openldap: DirectoryServer, connect: Connect) -> None:
    """StartTLS protects a plain address."""
    address = ServerAddress.parse(openldap.uri)
    settings = settings_of(
        openldap, servers=(address,), tls=Tls(start_tls=True, ca_file=str(openldap.ca_file))
    )

    assert list(connect(settings).search(ROOT))


def test_untrusted_certificate(openldap: DirectoryServer, connect: Connect) -> None:
    """A certificate of an unknown authority is refused."""
    directory = connect(settings_of(openldap, tls=Tls()))

    with pytest.raises(Unavailable, match="connecting to ldaps://"):
        list(directory.search(ROOT))


def test_a_file_that_is_not_there(openldap: DirectoryServer, connect: Connect) -> None:
    """Who has not mounted it is told of which file."""
    directory = connect(settings_of(openldap, tls=Tls(ca_file="/nowhere/ca.crt")))

    with pytest.raises(Unavailable, match=r"^tls\.ca_file: /nowhere/ca\.crt cannot be read: No such file"):
        list(directory.search(ROOT))


def test_certificate_of_another_name(openldap: DirectoryServer, connect: Connect) -> None:
    """A trusted certificate that names another host is refused."""
    address = ServerAddress.parse(openldap.ldaps_uri)
    other = ServerAddress(address.scheme, "127.0.0.2", address.port)
    directory = connect(settings_of(openldap, servers=(other,)))

    with pytest.raises(Unavailable):
        list(directory.search(ROOT))


def test_wrong_service_password(openldap: DirectoryServer, connect: Connect) -> None:
    """Wrong credentials of the service account are told apart from a server that is down, and not quoted."""
    directory = connect(settings_of(openldap, bind_password="not-this-one"))

    with pytest.raises(InvalidCredentials) as caught:
        list(directory.search(ROOT))

    assert "not-this-one" not in str(caught.value)


def test_password_over_an_unprotected_connection(openldap: DirectoryServer, connect: Connect) -> None:
    """No password leaves this machine unprotected."""
    directory = connect(settings_of(openldap, servers=(ServerAddress("ldap", "ldap.example.org", 389),)))

    with pytest.raises(InsecureConnection):
        list(directory.search(ROOT))


@pytest.mark.directory
def test_limit_of_the_server(slapd: Slapd, connect: Connect) -> None:
    """A limit of the server's own that comes sooner than ours is an error, not the end of what there is."""
    slapd.clear()
    for number in range(4):
        slapd.modify(
            f"dn: uid=p{number},{slapd.people_dn}\nobjectClass: inetOrgPerson\nuid: p{number}\ncn: p\nsn: p\n"
        )
    database = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcLimits\nolcLimits: "
    account = f'dn.exact="{slapd.bind_dn}" time=unlimited'
    search = Search(Dn.parse(slapd.people_dn), "one", attributes=("uid",), size_limit=3)
    slapd.modify(f"{database}{account} size.soft=2 size.hard=2\n")
    try:
        with pytest.raises(LimitExceeded):
            list(connect(settings_of(slapd)).search(search))
    finally:
        slapd.modify(f"{database}{account} size=unlimited size.prtotal=unlimited\n")

    assert len(list(connect(settings_of(slapd)).search(search))) == 3
