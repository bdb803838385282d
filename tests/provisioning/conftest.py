"""User store domains to provision into: in memory, and on every real directory."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from secrets import token_hex

import pytest

from app.bootstrap import SCHEMAS, load_resource_types
from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.base import Dialect
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn, Rdn
from app.directory.ldap.client import LdapDirectory
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Entry, Operation, Search
from app.directory.port import Capabilities, Directory, Excerpt, Windowed
from app.mapping.documents import build_map
from app.mapping.model import SchemaMap
from app.provisioning.deletion import Deletion
from app.provisioning.directory_state import DirectoryState
from app.provisioning.domain import Domain
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.events import Done, Record
from app.provisioning.memberships import Memberships
from app.provisioning.names import Names
from app.provisioning.search import Paging
from app.scim.client_profile import STRICT, ClientProfile
from app.scim.codec import ResourceCodec
from app.scim.resource import Resource
from app.scim.schema import Value
from app.store.allocations import Allocations
from app.store.database import Database
from app.store.document import Snapshot
from app.store.loading import load
from app.store.snapshots import Snapshots
from app.testing.samba import SambaAdContainer
from app.testing.server import DirectoryServer
from tests.store.fakes import FrozenClock

RESOURCE_TYPES = load_resource_types(SCHEMAS)
MAPS = Path("config/maps")


@cache
def store() -> Database:
    """Make a store in memory, once: what one test keeps there, others do not look at."""
    database = Database("sqlite://")
    atexit.register(database.dispose)
    database.migrate()
    return database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Make a store of the test's own, which threads share."""
    made = Database(f"sqlite:///{tmp_path}/store.db")
    made.migrate()
    yield made
    made.dispose()


@cache
def shipped_map(name: str) -> SchemaMap:
    """Build a shipped map."""
    shipped = Snapshot(1, {document.identity: document for document in load([MAPS]).documents})
    return build_map(shipped.documents["SchemaMap", name], RESOURCE_TYPES, shipped)


@dataclass
class CountingDirectory:
    """Counts what is asked of a directory: each is one round trip."""

    inner: Directory
    asked: list[str] = field(default_factory=list)

    def search(self, search: Search) -> Iterator[Entry]:
        """Count a search."""
        self.asked.append("search")
        return self.inner.search(search)

    def excerpt(self, search: Search) -> Excerpt | None:
        """Count an excerpt that is given."""
        found = self.inner.excerpt(search) if isinstance(self.inner, Windowed) else None
        self.asked += ["excerpt"] if found else []
        return found

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        """Count an operation by its name."""
        self.asked.append(type(operation).__name__)
        return self.inner.execute(operation, read_back=read_back)

    def authenticate(self, dn: Dn, password: str) -> None:
        """Pass on."""
        self.inner.authenticate(dn, password)

    def capabilities(self) -> Capabilities:
        """Pass on."""
        return self.inner.capabilities()

    def take(self) -> list[str]:
        """Return what was asked since the last time."""
        asked, self.asked = self.asked, []
        return asked


@dataclass(frozen=True)
class Product:
    """What a product calls the things that the contracts speak of, and what its ways cost."""

    dialect: Dialect = field(default_factory=OpenLdap)
    maps: tuple[str, ...] = ("openldap-user", "openldap-group")
    naming: str = "uid"
    group: bytes = b"groupOfNames"
    department: str = "departmentNumber"
    shows_formatted: bool = True
    """Whether the map keeps ``name.formatted``."""
    is_open_at_once: bool = True
    """Whether an account without a password is enabled."""
    creating: Sequence[str] = ("Add",)
    creating_with_password: Sequence[str] = ("Add", "SetPassword")
    creating_group: Sequence[str] = ("search", "Add")
    changing: Sequence[str] = ("search", "Modify")
    deleting: Sequence[str] = ("Delete",)
    """What it costs to delete what was seen before."""


# AD reads nothing back on the way (RFC 4527), so the id of a new entry takes a search.
AD = Product(
    dialect=ActiveDirectory(),
    maps=("ad-user", "ad-group"),
    naming="cn",
    group=b"group",
    department="department",
    shows_formatted=False,
    is_open_at_once=False,
    creating=("Add", "search"),
    creating_with_password=("Add", "Modify", "search"),
    creating_group=("search", "Add", "search"),
    deleting=("search", "Delete"),
)


@dataclass
class Ground:
    """A domain whose people are empty when a test begins, and what is recorded of the writes to it."""

    directory: CountingDirectory
    base: Dn
    recorded: list[Done] = field(default_factory=list)
    client: ClientProfile = STRICT
    application: str = field(default_factory=lambda: token_hex(8))
    clock: FrozenClock = field(default_factory=FrozenClock)
    product: Product = field(default_factory=Product)
    deletion: Deletion = field(default_factory=Deletion)
    seen: Names = field(default_factory=Names)
    memberships: Memberships = field(default_factory=Memberships)
    state: DirectoryState = field(default_factory=DirectoryState)
    wired: tuple[Sequence[object], Domain] | None = field(default=None, init=False)
    """The domain as it was wired last, and what it was made of."""

    def domain(self) -> Domain:
        """Return the domain, which remembers what it has seen as long as nothing is set otherwise."""
        made_of = (
            self.directory,
            self.product,
            self.base,
            self.deletion,
            self.seen,
            self.memberships,
            self.state,
        )
        if self.wired is None or any(
            one is not other for one, other in zip(self.wired[0], made_of, strict=True)
        ):
            self.wired = made_of, self._wire()
        return self.wired[1]

    def elsewhere(self) -> Ground:
        """Return the same for another process, which has seen nothing yet."""
        return replace(self, seen=Names())

    def _wire(self) -> Domain:
        """Wire the domain with the shipped maps."""
        maps = (shipped_map(name) for name in self.product.maps)
        by_type = {each.resource_type.name: self.deletion.visible(each) for each in maps}
        return Domain(
            "PRIMARY",
            self.directory,
            self.product.dialect,
            self.base,
            by_type,
            deletion=self.deletion,
            names=self.seen,
            memberships=self.memberships,
            state=self.state,
        )

    def target(self, resource_type: str = "User", *, record: Record | None = None) -> DomainTarget:
        """Return the target of a resource type."""
        domain = self.domain()
        paging = Paging(Snapshots(store(), clock=self.clock, random_hex=token_hex), b"key", self.application)
        return DomainTarget(
            domain,
            domain.maps[resource_type],
            record or self.recorded.append,
            behaviour=Behaviour(paging, Allocations(store(), clock=self.clock), self.client),
        )

    @property
    def people(self) -> Dn:
        """Name the container of users."""
        return self.base.below(Rdn.of("ou", "People"))

    def dn(self, user_name: str) -> Dn:
        """Name the entry of a user."""
        return self.people.below(Rdn.of(self.product.naming, user_name))


def memory_ground() -> Ground:
    """Make a domain in memory."""
    base = Dn.parse("dc=example,dc=org")
    directory = MemoryDirectory(base)
    for name in ("People", "Groups"):
        attributes = {"objectClass": (b"organizationalUnit",), "ou": (name.encode(),)}
        directory.execute(Add(base.below(Rdn.of("ou", name)), attributes))
    return Ground(CountingDirectory(directory), base)


@pytest.fixture
def ldap_ground(empty_openldap: DirectoryServer) -> Iterator[Ground]:
    """Give a domain on OpenLDAP."""
    directory = LdapDirectory(
        ConnectionSettings(
            servers=(ServerAddress.parse(empty_openldap.ldaps_uri),),
            bind_dn=Dn.parse(empty_openldap.bind_dn),
            bind_password=empty_openldap.bind_password,
            tls=Tls(ca_file=str(empty_openldap.ca_file)),
        )
    )
    yield Ground(CountingDirectory(directory), Dn.parse(empty_openldap.base_dn))
    directory.close()


@pytest.fixture
def ad_ground(empty_samba_ad: SambaAdContainer) -> Iterator[Ground]:
    """Give a domain on Active Directory."""
    directory = LdapDirectory(
        ConnectionSettings(
            servers=(ServerAddress.parse(empty_samba_ad.ldaps_uri),),
            bind_dn=Dn.parse(empty_samba_ad.bind_dn),
            bind_password=empty_samba_ad.bind_password,
            tls=Tls(ca_file=str(empty_samba_ad.ca_file)),
            replica=AD.dialect.replica,
        )
    )
    yield Ground(CountingDirectory(directory), Dn.parse(empty_samba_ad.base_dn), product=AD)
    directory.close()


def user(**attributes: Value) -> Resource:
    """Read a user as a client would send it."""
    return ResourceCodec(RESOURCE_TYPES["User"]).load({"userName": "jo", **attributes})


def shown(resource: Resource) -> dict[str, Value]:
    """Write a resource out without what differs from run to run."""
    document = ResourceCodec(resource.type).dump(resource)
    return {name: value for name, value in document.items() if name not in {"id", "meta", "schemas"}}
