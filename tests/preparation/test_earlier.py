"""What is in order is not read through each hour: the directory looks for what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from app.bootstrap import build
from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.errors import LimitExceeded
from app.directory.filters import render
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Entry, Search
from app.preparation.census import KEPT_FOR
from app.preparation.doctor import Examination, examination
from app.preparation.pace import BRISK, GENTLE, STEADY, Pace
from app.preparation.patient import Patient
from app.provisioning.domain import Domain
from app.services import Services
from app.settings import Settings
from app.store.loading import load, parse
from app.testing.samba import SambaAdContainer
from app.testing.server import DirectoryServer
from app.testing.slapd import Slapd
from tests.preparation.conftest import settings_of
from tests.provisioning.conftest import MAPS, CountingDirectory, shipped_map
from tests.store.fakes import FrozenClock

PEOPLE: Final = 120
COUNTED: Final = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
GROUPS: Final = 5
DOMAIN: Final = """
kind: Domain
name: PRIMARY
product: openldap
servers: ["%s"]
base: dc=example,dc=org
bind: {dn: "cn=landbridge,dc=example,dc=org", password: {env: SECRET}}
tls: {ca_file: %s}
maps: {User: openldap-user, Group: openldap-group}
"""


@dataclass
class Counting(CountingDirectory):
    """Counts the entries that come, by what was looked for; where told to, a search comes to a limit."""

    came: Counter[str] = field(default_factory=Counter)
    limited: str = "nothing"

    def search(self, search: Search) -> Iterator[Entry]:
        """Count what comes."""
        if self.limited in render(search.filter):
            raise LimitExceeded("that is too much")
        for entry in self.inner.search(search):
            self.came[search.scope] += 1
            yield entry


def person(name: str, *, sn: str = "Doe") -> str:
    """Write a person of OpenLDAP who is to be added."""
    return (
        f"dn: cn={name},ou=People,dc=example,dc=org\nchangetype: add\n"
        f"objectClass: inetOrgPerson\ncn: {name}\nsn: {sn}\n"
    )


def named(name: str) -> str:
    """Write one who has a name."""
    return f"{person(name)}uid: {name}\n\n"


@pytest.fixture
def peopled(tmp_path: Path) -> Iterator[Slapd]:
    """Run a slapd with people and no group."""
    with Slapd(tmp_path / "slapd", durable=False) as server:
        server.modify("".join(named(f"p{number}") for number in range(PEOPLE)))
        yield server


@contextmanager
def looked_at(server: DirectoryServer) -> Iterator[Patient]:
    """Say how a server's people are looked at, counting what comes."""
    settings = settings_of(server)
    is_samba = isinstance(server, SambaAdContainer)
    names = ("ad-user", "ad-group") if is_samba else ("openldap-user", "openldap-group")
    maps = {each.resource_type.name: each for each in map(shipped_map, names)}
    dialect = ActiveDirectory() if is_samba else OpenLdap()
    with closing(LdapDirectory(settings)) as directory:
        domain = Domain("PRIMARY", Counting(directory), dialect, Dn.parse(server.base_dn), maps)
        yield Patient(domain, settings, datetime.now(UTC), plain_port=9)


@pytest.fixture
def patient(peopled: Slapd) -> Iterator[Patient]:
    """Look at a slapd with people and no group."""
    with looked_at(peopled) as patient:
        yield patient


def counting(patient: Patient) -> Counting:
    """Return what counts."""
    assert isinstance(patient.domain.directory, Counting)
    return patient.domain.directory


def later(patient: Patient, first: Examination) -> Patient:
    """Look again, with the census of before."""
    assert first.census is not None
    counting(patient).came.clear()
    return replace(patient, earlier=replace(first.census, earlier=COUNTED))


def seen(found: Examination) -> dict[str, str]:
    """Return what was seen, by the codes."""
    return {each.code.name: each.seen for each in found.findings}


@pytest.mark.directory
def test_what_is_in_order_is_not_read_again(patient: Patient) -> None:
    """All entries come once; later one of them, and it is told when they were counted."""
    first = examination(patient)
    came = counting(patient).came["subtree"]

    second = examination(later(patient, first))

    assert came == PEOPLE
    assert counting(patient).came["subtree"] == 1
    told = f"{PEOPLE} entries of the map openldap-user are visible below dc=example,dc=org."
    assert seen(first)["entries-visible"] == told
    assert seen(second) == {
        **seen(first),
        "entries-visible": f"{told} They were counted at 2026-01-02 03:04Z.",
    }


@pytest.mark.directory
@pytest.mark.parametrize(
    ("change", "code", "found"),
    [
        pytest.param(f"{person('ann')}\n", "entries-without-name", "1 entries have no uid", id="no-name"),
        pytest.param(
            "".join(
                f"dn: cn=p{number},ou=People,dc=example,dc=org\nchangetype: delete\n\n"
                for number in range(PEOPLE)
            ),
            "no-entries",
            "No entry of the map openldap-user",
            id="all-gone",
        ),
        pytest.param(
            "dn: cn=g,ou=Groups,dc=example,dc=org\nchangetype: add\n"
            "objectClass: groupOfNames\ncn: g\nmember: \n\n",
            "entries-visible",
            "1 entries of the map openldap-group",
            id="the-first-one",
        ),
    ],
)
def test_what_is_wrong_is_seen(change: str, code: str, found: str, patient: Patient, peopled: Slapd) -> None:
    """Where something speaks against the earlier census all entries are looked at, and told as they are now."""
    first = examination(patient)
    peopled.modify(change)

    second = examination(later(patient, first))

    assert any(each.code.name == code and each.seen.startswith(found) for each in second.findings)
    assert "counted at" not in "".join(seen(second).values())
    assert second.census is not None
    assert second.census.earlier is None


@pytest.mark.directory
def test_what_cannot_be_looked_for(patient: Patient) -> None:
    """Where the directory does not look for what is wrong all entries are looked at."""
    first = examination(patient)
    counting(patient).limited = "(!(uid=*))"

    examination(later(patient, first))

    assert counting(patient).came["subtree"] >= PEOPLE


def by_principal_names(domain: Domain) -> Domain:
    """Have users named by their principal names, so that suffixes matter."""
    found = domain.maps["User"]
    rules = tuple(
        replace(rule, attribute="userPrincipalName") if rule.attribute == "sAMAccountName" else rule
        for rule in found.rules
    )
    return replace(domain, maps={**domain.maps, "User": replace(found, rules=rules)})


@pytest.mark.directory
@pytest.mark.container
def test_active_directory(empty_samba_ad: SambaAdContainer) -> None:
    """A controller's users come once; later one, and of principal names none but those with a strange suffix."""
    base = empty_samba_ad.people_dn
    realm = ".".join(rdn.partition("=")[2] for rdn in empty_samba_ad.domain_dn.split(","))
    entry = "dn: CN=u{0},%s\nchangetype: add\nobjectClass: user\nsAMAccountName: u{0}\nuserPrincipalName: u{0}@{1}\n\n"
    add = (entry % base).format
    empty_samba_ad.modify("".join(add(number, realm) for number in range(GROUPS)))
    with looked_at(empty_samba_ad) as looked:
        patient = replace(looked, domain=by_principal_names(looked.domain))
        first = examination(patient)
        counts = first.census.counts if first.census else {}
        second = examination(later(patient, first))
        came = counting(patient).came["subtree"]
        empty_samba_ad.modify(add("strange", "elsewhere.test"))
        third = examination(later(patient, first))

    assert counts["ad-user"] >= GROUPS
    assert came <= len(counts) + 1
    assert set(seen(second)) == set(seen(first))
    assert "unknown-upn-suffix" not in seen(second)
    assert "1 with @elsewhere.test" in seen(third)["unknown-upn-suffix"]


@dataclass(frozen=True)
class Bridge:
    """A service with one domain, and its clock."""

    services: Services
    clock: FrozenClock

    def look(self) -> str:
        """Look in at the domain; return what is told of how many there are."""
        found = self.services.preparations.look_in("PRIMARY")
        return next(each.seen for each in found if each.code.name == "entries-visible")


@pytest.fixture
def bridge(peopled: Slapd, tmp_path: Path) -> Iterator[Bridge]:
    """Wire a service whose domain is a slapd with people."""
    clock = FrozenClock(datetime.now(UTC))
    settings = Settings(data_dir=tmp_path / "data")
    services = build(settings, environ={"SECRET": peopled.bind_password}, clock=clock)
    written = parse(DOMAIN % (peopled.ldaps_uri, peopled.ca_file), file="domain.yaml").documents
    services.documents.apply([*load([MAPS]).documents, *written], author="test")
    yield Bridge(services, clock)
    services.database.dispose()


@pytest.mark.directory
def test_kept_for_a_day(bridge: Bridge, peopled: Slapd) -> None:
    """Rounds tell what was counted within a day; whoever asks, or changes a document, is told what is there now."""
    first = bridge.look()
    peopled.modify(named("ann"))
    bridge.clock.now += KEPT_FOR - timedelta(minutes=1)
    kept = bridge.look()
    bridge.clock.now += timedelta(minutes=1)
    after_a_day = bridge.look()
    peopled.modify(named("bob"))
    documents = bridge.services.documents
    documents.apply([replace(documents.get("SchemaMap", "openldap-user"), description="ours")], author="test")
    after_a_change = bridge.look()
    peopled.modify(named("eve"))
    asked = bridge.services.preparations.examine("PRIMARY")
    after_it = bridge.look()

    beginnings = [each.split(" of ")[0] for each in (first, kept, after_a_day, after_a_change, after_it)]
    assert beginnings == [f"{PEOPLE + more} entries" for more in (0, 0, 1, 2, 3)]
    assert ["counted at" in each for each in (first, kept, after_a_day, after_a_change, after_it)] == [
        False,
        True,
        False,
        False,
        True,
    ]
    assert "counted at" not in "".join(each.seen for each in asked)


@pytest.mark.directory
def test_what_was_wrong_is_read_again(bridge: Bridge, peopled: Slapd) -> None:
    """What was wrong is told until it is not there any more, and no longer; an outage is no reason to read all again."""
    peopled.modify(f"{person('ann')}uid: p1\n\n")
    same = [bridge.services.preparations.look_in("PRIMARY") for _ in range(2)]
    peopled.modify("dn: cn=ann,ou=People,dc=example,dc=org\nchangetype: delete\n\n")
    mended = bridge.services.preparations.look_in("PRIMARY")
    peopled.stop()
    away = bridge.services.preparations.look_in("PRIMARY")
    peopled.start()

    assert [any(each.code.name == "same-name" for each in found) for found in (*same, mended)] == [
        True,
        True,
        False,
    ]
    assert [each.code.name for each in away] == ["server-unreachable"]
    assert "counted at" in bridge.look()


@pytest.mark.parametrize(
    ("pace", "rests"),
    [
        pytest.param(BRISK, [], id="brisk"),
        pytest.param(STEADY, [0.0006, 0.0006], id="steady"),
        pytest.param(GENTLE, [0.0036, 0.0036], id="gentle"),
    ],
)
def test_it_rests(pace: Pace, rests: list[float]) -> None:
    """After a millisecond or so it rests: three times as long as it worked, or half as long where somebody waits."""
    clock = [0.0]
    rested: list[float] = []

    def walked(count: int) -> Iterator[Entry]:
        for number in range(count):
            clock[0] += 0.0004
            yield Entry(Dn.parse(f"cn={number}"), {})

    walking = replace(pace, worked=lambda: clock[0], sleep=rested.append)

    names = [str(entry.dn) for entry in walking.walk(walked(8))]

    assert names == [f"cn={number}" for number in range(8)]
    assert rested == pytest.approx(rests)
