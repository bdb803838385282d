"""Active Directory, as Samba has it, keeps the contract of the port; and what it has besides: bits, ranges, referrals."""

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import product
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.directory.connection import Discovery, Tls
from app.directory.dialects.active_directory import BIT_AND, ActiveDirectory
from app.directory.dialects.base import Account
from app.directory.dn import Dn, Rdn
from app.directory.errors import (
    ConstraintViolation,
    EntryExists,
    InsufficientAccess,
    InvalidCredentials,
    NoSuchEntry,
    NoSuchValue,
    PasswordRejected,
    Refused,
    ValueExists,
)
from app.directory.filter_text import parse_filter
from app.directory.filters import Equals, Everything, Extensible
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Rename, Search
from app.directory.servers.directory import ServerDirectory
from app.testing.samba import SambaAdContainer
from tests.directory.conftest import Ground, Ways, ask_in_vain, clients, settings_of
from tests.directory.contract import DirectoryContract, find, named, person, uids
from tests.directory.servers.dns_server import DnsServer

pytestmark = [pytest.mark.container, pytest.mark.directory]
DIALECT = ActiveDirectory()
CHAIN = "1.2.840.113556.1.4.1941"


def set_password(dn: Dn, password: str) -> Operation:
    """Set a password and open the account, which AD has closed."""
    closed = Entry(dn, {"useraccountcontrol": (b"514",)})
    return Modify(dn, tuple(DIALECT.change_account(closed, Account(enabled=True, password=password))))


WAYS = Ways(
    person="user",
    naming="cn",
    mail="otherMailbox",
    again="a@example.org",  # Samba tells values apart by case, Windows does not
    unfit=("countryCode", (b"x",)),
    id="objectGUID",
    id_length=16,
    version="uSNChanged",
    created="whenCreated",
    set_password=set_password,
    reads_back=False,
    is_three_valued=False,
)


@pytest.fixture
def ground(empty_samba_ad: SambaAdContainer, client: Callable[..., ServerDirectory]) -> Iterator[Ground]:
    """Give a domain without people of ours, and pages of three."""
    directory = client(settings_of(empty_samba_ad))
    yield Ground(directory, Dn.parse(empty_samba_ad.people_dn), WAYS)
    directory.close()


class TestSambaAd(DirectoryContract):
    """The contract. What cannot hold on AD is told by the tests that stand here in place of the contract's."""

    @pytest.fixture
    def ground(self, ground: Ground) -> Ground:
        """Give an empty domain."""
        return ground

    def test_assertion(self, ground: Ground) -> None:
        """AD knows no assertions (RFC 4528): a change that has one is refused, never made without it."""
        added = person(ground, "jo")
        ground.directory.execute(added)
        holds = Equals("sn", b"Doe")

        for operation in (
            Modify(added.dn, (Change("replace", "sn", (b"Roe",)),), holds),
            Rename(added.dn, named(ground, "joe"), assertion=holds),
            Delete(added.dn, holds),
        ):
            with pytest.raises(Refused):
                ground.directory.execute(operation)
        assert [entry.dn for entry in find(ground, holds)] == [added.dn]

    def test_rename_among_several_values(self, ground: Ground) -> None:
        """In AD cn has one value, so there is nothing to rename among."""
        with pytest.raises(ConstraintViolation):
            ground.directory.execute(person(ground, "jo", cn=["jo", "joe"]))


def test_binary_values(ground: Ground) -> None:
    """Ids and security identifiers are bytes, and an entry is found by its id."""
    ground.directory.execute(person(ground, "jo"))

    [entry] = find(ground, Equals("cn", b"jo"), "objectGUID", "objectSid")

    assert len(entry.first("objectGUID") or b"") == 16
    assert (entry.first("objectSid") or b"").startswith(b"\x01\x05")
    assert [each.dn for each in find(ground, DIALECT.has_id(DIALECT.id_of(entry)))] == [entry.dn]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(resource_id=st.uuids())
def test_any_id_can_be_looked_for(ground: Ground, resource_id: UUID) -> None:
    """Whatever bytes an id is made of, a filter with them is understood."""
    assert find(ground, DIALECT.has_id(str(resource_id))) == []


def test_bit_rule(ground: Ground) -> None:
    """Accounts are found by a bit of a number."""
    ground.directory.execute(person(ground, "open", userAccountControl=["512"]))
    ground.directory.execute(person(ground, "closed", userAccountControl=["514"]))

    found = find(ground, Extensible("userAccountControl", BIT_AND, b"2"))

    assert uids(ground, found) == {"closed"}


def test_category(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Users are told from computers, which are users by their classes, by their category."""
    ground.directory.execute(person(ground, "jo"))
    samba_ad.modify(f"dn: CN=box,{ground.people}\nobjectClass: computer\nsAMAccountName: box$\n")

    found = find(ground, parse_filter("(&(objectCategory=person)(objectClass=user))"))

    assert uids(ground, found) == {"jo"}


def test_from_the_top(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """A search from the top of the domain finds what is there; references to other partitions are passed over."""
    ground.directory.execute(person(ground, "jo"))
    top = Dn.parse(samba_ad.domain_dn)

    found = list(ground.directory.search(Search(top, "subtree", Equals("cn", b"jo"), ("cn",))))

    assert uids(ground, found) == {"jo"}


def test_large_group(empty_samba_ad: SambaAdContainer) -> None:
    """A group of 3,500 members is read whole by each client, also where it comes 1,500 at a time."""
    server = empty_samba_ad
    people = Dn.parse(server.people_dn).below(Rdn.of("ou", "Many"))
    names = [f"CN=m{number},{people}" for number in range(3500)]
    server.modify(f"dn: {people}\nobjectClass: organizationalUnit\n")
    server.modify("\n".join(f"dn: {name}\nobjectClass: contact\n" for name in names))
    group = Dn.parse(f"CN=All,{server.groups_dn}")
    expected = {Dn.parse(name) for name in names}
    with closing(LdapDirectory(settings_of(server))) as directory:
        directory.execute(Add(group, {"objectClass": (b"group",)}))
        directory.execute(Modify(group, (Change("add", "member", tuple(map(str.encode, names))),)))

    for client, attribute in product(clients(), ("member", "member;range=0-1499")):
        with closing(client(settings_of(server))) as directory:
            [entry] = directory.search(Search(group, "base", attributes=(attribute,)))
        assert entry.attributes.keys() == {"member"}
        assert {Dn.parse(value.decode()) for value in entry.values("member")} == expected
        assert len(entry.values("member")) == 3500


def test_members_that_are_there_or_not(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Who joins twice or leaves twice is told apart, as any other value is."""
    jo, group = person(ground, "jo"), Dn.parse(f"CN=Staff,{samba_ad.groups_dn}")
    member = (str(jo.dn).encode(),)
    ground.directory.execute(jo)
    ground.directory.execute(Add(group, {"objectClass": (b"group",)}))

    with pytest.raises(NoSuchValue):
        ground.directory.execute(Modify(group, (Change("delete", "member", member),)))
    ground.directory.execute(Modify(group, (Change("add", "member", member),)))
    with pytest.raises(ValueExists):
        ground.directory.execute(Modify(group, (Change("add", "member", member),)))


def test_nested_members(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Who is a member by way of another group is found by the rule for chains."""
    jo = person(ground, "jo")
    inner, outer = (Dn.parse(f"CN={name},{samba_ad.groups_dn}") for name in ("Inner", "Outer"))
    ground.directory.execute(jo)
    ground.directory.execute(Add(inner, {"objectClass": (b"group",), "member": (str(jo.dn).encode(),)}))
    ground.directory.execute(Add(outer, {"objectClass": (b"group",), "member": (str(inner).encode(),)}))

    found = find(ground, Extensible("memberOf", CHAIN, str(outer).encode()))

    assert uids(ground, found) == {"jo"}


def test_account_name_is_taken(ground: Ground) -> None:
    """An account name can be had once in the domain, whatever the entry is called."""
    ground.directory.execute(person(ground, "jo", sAMAccountName=["jo"]))

    with pytest.raises(EntryExists):
        ground.directory.execute(person(ground, "bo", sAMAccountName=["JO"]))


def test_password_policy(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """A password that the policy refuses is told apart, with a reason in words."""
    added = person(ground, "jo")
    ground.directory.execute(added)

    with samba_ad.policy(minPwdLength="12"), pytest.raises(PasswordRejected) as caught:
        ground.directory.execute(set_password(added.dn, "short"))

    assert "too short" in caught.value.reason


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        pytest.param({"userAccountControl": ["514"]}, "the account is disabled", id="disabled"),
        pytest.param({"accountExpires": ["1"]}, "the account has expired", id="expired"),
        pytest.param({"pwdLastSet": ["0"]}, "the password must be changed first", id="must change"),
    ],
)
def test_why_nobody_is_let_in(ground: Ground, attributes: dict[str, list[str]], reason: str) -> None:
    """The right password does not open every account, and it is said why."""
    added = person(ground, "jo")
    ground.directory.execute(added)
    ground.directory.execute(set_password(added.dn, "secret"))
    changes = tuple(
        Change("replace", name, tuple(map(str.encode, values))) for name, values in attributes.items()
    )
    ground.directory.execute(Modify(added.dn, changes))

    with pytest.raises(InvalidCredentials) as caught:
        ground.directory.authenticate(added.dn, "secret")

    assert caught.value.reason == reason


def test_least_rights(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """The service account changes nothing outside the two units, and gives nobody rights within."""
    change = (Change("replace", "description", (b"x",)),)
    added = person(ground, "jo")
    ground.directory.execute(added)

    for name in (samba_ad.config_dn, samba_ad.base_dn, samba_ad.people_dn):
        with pytest.raises(InsufficientAccess):
            ground.directory.execute(Modify(Dn.parse(name), change))
    with pytest.raises(InsufficientAccess):
        ground.directory.execute(
            Modify(
                Dn.parse(f"CN=Domain Admins,CN=Users,{samba_ad.domain_dn}"),
                (Change("add", "member", (str(added.dn).encode(),)),),
            )
        )
    assert uids(ground, find(ground, Everything())) == {"jo"}


def test_entries_tell_their_controller(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """An entry comes with the id of the controller that counts its versions, where that is asked for."""
    ground.directory.execute(person(ground, "jo"))
    with closing(LdapDirectory(settings_of(samba_ad, replica=DIALECT.replica))) as directory:
        [entry] = directory.search(
            Search(ground.people, "one", attributes=("invocationId", "uSNChanged", "whenChanged"))
        )
        [other] = directory.search(Search(ground.people, "one", attributes=("cn",)))

    pointer = re.search(r"^dsServiceName: (.+)$", samba_ad.export("", scope="base"), re.MULTILINE)
    assert pointer
    settings = samba_ad.export(pointer.group(1), scope="base")
    controller = re.search(r"^invocationId:: (.+)$", settings, re.MULTILINE)
    assert controller
    assert base64.b64encode(entry.first("invocationId") or b"").decode() == controller.group(1)
    assert (
        DIALECT.version_of(entry)
        == f"{entry.text('uSNChanged')}-{(entry.first('invocationId') or b'').hex()}"
    )
    assert other.attributes.keys() == {"cn"}


def test_controllers_by_dns(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """A controller is found by DNS, under its site, and its TLS is verified by the name that DNS gives."""
    port = samba_ad.uri.rpartition(":")[2]
    ground.directory.execute(person(ground, "jo"))
    with DnsServer({"_ldap._tcp.Berlin._sites.dc._msdcs.ad.example.org.": [f"0 1 {port} localhost."]}) as dns:
        settings = settings_of(
            samba_ad,
            servers=(),
            discovery=Discovery("ad.example.org", "Berlin", nameserver=dns.address),
            tls=Tls(start_tls=True, ca_file=str(samba_ad.ca_file)),
        )
        with closing(LdapDirectory(settings)) as directory:
            found = list(directory.search(Search(ground.people, "one")))

    assert [entry.dn for entry in found] == [ground.people.below(named(ground, "jo"))]


def test_a_wrong_password_locks_nobody(
    samba_ad: SambaAdContainer, client: Callable[..., ServerDirectory]
) -> None:
    """Many who ask with the service account's old password do not have it locked."""
    with samba_ad.policy(lockoutThreshold="2"):
        with closing(client(settings_of(samba_ad, bind_password="of last year"))) as directory:
            ask_in_vain(directory, 20)
        with closing(client(settings_of(samba_ad))) as directory:
            assert list(directory.search(Search(Dn(()), "base")))


def test_addresses(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """By its id an entry is read, changed, made a member and deleted, wherever it has gone in the meantime."""
    added = person(ground, "jo")
    ground.directory.execute(added)
    [entry] = find(ground, Equals("cn", b"jo"), "objectGUID")
    address = DIALECT.address_of(DIALECT.id_of(entry))
    group = Dn.parse(f"CN=Staff,{samba_ad.groups_dn}")
    ground.directory.execute(Add(group, {"objectClass": (b"group",)}))
    ground.directory.execute(Rename(added.dn, named(ground, "joe")))

    ground.directory.execute(Modify(added.dn, (Change("add", "title", (b"Chief",)),), address=address))
    ground.directory.execute(Modify(group, (Change("add", "member", (address.encode(),)),)))
    [read] = ground.directory.search(
        Search(added.dn, "base", Equals("cn", b"joe"), ("title", "memberOf"), address=address)
    )
    ground.directory.execute(Delete(added.dn, address=address))

    assert read.dn == ground.people.below(named(ground, "joe"))
    assert (read.text("title"), Dn.parse(read.text("memberOf") or "")) == ("Chief", group)
    with pytest.raises(NoSuchEntry):
        ground.directory.execute(Delete(added.dn, address=address))
