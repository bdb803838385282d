"""Directories without memberOf: users show their groups, and are found by them, all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Change, Modify, Search
from app.provisioning.memberships import Memberships
from app.provisioning.target import Query
from app.scim.errors import ServiceUnavailable, TooMany
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.path import AttributePath
from app.scim.resource import values_of
from app.testing.slapd import Slapd
from tests.preparation.broken import Break, running, without_overlay
from tests.provisioning.conftest import RESOURCE_TYPES, CountingDirectory, Ground, memory_ground
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.test_groups import add, group, groups, patch, people, remove
from tests.provisioning.walks import asking, by_cursor

USER = RESOURCE_TYPES["User"]
GROUPS = AttributePath("groups")


def found(ground: Ground, text: str) -> list[str]:
    """Return the names of the users that a filter finds."""
    page = ground.target().search(Query(filter=resolve(parse(text), USER)))
    return sorted(str(resource.attributes["userName"]) for resource in page.resources)


def shown(ground: Ground, resource_id: str) -> set[tuple[object, object]]:
    """Tell the groups that a user shows, and how it is in them."""
    read = ground.target().read(resource_id)
    elements = values_of(read.get(GROUPS))
    return {(each["display"], each["type"]) for each in elements if isinstance(each, dict)}


class Contract:
    """What holds where entries do not tell their groups."""

    def test_groups_of_a_user(self, ground: Ground) -> None:
        """A user shows its groups and those around them, each once in a circle, at one search for each level and a last one."""
        [jo, bo] = people(ground, "jo", "bo")
        inner = group(ground, "Inner", jo)
        outer = group(ground, "Outer", id_of(inner), bo)
        patch(ground, inner, add(id_of(outer)))
        ground.directory.take()

        assert shown(ground, jo) == {("Inner", "direct"), ("Outer", "indirect")}
        assert ground.directory.take() == ["search"] * 4
        assert shown(ground, bo) == {("Outer", "direct"), ("Inner", "indirect")}

    def test_who_is_in_no_group(self, ground: Ground) -> None:
        """Who is in no group shows none, which takes one search; where groups are not wanted there is no search for them."""
        [jo] = people(ground, "jo")
        ground.directory.take()

        assert shown(ground, jo) == set()
        assert ground.directory.take() == ["search"] * 2
        ground.target().read(jo, wants=lambda path: path.parent != GROUPS)
        assert ground.directory.take() == ["search"]

    def test_pages(self, ground: Ground) -> None:
        """However many are on a page, their groups are found by one search for each level."""
        ids = people(ground, *"abcdef")
        group(ground, "Odd", *ids[::2])
        group(ground, "All", *ids)
        ground.directory.take()

        page = ground.target().search(asking(count=10))

        assert ground.directory.take() == ["search"] * 3
        assert [len(values_of(each.get(GROUPS))) for each in page.resources] == [2, 1] * 3

    def test_joined_and_left(self, ground: Ground) -> None:
        """What has changed since the last look is shown as it is now."""
        [jo] = people(ground, "jo")
        left, gone, named = (group(ground, name, jo) for name in ("Left", "Gone", "Named"))
        ground.target().read(jo)

        patch(ground, left, remove(jo))
        ground.target("Group").delete(id_of(gone))
        patch(ground, named, {"op": "replace", "path": "displayName", "value": "Renamed"})
        group(ground, "Joined", jo)

        assert groups(ground, jo) == {"Renamed", "Joined"}

    def test_filters(self, ground: Ground) -> None:
        """Users are found by groups and by groups around these, and by not being in them, without a residue."""
        [jo, bo, _] = people(ground, "jo", "bo", "al")
        inner = group(ground, "Inner", jo)
        outer = group(ground, "Outer", id_of(inner), bo)
        inside, around = (f'groups.value eq "{id_of(each)}"' for each in (inner, outer))

        assert found(ground, inside) == ["jo"]
        assert found(ground, around) == ["bo", "jo"]
        assert found(ground, f"not ({inside})") == ["al", "bo"]
        assert found(ground, f'{around} and userName sw "b"') == ["bo"]
        assert found(ground, f'{inside} or userName eq "al"') == ["al", "jo"]
        assert found(ground, 'groups[display co "out"]') == ["bo", "jo"]
        assert found(ground, "groups pr") == ["bo", "jo"]
        assert found(ground, 'groups[display eq "Inner" and type eq "direct"]') == ["jo"]
        assert found(ground, 'groups.value eq "00000000-0000-0000-0000-000000000000"') == []

    def test_many(self, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
        """Members too many for one filter are asked about in parts, and page by page; in an or they are too many."""
        monkeypatch.setattr("app.provisioning.conditions.MAX_NAMES", 2)
        monkeypatch.setattr("app.provisioning.conditions.MOST_NAMES", 4)
        monkeypatch.setattr("app.provisioning.scan.BATCH", 2)
        ids = people(ground, *"abcdef")
        staff = group(ground, "Staff", *ids[:5])
        condition = f'groups.value eq "{id_of(staff)}"'

        assert found(ground, condition) == [*"abcde"]
        assert found(ground, f'{condition} and (userName gt "b" and not (userName eq "d"))') == [*"ce"]
        assert found(ground, f'groups[display eq "Staff"] and {condition} and title pr') == []
        walked = by_cursor(ground.target(), asking(condition, count=2), lambda _: None)
        assert [len(page.resources) for page in walked] == [2, 2, 1]
        with pytest.raises(TooMany):
            found(ground, f'{condition} or userName eq "f"')


class TestInMemory(Contract):
    """The contract, in memory."""

    @pytest.fixture
    def ground(self) -> Ground:
        """Give a domain in memory, where nobody keeps memberOf."""
        ground = memory_ground()
        ground.memberships = Memberships("groups")
        return ground

    def test_finding_out(self, ground: Ground) -> None:
        """That entries tell their groups is found out as soon as one does, and then asked no more."""
        moment = [0.0]
        ground.memberships = Memberships("auto", lambda: moment[0])
        [jo] = people(ground, "jo")
        assert not ground.domain().keeps_memberships
        staff = group(ground, "Staff", jo)
        moment[0] += 300
        assert not ground.domain().keeps_memberships

        told = (Change("add", "memberOf", (b"cn=Staff,ou=Groups,dc=example,dc=org",)),)
        ground.directory.execute(Modify(ground.dn("jo"), told))
        assert not ground.domain().keeps_memberships
        moment[0] += 300
        ground.directory.take()
        assert ground.domain().keeps_memberships
        assert ground.directory.take() == ["search"]

        patch(ground, staff, remove(jo))
        moment[0] += 600
        ground.directory.take()
        assert ground.domain().keeps_memberships
        assert ground.directory.take() == []

    def test_no_groups_shown(self, ground: Ground) -> None:
        """Where no map shows groups nobody needs to know."""
        groups_alone = {"Group": ground.domain().maps["Group"]}
        ground.directory.take()

        assert Memberships("auto").are_kept(ground.directory, ground.base, groups_alone)
        assert ground.directory.take() == []


@pytest.fixture(scope="module")
def plain_slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Run a slapd without the memberof overlay."""
    with running(Break(config=without_overlay("memberof")), tmp_path_factory.mktemp("plain")) as slapd:
        yield slapd


@pytest.mark.directory
class TestOnSlapd(Contract):
    """The contract on an OpenLDAP that has no memberof overlay, which is found out."""

    @pytest.fixture
    def ground(self, plain_slapd: Slapd) -> Iterator[Ground]:
        """Give a domain there."""
        plain_slapd.clear()
        directory = LdapDirectory(
            ConnectionSettings(
                servers=(ServerAddress.parse(plain_slapd.ldaps_uri),),
                bind_dn=Dn.parse(plain_slapd.bind_dn),
                bind_password=plain_slapd.bind_password,
                tls=Tls(ca_file=str(plain_slapd.ca_file)),
            )
        )
        memberships = Memberships("auto")
        ground = Ground(CountingDirectory(directory), Dn.parse(plain_slapd.base_dn), memberships=memberships)
        assert not ground.domain().keeps_memberships
        yield ground
        directory.close()

    def test_members_of_large_groups_do_not_come_back(self, ground: Ground) -> None:
        """Of a group no members come back but those who are asked about."""
        [jo, *others] = people(ground, "jo", *"abcdefgh")
        group(ground, "Staff", jo, *others)
        read: list[int] = []
        inner = ground.directory.inner

        class Counting(CountingDirectory):
            def search(self, search: Search) -> Iterator[object]:  # type: ignore[override]  # what it yields is the same
                for entry in super().search(search):
                    read.append(len(entry.values("member")))
                    yield entry

        ground.directory = Counting(inner)

        assert shown(ground, jo) == {("Staff", "direct")}
        assert max(read) == 1


@pytest.mark.directory
def test_finds_memberof(ldap_ground: Ground) -> None:
    """Where the overlay is there it is found, and entries are asked."""
    [jo] = people(ldap_ground, "jo")
    group(ldap_ground, "Staff", jo)
    ldap_ground.memberships = Memberships("auto")

    assert ldap_ground.domain().keeps_memberships


@pytest.mark.directory
def test_not_to_be_found_out(plain_slapd: Slapd) -> None:
    """A directory that does not answer is said to be away, not taken for one without groups."""
    settings = ConnectionSettings(
        (ServerAddress.parse("ldap://127.0.0.1:9"),), Dn.parse(plain_slapd.bind_dn), plain_slapd.bind_password
    )
    ground = Ground(CountingDirectory(LdapDirectory(settings)), Dn.parse(plain_slapd.base_dn))
    ground.memberships = Memberships("auto")

    with pytest.raises(ServiceUnavailable):
        ground.target().read("00000000-0000-0000-0000-000000000000")
