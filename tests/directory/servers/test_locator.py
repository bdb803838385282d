"""Servers are found by DNS, near ones first, and found anew when the answer has aged."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.directory.connection import ConnectionSettings, Discovery, ServerAddress
from app.directory.errors import Unavailable
from app.directory.model import Search
from app.directory.servers.directory import Process, ServerDirectory
from app.directory.servers.locator import ELSEWHERE, RETRY_SECONDS, SHORTEST_SECONDS, Locator
from app.network import asking
from tests.directory.servers.dns_server import DnsServer
from tests.directory.servers.fakes import BASE, Clock, FakeClient

SITE = "_ldap._tcp.Berlin._sites.dc._msdcs.ad.example."
DOMAIN = "_ldap._tcp.dc._msdcs.ad.example."
ZONE = {
    SITE: ["0 100 389 near.ad.example."],
    DOMAIN: ["0 100 389 far.ad.example.", "0 200 389 heavy.ad.example.", "0 100 389 near.ad.example."],
}


@pytest.fixture
def server() -> Iterator[DnsServer]:
    """Run a DNS server that knows two sites."""
    with DnsServer(ZONE) as running:
        yield running


def discovery(server: DnsServer, *, site: str | None = "Berlin") -> Discovery:
    """Have servers found by a DNS server."""
    return Discovery("ad.example", site, nameserver=server.address, seconds=2)


def locator(server: DnsServer, clock: Clock, *, start_tls: bool = False) -> Locator:
    """Make a locator for Berlin."""
    return Locator(discovery(server), start_tls=start_tls, clock=clock)


def test_near_first(server: DnsServer) -> None:
    """The servers of the site come before all others, and the heavier of these before the lighter."""
    assert locator(server, Clock()).addresses() == (
        ServerAddress("ldaps", "near.ad.example", 636, 0),
        ServerAddress("ldaps", "heavy.ad.example", 636, ELSEWHERE),
        ServerAddress("ldaps", "far.ad.example", 636, ELSEWHERE),
    )


def test_start_tls(server: DnsServer) -> None:
    """Where TLS starts on the plain port, that is the one that DNS names."""
    first = locator(server, Clock(), start_tls=True).addresses()[0]

    assert str(first) == "ldap://near.ad.example:389"


def test_aging(server: DnsServer) -> None:
    """An answer is kept for its time; the last good one is kept for as long as DNS says nothing else."""
    clock = Clock()
    found = locator(server, clock)
    before = found.addresses()
    asked = len(server.asked)

    server.zone = {SITE: ["0 1 389 other.ad.example."]}
    assert found.addresses() == before
    assert len(server.asked) == asked
    clock.pause(61)
    assert [each.host for each in found.addresses()] == ["other.ad.example"]
    server.zone = {}
    clock.pause(61)
    assert [each.host for each in found.addresses()] == ["other.ad.example"]


def test_silence(server: DnsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """While DNS says nothing, those who are known are used, and who asks for them does not wait for it."""
    monkeypatch.setattr(asking, "PROMPT_SECONDS", 0)
    clock = Clock()
    patient = replace(discovery(server), seconds=30)
    found = Locator(patient, start_tls=False, clock=clock)
    before = found.addresses()
    asked = len(server.asked)
    server.silent = {SITE}
    clock.pause(61)

    assert found.addresses() == found.addresses() == before
    assert DOMAIN not in server.asked[asked:]


def test_answers_in_part(server: DnsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was named by a question that is not answered now is kept beside those who are named."""
    monkeypatch.setattr(asking, "PROMPT_SECONDS", 30)
    clock = Clock()
    found = locator(server, clock)
    found.addresses()
    server.silent = {SITE}
    server.zone = {DOMAIN: ["0 1 389 new.ad.example."]}
    clock.pause(61)

    hosts = [each.host.partition(".")[0] for each in found.addresses()]
    assert hosts == ["near", "new", "heavy", "far"]
    server.silent = set()
    clock.pause(SHORTEST_SECONDS)
    assert [each.host for each in found.addresses()] == ["new.ad.example"]


def test_no_servers(server: DnsServer) -> None:
    """Who knows of no server says when to come again, and then asks again."""
    clock = Clock()
    server.zone = {DOMAIN: ["0 0 0 ."]}
    found = locator(server, clock)

    with pytest.raises(Unavailable) as caught:
        found.addresses()
    assert caught.value.retry_after_seconds == RETRY_SECONDS
    server.zone = ZONE
    clock.pause(RETRY_SECONDS)
    assert len(found.addresses()) == 3


def test_other_products(server: DnsServer) -> None:
    """A domain without controllers is looked for as any LDAP service."""
    server.zone = {"_ldap._tcp.ad.example.": ["0 0 389 ldap.ad.example."]}

    assert [each.host for each in locator(server, Clock()).addresses()] == ["ldap.ad.example"]


def test_no_site(server: DnsServer) -> None:
    """Without a site all controllers are equally near."""
    found = Locator(discovery(server, site=None), start_tls=False, clock=Clock()).addresses()

    assert [each.host for each in found] == ["heavy.ad.example", "far.ad.example", "near.ad.example"]


def test_name_that_nobody_can_be_asked_for() -> None:
    """What is no name of a domain is found nowhere, whoever would be asked."""
    found = Locator(Discovery("a" * 64), start_tls=False, clock=Clock())

    with pytest.raises(Unavailable):
        found.addresses()


def test_directory_follows(server: DnsServer) -> None:
    """A directory goes to the near server, and to what DNS names in its place; who stays is not connected to anew."""
    client = FakeClient("near.ad.example", "far.ad.example", "heavy.ad.example")
    clock = Clock()
    settings = ConnectionSettings((), bind_dn=BASE, bind_password="secret", discovery=discovery(server))
    directory = ServerDirectory(settings, client, Process(clock=clock, pause=clock.pause))

    for _ in range(2):
        list(directory.search(Search(BASE, "base")))
    assert [client.servers[name].binds for name in client.servers] == [1, 0, 0]
    clock.pause(61)
    server.zone = {SITE: ["0 1 389 far.ad.example."], DOMAIN: ["0 1 389 near.ad.example."]}
    list(directory.search(Search(BASE, "base")))
    directory.close()

    assert [client.servers[name].binds for name in client.servers] == [1, 1, 0]
    assert [status.server for status in directory.statuses()] == [
        "ldaps://far.ad.example:636",
        "ldaps://near.ad.example:636",
    ]
