"""Principal names have a suffix that the forest answers for, where the domain's document wants that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from app.directory.dialects.principal_names import PrincipalNames
from app.directory.dn import Dn
from app.directory.errors import ConstraintViolation
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Search
from app.mapping.documents import build_map
from app.provisioning.deletion import Deletion
from app.provisioning.domain import Domain
from app.provisioning.suffixes import Suffixes
from app.scim.errors import InvalidValue
from app.store.document import Document, Snapshot
from app.store.loading import load
from app.testing.samba import SambaAdContainer
from tests.provisioning.conftest import AD, MAPS, RESOURCE_TYPES, Ground, user
from tests.provisioning.test_domain_target import id_of, names
from tests.provisioning.test_domain_target import patch as patch_user

JO = Dn.parse("CN=jo,DC=example")
NAMES = PrincipalNames()


def given(suffix: str, attribute: str = "userPrincipalName", *, had: str = "") -> Modify:
    """Give an account a name with a suffix, in the place of one that it had."""
    old = (Change("delete", attribute, (f"jo@{had}".encode(),)),) if had else ()
    return Modify(JO, (*old, Change("add", attribute, (f"bo@{suffix}".encode(),))))


@dataclass
class Forest:
    """A forest that tells its suffixes."""

    top: str = "CN=Configuration,DC=example"
    added: list[bytes] = field(default_factory=lambda: [b"Example.org"])
    asked: int = 0

    def find(self, search: Search) -> list[Entry]:
        """Answer for the root and the partitions."""
        self.asked += 1
        if search.base == Dn(()):
            return [Entry.of(search.base, {"configurationNamingContext": (self.top.encode(),)})]
        if search.scope == "base":
            return [Entry.of(search.base, {"uPNSuffixes": tuple(self.added)})]
        return [Entry.of(search.base, {"dnsRoot": (b"ad.example.org",)})]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        pytest.param(Add(JO, {"USERPRINCIPALNAME": (b"jo@X.org",), "cn": (b"jo@y",)}), ("x.org",), id="new"),
        pytest.param(given("x.org"), ("x.org",), id="given"),
        pytest.param(given("y.org", had="x.org"), ("y.org",), id="another"),
        pytest.param(given("x.ORG", had="X.org"), (), id="renamed"),
        pytest.param(given("x.org", "mail"), (), id="an address"),
        pytest.param(Modify(JO, (Change("delete", "userPrincipalName", (b"jo@x.org",)),)), (), id="gone"),
        pytest.param(Delete(JO), (), id="deleted"),
    ],
)
def test_new_suffixes(operation: Operation, expected: tuple[str, ...]) -> None:
    """Only a suffix that an account has not had is a new one."""
    assert NAMES.new_suffixes([operation]) == expected


def test_known_suffixes() -> None:
    """Known are the domains of the forest and what administrators have added; a server that tells no forest knows none."""
    assert NAMES.known_suffixes(Forest().find) == ("ad.example.org", "example.org")
    assert NAMES.known_suffixes(Forest(top="").find) == ()
    assert NAMES.known_suffixes(lambda _search: []) == ()


def test_refused_by_name() -> None:
    """A strange suffix is refused, and said which there are; what is known is asked once, and again after a while."""
    forest, seconds = Forest(added=[f"{number}.test".encode() for number in range(11)]), [0.0]
    suffixes = Suffixes("known", lambda: seconds[0])

    with pytest.raises(ConstraintViolation) as caught:
        suffixes.refuse_strange(forest.find, NAMES, [given("strange.test")])
    suffixes.refuse_strange(forest.find, NAMES, [given("AD.example.org")])
    asked = forest.asked
    forest.added.append(b"strange.test")
    with pytest.raises(ConstraintViolation):
        suffixes.refuse_strange(forest.find, NAMES, [given("strange.test")])
    seconds[0] += 10.0
    suffixes.refuse_strange(forest.find, NAMES, [given("strange.test")])

    assert caught.value.reason.startswith(
        "its suffix @strange.test is none of those that the directory knows, which"
    )
    assert "are @ad.example.org, @0.test" in caught.value.reason
    assert caught.value.reason.endswith("@8.test and 2 more")
    assert (asked, forest.asked) == (3, 6)


@pytest.mark.parametrize(
    ("suffixes", "principals", "top"),
    [
        pytest.param(Suffixes(), NAMES, "CN=Configuration,DC=example", id="not wanted"),
        pytest.param(Suffixes("known"), None, "CN=Configuration,DC=example", id="no such names"),
        pytest.param(Suffixes("known"), NAMES, "", id="nobody says"),
    ],
)
def test_not_refused(suffixes: Suffixes, principals: PrincipalNames | None, top: str) -> None:
    """Nobody is refused where nothing is known, or nothing is asked for."""
    suffixes.refuse_strange(Forest(top=top).find, principals, [given("strange.test")])


@dataclass
class Held(Ground):
    """A domain of Active Directory whose users go by principal names of known suffixes."""

    suffixes: Suffixes = field(default_factory=lambda: Suffixes("known"))

    def domain(self) -> Domain:
        """Wire the domain."""
        shipped = Snapshot(1, {each.identity: each for each in load([MAPS]).documents})
        body = {"extends": "ad-user", "attributes": {"userName": {"attribute": "userPrincipalName"}}}
        found = build_map(Document("SchemaMap", "by-principal", body), RESOURCE_TYPES, shipped)
        domain = super().domain()
        maps = {**domain.maps, "User": self.deletion.visible(found)}
        return replace(domain, maps=maps, suffixes=self.suffixes)


@contextmanager
def added(server: SambaAdContainer, suffix: str) -> Iterator[None]:
    """Have the forest answer for another suffix, for a while."""
    partitions = f"dn: CN=Partitions,CN=Configuration,{server.domain_dn}\nchangetype: modify\n"
    server.modify(f"{partitions}replace: uPNSuffixes\nuPNSuffixes: {suffix}\n-\n")
    try:
        yield
    finally:
        server.modify(f"{partitions}replace: uPNSuffixes\n-\n")


@pytest.mark.container
@pytest.mark.directory
def test_on_active_directory(ad_ground: Ground, samba_ad: SambaAdContainer) -> None:
    """A strange suffix is refused, and changes nothing; it is good once the forest knows it, and stays when it does not."""
    ground = Held(ad_ground.directory, ad_ground.base, product=AD, deletion=Deletion("disable"))
    refusal = r"^userName: the directory refuses the value: its suffix @new\.test is none of .* are @ad\.example\.org$"

    jo = ground.target().create(user(userName="jo@AD.example.org"))
    with pytest.raises(InvalidValue, match=refusal):
        ground.target().create(user(userName="bo@new.test"))
    with pytest.raises(InvalidValue, match=refusal):
        patch_user(ground.target(), jo, {"op": "replace", "path": "userName", "value": "jo@new.test"})
    assert names(ground.target()) == ["jo@AD.example.org"]
    ground.suffixes = Suffixes("known")
    with added(samba_ad, "new.test"):
        moved = patch_user(ground.target(), jo, {"op": "replace", "path": "userName", "value": "jo@new.test"})
    ground.suffixes = Suffixes("known")
    ground.directory.take()
    patch_user(ground.target(), moved, {"op": "replace", "path": "userName", "value": "joe@new.test"})
    assert ground.directory.take().count("search") <= 2
    ground.target().delete(id_of(moved))
    assert names(ground.target()) == []
