"""Generated values are nobody else's: in memory, against a directory that refuses, and from several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from tempfile import gettempdir

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dn import Dn
from app.directory.errors import ValueTaken
from app.directory.filters import Present
from app.directory.ldap.client import LdapDirectory
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Entry, Operation, Search
from app.provisioning.domain_target import DomainTarget
from app.provisioning.preview import preview_create, with_map
from app.scim.errors import Conflict, UniquenessConflict
from app.scim.resource import Resource
from app.store.database import Database
from app.testing.server import DirectoryServer
from tests.outbound.postgresql import postgresql
from tests.provisioning.conftest import CountingDirectory, Ground, memory_ground, user
from tests.provisioning.creators import MAP, create_users
from tests.provisioning.own_maps import own_domain, own_map, own_target

DOE = {"familyName": "doe"}


@pytest.fixture
def database() -> Iterator[Database]:
    """Make a store of the test's own, where nothing is promised yet."""
    made = Database("sqlite://")
    made.migrate()
    yield made
    made.dispose()


@pytest.fixture
def ground() -> Ground:
    """Give a domain in memory."""
    return memory_ground()


def target(ground: Ground, database: Database, *, last: int = 2000) -> DomainTarget:
    """Return a target whose map generates values."""
    return own_target(ground, own_map(MAP.replace("LAST", str(last))), database=database)


def values(ground: Ground, attribute: str) -> list[str]:
    """Return the values that entries have, in the order of their names."""
    found = ground.directory.search(Search(ground.base, "subtree", Present("uid"), ("uid", attribute)))
    entries = sorted(found, key=lambda entry: str(entry.dn))
    return [value.decode() for entry in entries for value in entry.values(attribute)]


def test_generated(ground: Ground, database: Database) -> None:
    """Each entry is given a number and a text of its own, at the cost of a search each."""
    made = target(ground, database)
    for name in ("a", "b"):
        made.create(user(userName=name, name=DOE))
    ground.directory.take()

    created = made.create(user(userName="c", name=DOE))

    assert ground.directory.take() == ["search", "search", "Add"]
    assert values(ground, "roomNumber") == ["1000", "1001", "1002"]
    assert values(ground, "mail") == ["doe@example.org", "doe2@example.org", "doe3@example.org"]
    assert created.attributes["emails"] == [{"value": "doe3@example.org", "type": "work", "primary": True}]


def test_values_of_others(ground: Ground, database: Database) -> None:
    """What entries have that somebody else made is not given again; numbers go on behind theirs."""
    for number in (1000, 1001, 1002, 1003, 1500, 9999):
        attributes = {"uid": (f"x{number}".encode(),), "roomNumber": (str(number).encode(),)}
        ground.directory.execute(Add(Dn.parse(f"uid=x{number},{ground.people}"), attributes))
    made = target(ground, database)

    for name in ("a", "b"):
        made.create(user(userName=name, name=DOE))

    assert values(ground, "roomNumber")[:2] == ["1501", "1502"]


def test_gaps_are_filled_at_last(ground: Ground, database: Database) -> None:
    """When a range is used up its gaps are filled, and then there is nothing left."""
    made = target(ground, database, last=1003)
    ids = [made.create(user(userName=f"u{n}", name=DOE)).attributes["id"] for n in range(4)]
    made.delete(str(ids[1]))
    with pytest.raises(Conflict, match="a free number from 1000 to 1003"):
        made.create(user(userName="late", name=DOE))

    with database.session() as session:
        session.connection().exec_driver_sql("DELETE FROM allocations")
    made.create(user(userName="later", name=DOE))

    assert sorted(values(ground, "roomNumber")) == ["1000", "1001", "1002", "1003"]


def test_failed_creates_give_back(ground: Ground, database: Database) -> None:
    """What was promised to an entry that is not made is free again."""
    made = target(ground, database)
    made.create(user(userName="a", name=DOE))
    with pytest.raises(UniquenessConflict):
        made.create(user(userName="a", name={"familyName": "roe"}))

    made.create(user(userName="b", name={"familyName": "roe"}))

    assert values(ground, "mail") == ["doe@example.org", "roe@example.org"]


def test_stays(ground: Ground, database: Database) -> None:
    """What was generated stays when what it was made of changes, and comes when a condition begins to hold."""
    made = target(ground, database)
    created = made.create(user(name=DOE))
    resource_id = str(created.attributes["id"])

    made.replace(resource_id, user(name={"familyName": "roe"}))
    made.replace(resource_id, user(name={"familyName": "roe"}, title="Dr"))
    made.replace(resource_id, user(name={"familyName": "poe"}, title="Prof"))

    assert values(ground, "mail") == ["doe@example.org"]
    assert values(ground, "roomNumber") == ["1000"]
    assert values(ground, "carLicense") == ["1"]


@dataclass
class Picky(MemoryDirectory):
    """Refuses some values, as a directory does that sees more than it shows."""

    def __init__(self, base: Dn, refused: set[bytes]) -> None:
        super().__init__(base)
        self.refused = refused

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        """Refuse an entry with one of the values."""
        if isinstance(operation, Add) and self.refused & {*operation.attributes.get("mail", ())}:
            raise ValueTaken("taken", reason="it is somebody else's")
        return super().execute(operation, read_back=read_back)


def picky(count: int) -> Ground:
    """Give a domain that refuses the first addresses of a family."""
    plain = memory_ground()
    refused = {f"doe{n or ''}@example.org".encode() for n in (0, *range(2, count + 1))}
    directory = Picky(plain.base, refused)
    directory.execute(Add(plain.people, {"ou": (b"People",)}))
    return replace(plain, directory=CountingDirectory(directory))


def test_the_directory_has_the_last_word(database: Database) -> None:
    """A value that the directory refuses is replaced by the next one, three times at most."""
    ground, stubborn = picky(2), picky(6)

    target(ground, database).create(user(name=DOE))
    with pytest.raises(UniquenessConflict):
        target(stubborn, database).create(user(userName="jim", name={"familyName": "doe"}))

    assert values(ground, "mail") == ["doe3@example.org"]
    assert [done.error is None for done in ground.recorded] == [True]


def test_preview(ground: Ground, database: Database) -> None:
    """A preview shows examples, says what they stand for, and promises nothing."""
    schema_map = own_map(MAP.replace("LAST", "2000"))

    found = preview_create(with_map(own_domain(ground, schema_map), schema_map), user(name=DOE))
    target(ground, database).create(user(name=DOE))

    assert [(wanted.attribute, str(wanted.what)) for wanted in found.generated] == [
        ("roomNumber", "a free number from 1000 to 2000"),
        ("mail", "doe@example.org, or with a counter where that is taken"),
    ]
    assert values(ground, "roomNumber") == ["1000"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.container)])
def shared_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a store that processes share: one file, or a server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    with postgresql(Path(gettempdir()) / f"landbridge-postgresql-{token_hex(4)}") as url:
        yield url


@pytest.mark.directory
def test_from_two_processes(empty_openldap: DirectoryServer, shared_store: str) -> None:
    """Two processes that create at the same time on a real server never give the same value twice."""
    store = shared_store
    made = Database(store)
    made.migrate()
    made.dispose()
    connection = ConnectionSettings(
        servers=(ServerAddress.parse(empty_openldap.ldaps_uri),),
        bind_dn=Dn.parse(empty_openldap.bind_dn),
        bind_password=empty_openldap.bind_password,
        tls=Tls(ca_file=str(empty_openldap.ca_file)),
    )
    spawning = multiprocessing.get_context("spawn")
    processes = [
        spawning.Process(
            target=create_users,
            args=(connection, empty_openldap.base_dn),
            kwargs={"store": store, "names": [f"{letter}{n}" for n in range(8)]},
        )
        for letter in "ab"
    ]

    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    directory = LdapDirectory(connection)
    ground = Ground(CountingDirectory(directory), Dn.parse(empty_openldap.base_dn))
    assert [process.exitcode for process in processes] == [0, 0]
    assert sorted(values(ground, "roomNumber")) == [str(number) for number in range(1000, 1016)]
    assert len({*values(ground, "mail")}) == 16
    directory.close()


ACCOUNTS = """
kind: SchemaMap
name: accounts
resource_type: User
entry:
  object_classes: [top, person, organizationalPerson, user]
  scope: (&(objectCategory=person)(objectClass=user)(!(isCriticalSystemObject=TRUE)))
  rdn: cn
  parent: OU=People
  attributes:
    cn: "{userName}"
    sAMAccountName:
      generate: {expression: "ascii(lower(resource.name.givenName + '.' + resource.name.familyName))", max_length: 20}
attributes:
  userName: userPrincipalName
  name.givenName: givenName
  name.familyName: sn
"""


@pytest.mark.container
@pytest.mark.directory
def test_account_names_on_active_directory(ad_ground: Ground, tmp_path: Path) -> None:
    """Of many of one name who come at once each gets an account name of its own, of 20 characters at most."""
    made = Database(f"sqlite:///{tmp_path}/store.db")
    made.migrate()
    schema_map = own_map(ACCOUNTS)
    name = {"givenName": "Maximiliane", "familyName": "von Hohenlöwen"}

    target = own_target(ad_ground, schema_map, database=made)

    def create(number: int) -> None:
        target.create(user(userName=f"m{number}@ad.example.org", name=name))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(create, range(12)))

    wanted = Search(ad_ground.people, "one", Present("sAMAccountName"), ("sAMAccountName",))
    found = sorted(str(entry.text("sAMAccountName")) for entry in ad_ground.directory.search(wanted))
    assert len({each.lower() for each in found}) == 12
    assert {len(each) for each in found} == {20}
    assert "maximiliane.von hohe" in found
    assert "maximiliane.von ho12" in found
    made.dispose()


def test_resource_with_its_own_value(ground: Ground, database: Database) -> None:
    """Nothing is generated, and nothing asked, where the client has said what it shall be."""
    text = MAP.replace("LAST", "2000").replace(
        'mail: {generate: {text: "{name.familyName}", suffix: "@example.org"}}', ""
    )
    text = text.replace("direction: to_scim", 'default: {generate: {text: "{name.familyName}"}}')
    made = own_target(ground, own_map(text), database=database)

    made.create(user(name=DOE, emails=[{"value": "own@x", "type": "work"}]))
    other: Resource = made.create(user(userName="jane", name=DOE))
    changed = made.replace(str(other.attributes["id"]), user(userName="jane", name={"familyName": "roe"}))

    assert values(ground, "mail") == ["doe", "own@x"]
    assert changed.attributes["emails"] == other.attributes["emails"]
