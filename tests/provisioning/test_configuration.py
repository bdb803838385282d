"""The configuration in force follows the documents, and a domain that cannot be used says why."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import pytest

from app.directory.connection import ConnectionSettings
from app.directory.memory import MemoryDirectory
from app.directory.port import Directory
from app.mapping.documents import schema_map_kind
from app.preparation.examples import MAP_EXAMPLES
from app.provisioning.configuration import Configurations
from app.provisioning.domain import DOMAIN
from app.provisioning.external_ids import WithExternalIds
from app.provisioning.routing import Destination, Router
from app.scim.errors import Conflict, NotFound, ServiceUnavailable
from app.store.allocations import Allocations
from app.store.database import Database
from app.store.document import Document
from app.store.documents import Documents, InvalidDocuments
from app.store.external_ids import ExternalIds
from app.store.loading import load, parse
from app.store.references import Reference, UnresolvedReference
from app.store.snapshots import Snapshots
from tests.provisioning.conftest import RESOURCE_TYPES

DOMAIN_TEXT = """
kind: Domain
name: PRIMARY
product: openldap
servers: ["ldaps://ldap.example.org"]
base: dc=example,dc=org
bind: {dn: "cn=landbridge,dc=example,dc=org", password: {env: PASSWORD}}
maps: {User: openldap-user}
"""


class Bench:
    """Documents in a store, a clock, an environment, and a record of the directories that were connected."""

    def __init__(self, directory: Path) -> None:
        self.database = Database(f"sqlite:///{directory / 'store.db'}")
        self.database.migrate()
        kinds = [DOMAIN, schema_map_kind(RESOURCE_TYPES), MAP_EXAMPLES]
        self.documents = Documents(self.database, kinds, clock=lambda: datetime.now(UTC))
        self.documents.apply(load([Path("config/maps")]).documents, author="test")
        self.seconds = 0.0
        self.environ = {"PASSWORD": "secret"}
        self.connected: list[ConnectionSettings] = []
        self.configurations = Configurations(
            self.documents,
            RESOURCE_TYPES,
            resolve=self.resolve,
            connect=self.connect,
            monotonic=lambda: self.seconds,
        )

    def resolve(self, reference: str | Reference) -> str:
        """Look a reference up."""
        if isinstance(reference, str):
            return reference
        if reference.name not in self.environ:
            raise UnresolvedReference(f"{reference.name} is not set")
        return self.environ[reference.name]

    def connect(self, settings: ConnectionSettings) -> Directory:
        """Remember the settings and give a directory in memory."""
        self.connected.append(settings)
        return MemoryDirectory(settings.bind_dn.parent)

    def apply(self, text: str) -> None:
        """Put documents in force."""
        self.documents.apply(parsed(text), author="test")

    def router(self) -> Router:
        """Make a router."""
        snapshots = Snapshots(self.database, clock=lambda: datetime.now(UTC), random_hex=token_hex)
        external_ids = ExternalIds(self.database)
        return Router(
            self.configurations,
            external_ids,
            snapshots=snapshots,
            cursor_key=b"key",
            allocations=Allocations(self.database, clock=lambda: datetime.now(UTC)),
        )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Give a bench with the shipped maps."""
    made = Bench(tmp_path)
    yield made
    made.database.dispose()


def parsed(text: str) -> tuple[Document, ...]:
    """Read documents that are well-formed."""
    loaded = parse(text, file="test.yaml")
    assert not loaded.problems
    return tuple(loaded.documents)


def ignore(_done: object) -> None:
    """Record nothing."""


def test_follows_the_documents(bench: Bench) -> None:
    """A change is in force within a second, and not looked for more often than that."""
    assert bench.configurations.current().domains == {}

    bench.apply(DOMAIN_TEXT)
    assert bench.configurations.current().domains == {}
    bench.seconds += 1.0

    domain = bench.configurations.current().domains["PRIMARY"]
    assert (str(domain.base), list(domain.maps)) == ("dc=example,dc=org", ["User"])


def test_keeps_connections(bench: Bench) -> None:
    """A change that does not concern a directory leaves its connections alone."""
    bench.apply(DOMAIN_TEXT)
    before = bench.configurations.current().domains["PRIMARY"]

    bench.apply(DOMAIN_TEXT.replace("maps: {", "maps: {Group: openldap-group, "))
    bench.seconds += 1.0

    after = bench.configurations.current().domains["PRIMARY"]
    assert after.directory is before.directory
    assert sorted(after.maps) == ["Group", "User"]
    assert len(bench.connected) == 1


def test_broken_domain(bench: Bench) -> None:
    """A domain that refers to what is missing cannot be used, says why, and works when it is there."""
    bench.environ.clear()
    bench.apply(DOMAIN_TEXT)

    assert bench.configurations.current().broken == {
        "PRIMARY": "the user store domain PRIMARY cannot be used: PASSWORD is not set"
    }
    with pytest.raises(ServiceUnavailable):
        bench.router().target("User", Destination("hr", "PRIMARY"), record=ignore)

    bench.environ["PASSWORD"] = "secret"
    bench.seconds += 1.0
    assert bench.configurations.current().broken == {}


def test_routes(bench: Bench) -> None:
    """A request goes to the application's domain, and nowhere where it is not told where."""
    bench.apply(DOMAIN_TEXT)
    router = bench.router()

    assert isinstance(router.target("User", Destination("hr", "PRIMARY"), record=ignore), WithExternalIds)
    with pytest.raises(NotFound):
        router.target("Group", Destination("hr", "PRIMARY"), record=ignore)
    with pytest.raises(Conflict, match="no provisioning user store domain"):
        router.target("User", Destination("hr", None), record=ignore)
    with pytest.raises(Conflict, match="proxy mode"):
        router.target("User", Destination("hr", "PRIMARY", proxy_mode=True), record=ignore)
    with pytest.raises(ServiceUnavailable):
        router.target("User", Destination("hr", "OTHER"), record=ignore)


@pytest.mark.parametrize(
    ("written", "instead", "key"),
    [
        ("ldaps://ldap.example.org", "https://ldap.example.org", "servers.0"),
        ("base: dc=example,dc=org", "base: nonsense", "base"),
        ('dn: "cn=landbridge,dc=example,dc=org"', "dn: nonsense", "bind.dn"),
        ("password: {env: PASSWORD}", "password: hunter2", "bind.password"),
        ("product: openldap", "product: exchange", "product"),
        ("User: openldap-user", "User: nothing", "maps.User"),
        ("User: openldap-user", "Group: openldap-user", "maps.Group"),
        ("maps:", "limits: {connections: 0}\nmaps:", "limits.connections"),
        ("maps:", "colour: blue\nmaps:", "colour"),
        ("maps:", "referential_integrity: nobody\nmaps:", "referential_integrity"),
        ("openldap\n", "active-directory\nreferential_integrity: landbridge\n", "referential_integrity"),
        ("maps:", "principal_suffixes: known\nmaps:", "principal_suffixes"),
        ("maps:", "principal_suffixes: some\nmaps:", "principal_suffixes"),
    ],
)
def test_bad_domains(bench: Bench, written: str, instead: str, key: str) -> None:
    """Each mistake in a Domain document is told with its key, and nothing changes."""
    with pytest.raises(InvalidDocuments) as caught:
        bench.apply(DOMAIN_TEXT.replace(written, instead))

    assert [problem.key for problem in caught.value.problems] == [key]
    assert "hunter2" not in str(caught.value)
    assert bench.documents.list("Domain") == []


def test_references_that_are_kept_here(bench: Bench) -> None:
    """The document says whether references are kept by Landbridge; they are not, unless it does."""
    for said, is_so in (("", False), ("directory", False), ("landbridge", True)):
        text = f"referential_integrity: {said}\n" if said else ""
        bench.apply(DOMAIN_TEXT + text)
        bench.seconds += 1.0

        assert bench.configurations.current().domains["PRIMARY"].repairs_references is is_so


def test_base_of_a_map(bench: Bench) -> None:
    """A change of a map reaches those that extend it, and is refused where one could no longer be used."""
    base = "kind: SchemaMap\nname: base\nresource_type: User\nattributes: {userName: uid, title: TITLE}\n"
    base += "entry: {object_classes: [person], scope: (cn=*), rdn: uid}\n"
    site = "---\nkind: SchemaMap\nname: site\nextends: base\n---"
    bench.apply(base + site + DOMAIN_TEXT.replace("openldap-user", "site"))
    before = bench.configurations.current().domains["PRIMARY"]

    bench.apply(base.replace("TITLE", "employeeType"))
    bench.seconds += 1.0

    after = bench.configurations.current().domains["PRIMARY"]
    assert [rule.attribute for rule in after.maps["User"].rules] == ["uid", "employeeType"]
    assert before.digest != after.digest
    with pytest.raises(InvalidDocuments) as caught:
        bench.apply(base.replace("userName: uid", "userName: cn"))
    assert {(problem.name, problem.key) for problem in caught.value.problems} == {
        ("base", "entry.rdn"),
        ("site", "entry.rdn"),
    }
