"""What a server allows an account is read as the server would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.memory import MemoryDirectory
from app.directory.model import Entry
from app.preparation.census import Census
from app.preparation.checks.limits import Remedies, check_limits
from app.preparation.finding import Finding
from app.preparation.limits import Limits, lifted, openldap_limits, query_policy_limits
from app.preparation.openldap_config import ServerConfig
from app.preparation.patient import Admitted, Patient
from app.provisioning.domain import Domain

ACCOUNT = Dn.parse("cn=landbridge,ou=System,dc=example,dc=org")
DATABASE, ELSEWHERE = Dn.parse("olcDatabase={1}mdb,cn=config"), Dn.parse("cn=config")


def config(own: dict[str, list[bytes]], elsewhere: dict[str, list[bytes]] | None = None) -> ServerConfig:
    """Configure a database, and what holds for all."""
    defaults = (Entry.of(ELSEWHERE, elsewhere or {}),)
    return ServerConfig(Entry.of(DATABASE, own), (), (), defaults)


@pytest.mark.parametrize(
    ("own", "elsewhere", "expected"),
    [
        pytest.param({}, {}, Limits(500, seconds=3600), id="as-delivered"),
        pytest.param({"olcRootDN": [str(ACCOUNT).encode()]}, {}, Limits(), id="root"),
        pytest.param({}, {"olcSizeLimit": [b"9"], "olcTimeLimit": [b"8"]}, Limits(9, seconds=8), id="global"),
        pytest.param(
            {"olcSizeLimit": [b"size.soft=7 size.hard=70 size.unchecked=50"]},
            {"olcSizeLimit": [b"9"]},
            Limits(50, seconds=3600),
            id="of-the-database",
        ),
        pytest.param(
            {"olcSizeLimit": [b"unlimited"], "olcTimeLimit": [b"-1"]}, {}, Limits(), id="without-an-end"
        ),
        pytest.param({"olcLimits": [f"{{0}}{lifted(ACCOUNT)}".encode()]}, {}, Limits(), id="lifted"),
        pytest.param(
            {
                "olcLimits": [
                    b'{0}dn.exact="cn=other" size=1',
                    b'{1}group/a/b="cn=x" size=2',
                    b"{2}users size=3 time=4",
                    b"{3}* size=5",
                ]
            },
            {},
            Limits(3, seconds=4),
            id="the-first-that-fits",
        ),
        pytest.param(
            {
                "olcLimits": [
                    b'{0}dn.subtree="ou=System,dc=example,dc=org" size.prtotal=6 size.pr=2 time.hard=9'
                ]
            },
            {},
            Limits(6, 2, 9),
            id="subtree",
        ),
        pytest.param(
            {"olcLimits": [b'dn.one="dc=example,dc=org" size=1', b'dn.children="dc=example,dc=org" size=8']},
            {},
            Limits(8, seconds=3600),
            id="children",
        ),
        pytest.param(
            {"olcLimits": [b'dn.exact="?" size=1', b'dn.regex="^cn=[^,]+,ou=system" size=12']},
            {},
            Limits(12, seconds=3600),
            id="regex",
        ),
    ],
)
def test_openldap(own: dict[str, list[bytes]], elsewhere: dict[str, list[bytes]], expected: Limits) -> None:
    """The first limit that fits the account holds, over what the database and all databases say."""
    assert openldap_limits(config(own, elsewhere), ACCOUNT) == expected


def test_query_policy() -> None:
    """Nothing goes beyond what Windows takes at most, and what cannot be read is no limit."""
    lines = ("MaxPageSize=50000", "MaxQueryDuration=120", "MaxTempTableSize=10000", "MaxResultSetSize=x")

    assert query_policy_limits(lines) == Limits(page=20000, seconds=120, candidates=10000)


def found(limits: Limits, census: Census) -> Iterator[tuple[str, str]]:
    """Hold limits against entries."""
    base = Dn.parse("dc=example,dc=org")
    settings = ConnectionSettings(
        servers=(ServerAddress.parse("ldaps://x"),), bind_dn=ACCOUNT, bind_password=""
    )
    ticks = count()
    domain = Domain("PRIMARY", MemoryDirectory(base), OpenLdap(), base, {})
    patient = Patient(domain, settings, datetime.now(UTC), stopwatch=lambda: float(next(ticks)))
    admitted = Admitted(patient, Entry(Dn(()), {}), None, None)
    each: Finding
    for each in check_limits(admitted, limits, census, remedies=Remedies("Lift it.", "Lift it", "Raise it.")):
        yield each.code.name, each.seen


@pytest.mark.parametrize(
    ("limits", "census", "code", "seen"),
    [
        (Limits(5000), Census({"users": 2500}), "size-limit-ahead", "end at 5000 entries; 2500 are there"),
        (Limits(5000), Census({"users": 2501}), "size-limit", "end at 5000 entries; 2501 are there"),
        (Limits(500), Census({"users": 0}), "size-limit", "end at 500 entries; 0 are there"),
        (
            Limits(seconds=59),
            Census({"users": 7}, 0.5),
            "time-limit",
            "waits 60, and reading 7 entries took 0.5.",
        ),
        (Limits(seconds=100), Census({"users": 7}, 51.0), "time-limit", "100 seconds; Landbridge waits 60"),
        (Limits(page=100), Census({"users": 201}), "page-limit", "201 entries take 3 pages then"),
        (Limits(candidates=10), Census({"users": 11}), "memory-limit", "MaxTempTableSize); 11 are there"),
        (
            Limits(kept_bytes=40),
            Census({"users": 11}),
            "memory-limit",
            "one of 11 entries takes 44 at the least",
        ),
    ],
)
def test_against_the_number_of_entries(limits: Limits, census: Census, code: str, seen: str) -> None:
    """A limit is told with how many entries there are, and is the worse the nearer they come."""
    [(name, sentence)] = found(limits, census)

    assert (name, seen in sentence) == (code, True), sentence


def test_room_enough() -> None:
    """What neither the entries nor our own patience come near is not told."""
    limits = Limits(None, page=500, seconds=120, candidates=10000, kept_bytes=262144)

    assert list(found(limits, Census({"users": 10000}, 60.0))) == []
