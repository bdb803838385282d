"""Whatever happens to a connection becomes one of the directory's own errors, and no socket is left open."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace

import pytest

from app.directory.connection import ConnectionSettings, Patience, ServerAddress, Tls
from app.directory.dn import Dn, Rdn
from app.directory.errors import (
    DirectoryError,
    InsecureConnection,
    InvalidCredentials,
    OutcomeUnknown,
    PasswordRejected,
    Refused,
    SchemaViolation,
    Unavailable,
)
from app.directory.filters import Equals, Everything
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Rename, Search, SetPassword
from app.directory.servers.directory import Process, ServerDirectory
from app.testing.slapd import Slapd
from tests.directory.conftest import settings_of
from tests.directory.ldap.proxy import Behaviour, Proxy

pytestmark = pytest.mark.directory


@pytest.fixture
def proxy(slapd: Slapd) -> Iterator[Proxy]:
    """Put a relay in front of an empty slapd."""
    slapd.clear()
    with Proxy(slapd.uri) as running:
        yield running


Connect = Callable[..., ServerDirectory]


@pytest.fixture
def connect(slapd: Slapd, proxy: Proxy, client: Connect) -> Iterator[Connect]:
    """Make directories that talk through the relay, and are closed after the test."""
    made: list[ServerDirectory] = []

    def make(**changed: object) -> ServerDirectory:
        servers = (ServerAddress.parse(proxy.address),)
        # What a breaker would make of all this is tests/directory/servers' business.
        patient = {"patience": Patience(failures=1000, silent_seconds=60)}
        brief = {"operation_seconds": 1, "search_seconds": 1, "connect_seconds": 1}
        settings = settings_of(slapd, **{"servers": servers, **brief, **patient, **changed})
        made.append(client(settings, Process(pause=lambda _: None)))
        return made[-1]

    yield make
    for directory in made:
        directory.close()


@pytest.fixture
def people(slapd: Slapd) -> Dn:
    """Name the container of users."""
    return Dn.parse(slapd.people_dn)


def person(people: Dn, uid: str) -> Add:
    """Describe a person."""
    value = (uid.encode(),)
    return Add(
        people.below(Rdn.of("uid", uid)),
        {"objectClass": (b"inetOrgPerson",), "uid": value, "cn": value, "sn": value},
    )


def everybody(people: Dn) -> Search:
    """Search all people."""
    return Search(people, "one", attributes=("uid",))


def operations(people: Dn) -> list[Operation]:
    """Make one operation of each kind, in an order in which they can be done."""
    added = person(people, "jo")
    renamed = Rename(added.dn, Rdn.of("uid", "joe"))
    changes = (Change("replace", "sn", (b"x",)),)
    return [added, Modify(added.dn, changes), SetPassword(added.dn, "x"), renamed, Delete(renamed.new_dn)]


@pytest.mark.parametrize("behaviour", ["lose answers", "lose requests", "hang"])
def test_write_is_lost(proxy: Proxy, connect: Connect, people: Dn, behaviour: Behaviour) -> None:
    """A write whose answer never came is sent once, and its outcome is called unknown."""
    directory = connect()
    list(directory.search(everybody(people)))
    proxy.behaviour = behaviour

    with pytest.raises(OutcomeUnknown):
        directory.execute(person(people, "jo"))

    proxy.behaviour = "relay"
    found = list(connect().search(everybody(people)))
    assert [entry.text("uid") for entry in found] == (["jo"] if behaviour == "lose answers" else [])


@pytest.mark.parametrize("behaviour", ["lose answers", "lose requests"])
def test_lost_write_is_looked_for(
    proxy: Proxy, client: Connect, slapd: Slapd, people: Dn, behaviour: Behaviour
) -> None:
    """Each kind of write that is lost with its connection is told as what it is, once the server can be asked."""

    def mend(_seconds: float) -> None:
        proxy.behaviour = "relay"

    servers = (ServerAddress.parse(proxy.address),)
    directory = client(settings_of(slapd, servers=servers, connect_seconds=2), Process(pause=mend))
    with closing(directory):
        for operation in operations(people):
            list(directory.search(everybody(people)))
            proxy.behaviour = behaviour
            with nullcontext() if behaviour == "lose answers" else pytest.raises(Unavailable) as caught:
                directory.execute(operation)
            if caught is not None:
                # Of a password nobody can tell that it was not set.
                assert isinstance(caught.value, OutcomeUnknown) is isinstance(operation, SetPassword)
                directory.execute(operation)
        assert list(directory.search(everybody(people))) == []


def test_every_write_is_lost(proxy: Proxy, connect: Connect, people: Dn) -> None:
    """Each kind of write that is lost is told apart from one that failed."""
    directory = connect()

    for operation in operations(people):
        proxy.behaviour = "relay"
        list(directory.search(everybody(people)))
        proxy.behaviour = "lose answers"
        with pytest.raises(OutcomeUnknown):
            directory.execute(operation)

    proxy.behaviour = "relay"
    assert list(connect().search(everybody(people))) == []


def test_read_is_tried_again(proxy: Proxy, connect: Connect, slapd: Slapd, people: Dn) -> None:
    """A read on a connection that turns out to be dead is done on another one, unnoticed."""
    directory = connect(pool_size=1)
    directory.execute(person(people, "jo"))
    slapd.restart()

    found = list(directory.search(everybody(people)))

    assert found == [Entry(people.below(Rdn.of("uid", "jo")), {"uid": (b"jo",)})]
    assert proxy.connections == 2


def test_connections_end_between_two_uses(proxy: Proxy, connect: Connect, people: Dn) -> None:
    """What was used just now and has been ended since is in the way of no read and of no write."""
    directory = connect(pool_size=1, patience=Patience(failures=1))
    directory.execute(person(people, "jo"))

    proxy.cut()
    assert len(list(directory.search(everybody(people)))) == 1
    proxy.cut()
    directory.execute(person(people, "ann"))
    proxy.cut()

    assert len(list(directory.search(everybody(people)))) == 2
    assert proxy.connections == 4
    assert len(proxy.writes) == 2
    assert [status.state for status in directory.statuses()] == ["closed"]


@pytest.mark.parametrize("size_limit", [None, 1])
def test_read_is_lost(proxy: Proxy, connect: Connect, people: Dn, size_limit: int | None) -> None:
    """A read is tried twice, then the directory is called unavailable."""
    directory = connect()
    list(directory.search(everybody(people)))
    proxy.behaviour = "lose requests"

    with pytest.raises(Unavailable):
        list(directory.search(Search(people, "one", attributes=("uid",), size_limit=size_limit)))

    assert proxy.connections == 2


def test_list_is_lost_in_the_middle(proxy: Proxy, connect: Connect, people: Dn) -> None:
    """A list that breaks off after entries were handed out is an error, never a shorter or a repeated list."""
    directory = connect()
    for number in range(7):
        directory.execute(person(people, f"p{number}"))
    found = directory.search(everybody(people))
    handed_out = [next(found) for _ in range(3)]
    proxy.behaviour = "lose requests"

    with pytest.raises(Unavailable):
        list(found)

    assert len(handed_out) == 3
    assert proxy.connections == 1


@pytest.mark.parametrize("behaviour", ["hang", "garbage", "lose requests"])
def test_no_server_of_ours(proxy: Proxy, connect: Connect, people: Dn, behaviour: Behaviour) -> None:
    """What answers in no or another protocol is unavailable, to reading, writing and authenticating alike."""
    directory = connect(connect_seconds=1)
    proxy.behaviour = behaviour

    with pytest.raises(Unavailable):
        list(directory.search(everybody(people)))
    with pytest.raises(Unavailable):
        directory.execute(person(people, "jo"))
    with pytest.raises(Unavailable):
        directory.authenticate(people, "x")
    with pytest.raises(Unavailable):
        directory.capabilities()


def test_garbage_in_the_middle(proxy: Proxy, connect: Connect, people: Dn) -> None:
    """An answer that makes no sense is the loss of the connection."""
    directory = connect()
    list(directory.search(everybody(people)))
    proxy.behaviour = "garbage"

    with pytest.raises(OutcomeUnknown):
        directory.execute(person(people, "jo"))


def test_pool_is_exhausted(proxy: Proxy, connect: Connect, people: Dn) -> None:
    """Where all connections are in use for too long the directory is unavailable; then it works again."""
    directory = connect(pool_size=1, wait_seconds=0.01)
    for number in range(4):
        directory.execute(person(people, f"p{number}"))
    found = directory.search(everybody(people))
    next(found)

    with pytest.raises(Unavailable, match="all 1 connections"):
        directory.execute(Delete(people))

    assert len(list(found)) == 3
    assert len(list(directory.search(everybody(people)))) == 4
    assert proxy.connections == 1


def test_abandoned_list(proxy: Proxy, connect: Connect, people: Dn) -> None:
    """A list that is left in the middle gives its connection back, which is used for the next one."""
    directory = connect(pool_size=1, wait_seconds=0.01)
    for number in range(4):
        directory.execute(person(people, f"p{number}"))

    for _ in range(3):
        next(directory.search(everybody(people)))

    assert len(list(directory.search(everybody(people)))) == 4
    assert proxy.connections == 1


def test_connections_are_shared(proxy: Proxy, connect: Connect, people: Dn) -> None:
    """Many threads use no more connections than the pool has places."""
    directory = connect(pool_size=2)
    threads = [
        threading.Thread(target=directory.execute, args=(person(people, f"p{number}"),))
        for number in range(10)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(list(directory.search(everybody(people)))) == 10
    assert proxy.connections <= 2


def test_fork_in_the_middle(proxy: Proxy, connect: Connect, people: Dn) -> None:
    """A process that is forked while a list is read does not go on with its parent's connection."""
    directory = connect(pool_size=1)
    for number in range(4):
        directory.execute(person(people, f"p{number}"))
    found = directory.search(everybody(people))
    next(found)

    child = os.fork()
    if not child:  # pragma: no cover - the child's coverage is not measured
        try:
            list(directory.search(everybody(people)))
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    assert len(list(found)) == 3
    assert len(list(directory.search(everybody(people)))) == 4
    assert proxy.connections == 2


def test_fork(proxy: Proxy, connect: Connect, people: Dn) -> None:
    """A forked process makes connections of its own and leaves its parent's alone."""
    directory = connect(pool_size=1)
    list(directory.search(everybody(people)))

    child = os.fork()
    if not child:  # pragma: no cover - the child's coverage is not measured
        try:
            directory.execute(person(people, "child"))
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    assert [entry.text("uid") for entry in directory.search(everybody(people))] == ["child"]
    assert proxy.connections == 2


def test_what_cannot_be_sent(connect: Connect, people: Dn) -> None:
    """What does not fit into a message is refused, without a loss or an exception of the library's."""
    directory = connect()

    for operation in (
        Modify(people, (Change("replace", "", (b"x",)),)),
        Modify(people, (Change("replace", "no such", (b"x",)),)),
        Modify(people, ()),
        Modify(people, (Change("replace", "sn", (b"x",)),), Equals("((", b"x")),
        Add(people.below(Rdn.of("uid", "x")), {}),
    ):
        with pytest.raises((Refused, SchemaViolation)):
            directory.execute(operation)
    with pytest.raises(Refused):
        list(directory.search(Search(people, "one", Equals("((", b"x"), ("uid",))))
    with pytest.raises(Refused):
        list(directory.search(Search(people, "one", Equals("((", b"x"), ("uid",), size_limit=1)))


@contextmanager
def away(slapd: Slapd, url: str) -> Iterator[Dn]:
    """Have an entry refer to somewhere else for a while."""
    name = f"ou=Away,{slapd.people_dn}"
    kinds = "objectClass: referral\nobjectClass: extensibleObject\n"
    slapd.modify(f"dn: {name}\n{kinds}ou: Away\nref: {url}\n")
    try:
        yield Dn.parse(name)
    finally:
        slapd.modify(f"dn: {name}\ncontrol: 2.16.840.1.113730.3.4.2 true\nchangetype: delete\n")


def test_referral(connect: Connect, slapd: Slapd, people: Dn) -> None:
    """An entry that is elsewhere is refused by its code; nobody follows."""
    directory = connect()

    with away(slapd, "ldap://elsewhere.example.org/ou=Away") as name:
        with pytest.raises(Refused) as caught:
            directory.execute(Modify(name, (Change("replace", "ou", (b"x",)),)))
        assert list(directory.search(Search(people, "one", Everything(), ("ou",)))) == []

    assert caught.value.code == 10


def test_referral_is_followed(connect: Connect, slapd: Slapd, people: Dn) -> None:
    """Where the settings say so, what is elsewhere is read, listed and changed there, over TLS that is verified as ever."""
    directory, careful = connect(follow_referrals=True), connect(follow_referrals=True, tls=Tls())
    jo = person(people, "jo")
    directory.execute(jo)
    change = Modify(jo.dn, (Change("replace", "title", (b"Chief",)),))

    with away(slapd, f"{slapd.ldaps_uri}/{jo.dn}") as name:
        directory.execute(replace(change, dn=name))
        [read] = directory.search(Search(name, "base", attributes=("title",)))
        listed = list(directory.search(Search(people, "one", Everything(), ("title",))))
        for act in (
            lambda: careful.execute(replace(change, dn=name)),
            lambda: list(careful.search(Search(name, "base"))),
        ):
            with pytest.raises(Unavailable):
                act()

    assert (read.dn, read.text("title")) == (jo.dn, "Chief")
    assert [each.dn for each in listed] == [jo.dn, jo.dn]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"tls": Tls(ca_file="/nowhere/ca.pem")}, id="no CA file"),
        pytest.param({"tls": Tls(ca_file="/dev/null")}, id="empty CA file"),
        pytest.param({"servers": (ServerAddress("ldaps", "localhost", 1),)}, id="nobody listens"),
        pytest.param({"servers": (ServerAddress("ldaps", "no-such-host.invalid", 636),)}, id="no such host"),
        pytest.param({"servers": (ServerAddress("ldaps", "a" * 70 + ".example", 636),)}, id="no host name"),
        pytest.param({"servers": (ServerAddress("ldaps", "", 636),)}, id="no host"),
        pytest.param({"servers": (ServerAddress("ldaps", "localhost", 70000),)}, id="no port"),
        pytest.param({"servers": (ServerAddress("ldapi", "%2Fnowhere", 0),)}, id="no such file"),
    ],
)
def test_cannot_connect(slapd: Slapd, client: Connect, settings: dict[str, object]) -> None:
    """Whatever keeps us from a server makes it unavailable."""
    directory = client(settings_of(slapd, **settings))

    with pytest.raises(Unavailable) as caught:
        list(directory.search(everybody(Dn(()))))

    assert slapd.bind_password not in str(caught.value) + caught.value.diagnostic


def test_tls_to_a_plain_port(slapd: Slapd, proxy: Proxy, client: Connect) -> None:
    """TLS where none is spoken, and StartTLS that breaks off, make a server unavailable."""
    plain = ServerAddress.parse(proxy.address)
    over_tls = ServerAddress("ldaps", plain.host, plain.port)
    for settings in (
        settings_of(slapd, servers=(over_tls,), connect_seconds=1, operation_seconds=1),
        settings_of(slapd, servers=(plain,), tls=Tls(start_tls=True), connect_seconds=1, operation_seconds=1),
    ):
        directory = client(settings)
        proxy.behaviour = "garbage" if settings.tls.start_tls else "relay"

        with pytest.raises(Unavailable):
            list(directory.search(everybody(Dn(()))))


def test_unverified(slapd: Slapd, client: Connect) -> None:
    """Where verification is switched off any certificate is good."""
    directory = client(settings_of(slapd, tls=Tls(verify=False)))

    try:
        assert directory.capabilities().controls
        assert directory.capabilities() is directory.capabilities()
    finally:
        directory.close()


def test_wrong_credentials_are_told_apart(connect: Connect, people: Dn) -> None:
    """A wrong password is no failure of the server, whoever asks."""
    directory = connect(bind_password="wrong")

    with pytest.raises(InvalidCredentials):
        directory.execute(Delete(people))
    with pytest.raises(InvalidCredentials):
        directory.authenticate(Dn.parse("cn=#00,dc=x"), "x")


def test_errors_are_ours(connect: Connect, people: Dn) -> None:
    """A result that nobody tells apart is refused with its code and the server's words."""
    directory = connect()

    with pytest.raises(DirectoryError) as caught:
        directory.execute(SetPassword(people.below(Rdn.of("uid", "nobody")), "x"))

    assert caught.value.code is not None


def test_password_rules(connect: Connect, slapd: Slapd, people: Dn) -> None:
    """A password that the server's rules refuse is told apart, with the server's reason."""
    directory = connect()
    added = person(people, "jo")
    directory.execute(added)
    policy = f"dn: cn=default,ou=Policies,{slapd.base_dn}\nchangetype: modify\n"
    slapd.modify(
        policy + "replace: pwdMinLength\npwdMinLength: 8\n-\nreplace: pwdCheckQuality\npwdCheckQuality: 2\n"
    )

    try:
        with pytest.raises(PasswordRejected) as caught:
            directory.execute(SetPassword(added.dn, "short"))
    finally:
        slapd.modify(policy + "delete: pwdMinLength\n-\ndelete: pwdCheckQuality\n")

    assert caught.value.diagnostic == "Password fails quality checking policy"


def test_plain_and_far(slapd: Slapd, client: Connect) -> None:
    """No password is sent over an unprotected connection, a user's no more than ours."""
    settings: ConnectionSettings = settings_of(
        slapd, servers=(ServerAddress("ldap", "ldap.example.org", 389),)
    )

    with pytest.raises(InsecureConnection):
        client(settings).authenticate(Dn.parse("uid=jo,dc=x"), "secret")
