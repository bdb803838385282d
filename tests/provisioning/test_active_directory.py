"""SCIM requests on Active Directory: what only AD does.

The contracts of users, groups, lists and deletion are kept on a domain that a command has prepared: tests/prepared.
"""

from contextlib import closing
from dataclasses import replace

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dialects.active_directory_errors import POLICY_BROKEN
from app.directory.dialects.base import Account
from app.directory.dn import Dn, Rdn
from app.directory.errors import InvalidCredentials, PasswordRejected
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Change, Entry, Modify, Operation, Search
from app.provisioning.leftovers import leftovers, restore
from app.provisioning.target import Query
from app.scim.errors import InvalidValue, NotFound, UniquenessConflict
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.patch_operations import parse_patch
from app.scim.resource import values_of
from app.scim.schema import Value
from app.testing.samba import SambaAdContainer
from tests.provisioning.conftest import AD, RESOURCE_TYPES, Ground, user
from tests.provisioning.test_domain_target import id_of, names, version_of
from tests.provisioning.test_domain_target import patch as patch_user
from tests.provisioning.test_groups import add, follow_another_process, group, members, patch, people

pytestmark = [pytest.mark.container, pytest.mark.directory]


@pytest.fixture
def ground(ad_ground: Ground) -> Ground:
    """Give a domain on Active Directory, without users and groups of ours."""
    return ad_ground


@pytest.fixture
def closed(ground: Ground) -> str:
    """Give the id of a user without a password."""
    return id_of(ground.target().create(user(displayName="Jo")))


def read_entry(ground: Ground, user_name: str, *attributes: str) -> Entry:
    """Read a user's entry as it is."""
    return next(ground.directory.search(Search(ground.dn(user_name), "base", attributes=attributes)))


def send(ground: Ground, resource_id: str, **values: object) -> object:
    """Replace attributes of a user, and return whether it is active then."""
    operations = parse_patch(
        {"Operations": [{"op": "replace", "value": values}]},  # type: ignore[dict-item]  # any JSON value
        RESOURCE_TYPES["User"],
    )
    return ground.target().patch(resource_id, operations).attributes["active"]


def test_no_password_no_access(ground: Ground, closed: str) -> None:
    """An account without a password stays disabled, and is enabled with its first one, in one step."""
    assert ground.target().read(closed).attributes["active"] is False

    assert send(ground, closed, active=True, password="pässwörd 😀") is True

    ground.directory.authenticate(ground.dn("jo"), "pässwörd 😀")
    assert [type(each).__name__ for each in ground.recorded[-1].plan.operations] == ["Modify"]
    assert "pässwörd" not in ground.recorded[-1].plan.render() + repr(ground.recorded)


def test_disabled_account_lets_nobody_in(ground: Ground) -> None:
    """A disabled account refuses the right password; enabled, it takes it again."""
    created = id_of(ground.target().create(user(password="secret")))

    assert send(ground, created, active=False) is False
    with pytest.raises(InvalidCredentials) as caught:
        ground.directory.authenticate(ground.dn("jo"), "secret")

    assert caught.value.reason == "the account is disabled"
    assert send(ground, created, active=True) is True
    ground.directory.authenticate(ground.dn("jo"), "secret")


def test_lockout(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Whom too many wrong passwords have locked out is let in with a new one; until then the account is active."""
    created = id_of(ground.target().create(user(password="secret")))
    dn = ground.dn("jo")

    with samba_ad.policy(lockoutThreshold="2"):
        for wrong in ("x", "y", "secret"):
            with pytest.raises(InvalidCredentials) as caught:
                ground.directory.authenticate(dn, wrong)
        assert caught.value.reason == "the account is locked after too many wrong passwords"
        assert send(ground, created, password="another") is True
        ground.directory.authenticate(dn, "another")


def test_other_bits_survive(ground: Ground, closed: str) -> None:
    """Disabling and enabling leaves all other bits as they are."""
    bits = (Change("replace", "userAccountControl", (b"262658",)),)  # disabled, smart card required
    ground.directory.execute(Modify(ground.dn("jo"), bits))

    for wanted, expected in ((False, b"262658"), (True, b"262656"), (False, b"262658")):
        send(ground, closed, active=wanted)
        assert read_entry(ground, "jo", "userAccountControl").first("userAccountControl") == expected


def test_password_that_the_policy_refuses(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """It is said why, nothing is left behind, and an account that exists stays as it was."""
    with samba_ad.policy(minPwdLength="12"):
        with pytest.raises(
            InvalidValue, match=r"^password: the directory refuses it: the password is too short"
        ):
            ground.target().create(user(password="short"))
        assert names(ground.target()) == []
        created = id_of(ground.target().create(user(password="long enough, this one")))
        with pytest.raises(InvalidValue, match=r"^password: "):
            send(ground, created, title="Chief", password="short")

    assert read_entry(ground, "jo", "title").attributes == {}
    ground.directory.authenticate(ground.dn("jo"), "long enough, this one")


def test_password_changed_by_its_owner(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """With the password until now history and age are held, as for every owner; a reset is above them."""
    ground.product = replace(AD, maps=("ad-user-account", "ad-group"))
    created = id_of(ground.target().create(user(password="first secret")))

    def change(current: str, new: str) -> None:
        send(ground, created, password=new, **{f"{ACCOUNT}:currentPassword": current})

    with samba_ad.policy(pwdHistoryLength="3"):
        change("first secret", "second secret")
        for current, new, reason in (
            ("wrong", "third secret", "old password"),
            ("second secret", "first secret", "history"),
        ):
            with pytest.raises(InvalidValue, match=rf"^password: .*{reason}"):
                change(current, new)
        with samba_ad.policy(minPwdAge="-864000000000"):
            with pytest.raises(InvalidValue, match=r"^password: .*too young"):
                change("second secret", "third secret")
            ground.directory.authenticate(ground.dn("jo"), "second secret")
            send(ground, created, password="by an administrator")

    ground.directory.authenticate(ground.dn("jo"), "by an administrator")
    assert "secret" not in ground.recorded[-1].plan.render() + repr(ground.recorded)


def test_password_that_windows_would_refuse(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Where a controller does not tell the rule, it is read off the domain's policy."""
    created = id_of(ground.target().create(user()))
    [entry] = ground.directory.search(Search(ground.dn("jo"), "base", attributes=("objectGUID",)))
    setting = Modify(entry.dn, tuple(AD.dialect.change_account(entry, Account(password="Short"))))
    refusal = PasswordRejected("no", reason=POLICY_BROKEN)

    with samba_ad.policy(minPwdLength="12", pwdProperties="1"):
        why = AD.dialect.why_refused([setting], refusal, lambda search: next(ground.directory.search(search)))

    assert AD.dialect.id_of(entry) == created
    assert why.startswith("it has fewer than 12 characters and has fewer than three kinds of characters")


def test_names_that_windows_refuses(ground: Ground, closed: str) -> None:
    """An account name that is too long, or has a character that is not allowed, is refused by name, unsent."""
    ground.directory.take()

    for name in ("a" * 21, "jo/bo"):
        with pytest.raises(InvalidValue, match=r"^userName: the directory refuses the value: it "):
            ground.target().create(user(userName=name))
        with pytest.raises(InvalidValue, match=r"^userName: "):
            send(ground, closed, userName=name)

    assert ground.directory.take() == ["search"] * 2
    assert names(ground.target()) == ["jo"]


ACCOUNT = "urn:landbridge:scim:schemas:extension:account:1.0:User"


def account_of(ground: Ground, resource_id: str) -> Value:
    """Read the state of an account."""
    return ground.target().read(resource_id).attributes[ACCOUNT]


def test_must_change(ground: Ground) -> None:
    """Who must change the password is not let in with it; told otherwise, it counts again."""
    ground.product = replace(AD, maps=("ad-user-account", "ad-group"))
    created = id_of(
        ground.target().create(user(password="secret", **{ACCOUNT: {"mustChangePassword": True}}))
    )

    assert account_of(ground, created) == {"locked": False, "mustChangePassword": True}
    with pytest.raises(InvalidCredentials) as caught:
        ground.directory.authenticate(ground.dn("jo"), "secret")
    assert caught.value.reason == "the password must be changed first"

    send(ground, created, **{f"{ACCOUNT}:mustChangePassword": False})
    assert account_of(ground, created) == {"locked": False, "mustChangePassword": False}
    ground.directory.authenticate(ground.dn("jo"), "secret")
    found = resolve(parse(f"{ACCOUNT}:mustChangePassword eq false"), RESOURCE_TYPES["User"])
    assert ground.target().search(Query(filter=found)).total == 1


def test_lockout_is_shown_and_cleared(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Whom too many wrong passwords have locked out shows it, and is let in again without a new password."""
    ground.product = replace(AD, maps=("ad-user-account", "ad-group"))
    created = id_of(ground.target().create(user(password="secret")))

    with samba_ad.policy(lockoutThreshold="2"):
        for wrong in ("x", "y"):
            with pytest.raises(InvalidCredentials):
                ground.directory.authenticate(ground.dn("jo"), wrong)
        assert account_of(ground, created) == {"locked": True, "mustChangePassword": False}
        send(ground, created, **{f"{ACCOUNT}:locked": False})
        ground.directory.authenticate(ground.dn("jo"), "secret")

    assert account_of(ground, created) == {"locked": False, "mustChangePassword": False}


def test_account_name_follows(ground: Ground) -> None:
    """A renamed user has another account name and entry name, and stays in its groups; the old name is free."""
    [jo] = people(ground, "jo")
    staff = group(ground, "Staff", jo)

    send(ground, jo, userName="joe")

    entry = read_entry(ground, "joe", "cn", "sAMAccountName")
    assert (entry.text("cn"), entry.text("sAMAccountName")) == ("joe", "joe")
    assert members(ground, staff) == {jo}
    assert people(ground, "jo") != [jo]


def test_name_that_somebody_else_has_chosen(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """An entry that an administrator has named keeps its name when the account gets another."""
    samba_ad.modify(f"dn: CN=Jo Doe,{ground.people}\nobjectClass: user\nsAMAccountName: jo\n")
    [found] = ground.target().search(Query()).resources

    patched = patch_user(ground.target(), found, {"op": "replace", "path": "userName", "value": "joe"})

    assert patched.attributes["userName"] == "joe"
    [entry] = ground.directory.search(Search(ground.people, "one", attributes=("cn", "sAMAccountName")))
    assert (entry.text("cn"), entry.text("sAMAccountName")) == ("Jo Doe", "joe")


def test_account_name_is_taken_by_a_group(ground: Ground) -> None:
    """Users and groups share their account names: the second one is refused."""
    group(ground, "staff")

    with pytest.raises(UniquenessConflict):
        ground.target().create(user(userName="Staff"))


def interfere(ground: Ground, theirs: Change) -> None:
    """Have somebody change jo's entry before our first write to it from now on."""
    ground.directory.take()
    execute = ground.directory.inner.execute
    begun: list[Operation] = []

    def interfering(operation: Operation, *, read_back: tuple[str, ...] = ()) -> Entry | None:
        if not begun:
            begun.append(operation)
            execute(Modify(ground.dn("jo"), (theirs,)))
        return execute(operation, read_back=read_back)

    ground.directory.inner.execute = interfering  # type: ignore[method-assign, assignment]


def test_somebody_was_faster_with_the_same_attribute(ground: Ground, closed: str) -> None:
    """A value that somebody changes between our read and our write is not overwritten unseen: we look again."""
    interfere(ground, Change("replace", "displayName", (b"Theirs",)))

    send(ground, closed, displayName="Ours")

    assert ground.directory.take() == ["search", "Modify", "search", "Modify"]
    assert read_entry(ground, "jo", "displayName").text("displayName") == "Ours"


def test_somebody_was_faster_with_another_bit(ground: Ground) -> None:
    """A bit that somebody sets while we disable an account is not lost: DONT_EXPIRE_PASSWORD stays, and it is disabled."""
    created = id_of(ground.target().create(user(password="secret")))
    interfere(ground, Change("replace", "userAccountControl", (b"66048",)))

    assert send(ground, created, active=False) is False

    assert ground.directory.take() == ["search", "Modify", "search", "Modify"]
    assert read_entry(ground, "jo", "userAccountControl").text("userAccountControl") == "66050"


def test_manager_changes(ground: Ground) -> None:
    """A manager is replaced by another in one step."""
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    boss, chief = people(ground, "boss", "chief")
    created = ground.target().create(user(**{urn: {"manager": {"value": boss}}}))

    patched = patch_user(
        ground.target(), created, {"op": "replace", "path": f"{urn}:manager", "value": {"value": chief}}
    )

    assert patched.attributes[urn] == {"manager": {"value": chief, "displayName": "chief"}}


def test_new_groups(ground: Ground) -> None:
    """A new group is a global security group, and its account name is its own."""
    group(ground, "Staff")

    name = ground.base.below(Rdn.of("ou", "Groups")).below(Rdn.of("cn", "Staff"))
    [entry] = ground.directory.search(Search(name, "base", attributes=("groupType", "sAMAccountName")))
    assert entry.attributes == {"grouptype": (b"-2147483646",), "samaccountname": (b"Staff",)}


def test_groups_of_a_user(ground: Ground) -> None:
    """A user shows its groups, and is found by them, also by one around them."""
    [jo, _] = people(ground, "jo", "bo")
    inner = group(ground, "Inner", jo)
    outer = group(ground, "Outer", id_of(inner))

    shown = {
        (e["display"], e["type"])
        for e in values_of(ground.target().read(jo).attributes["groups"])
        if isinstance(e, dict)
    }

    assert shown == {("Inner", "direct"), ("Outer", "indirect")}
    for found in (inner, outer):
        condition = resolve(parse(f'groups.value eq "{id_of(found)}"'), RESOURCE_TYPES["User"])
        page = ground.target().search(Query(filter=condition))
        assert [id_of(resource) for resource in page.resources] == [jo]


def test_what_another_process_changes(ground: Ground) -> None:
    """Who is read again and again is shown as it is now: in groups that are called otherwise, left, or gone."""
    follow_another_process(ground)


def test_version_of_a_group(ground: Ground) -> None:
    """A member who joins gives the group another version; who has named one is told the new one, for one search more."""
    [jo] = people(ground, "jo")
    created = group(ground, "Staff")

    changed = patch(ground, created, add(jo), version=version_of(created))

    assert ground.directory.take()[-3:] == ["search", "Modify", "search"]
    assert version_of(changed) != version_of(created)
    assert version_of(ground.target("Group").read(id_of(created))) == version_of(changed)


def test_system_accounts_do_not_exist(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Accounts that the system needs are out of a client's reach, also where the domain's base is the top."""
    ground.base = Dn.parse(samba_ad.domain_dn)

    assert set(names(ground.target())).isdisjoint({"krbtgt", "Administrator", "Guest"})
    groups = {found.attributes["displayName"] for found in ground.target("Group").search(Query()).resources}
    assert groups.isdisjoint({"Domain Admins", "Administrators", "Domain Controllers"})


def test_restore_of_what_the_directory_keeps(ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Who was deleted for good comes back under the old id, disabled, for whoever may read deleted entries and restore."""
    created = id_of(ground.target().create(user(password="secret")))
    ground.target().delete(created)
    administrator = ConnectionSettings(
        servers=(ServerAddress.parse(samba_ad.ldaps_uri),),
        bind_dn=Dn.parse(samba_ad.config_dn),
        bind_password=samba_ad.config_password,
        tls=Tls(ca_file=str(samba_ad.ca_file)),
    )
    with closing(LdapDirectory(administrator)) as directory:
        domain = replace(ground.domain(), directory=directory)
        schema_map = domain.maps["User"]

        restored = restore(domain, schema_map, created, record=ground.recorded.append)

        assert (restored.id, restored.name, restored.plan.dn) == (created, "jo", ground.dn("jo"))
        assert created not in {found.id for found in leftovers(domain, schema_map)}
    read = ground.target().read(created)
    assert (read.attributes["userName"], read.attributes["active"]) == ("jo", False)


def test_deleted_entries_are_not_for_everybody(ground: Ground) -> None:
    """The service account does not see what was deleted, unless it is given that right."""
    created = id_of(ground.target().create(user()))
    ground.target().delete(created)
    domain = ground.domain()

    with pytest.raises(NotFound):
        restore(domain, domain.maps["User"], created, record=ground.recorded.append)


def test_addresses_and_picture(ground: Ground) -> None:
    """The primary address is the one in capitals; others, and addresses of other kinds, stay when it changes."""
    ground.product = replace(AD, maps=("ad-user-exchange", "ad-group"))
    picture = "data:image/jpeg;base64,/9j/AAEC"
    first, second = ({"type": "work", "value": f"{name}@example.org"} for name in ("jo", "jd"))
    created = ground.target().create(
        user(emails=[first, {**second, "primary": True}], photos=[{"type": "thumbnail", "value": picture}])
    )
    sip = Change("add", "proxyAddresses", (b"SIP:jo@example.org",))
    ground.directory.execute(Modify(ground.dn("jo"), (sip,)))

    send(ground, id_of(created), emails=[{**first, "primary": True}, second])

    read = ground.target().read(id_of(created))
    assert read.attributes["emails"] == [{**first, "primary": True}, second]
    assert read.attributes["photos"] == [{"type": "thumbnail", "value": picture, "primary": True}]
    entry = read_entry(ground, "jo", "proxyAddresses", "thumbnailPhoto")
    assert set(entry.values("proxyAddresses")) == {
        b"SMTP:jo@example.org",
        b"smtp:jd@example.org",
        b"SIP:jo@example.org",
    }
    assert entry.first("thumbnailPhoto") == b"\xff\xd8\xff\x00\x01\x02"
    found = resolve(parse('emails.value eq "JD@example.org"'), RESOURCE_TYPES["User"])
    assert ground.target().search(Query(filter=found)).total == 1


def test_expiry(ground: Ground) -> None:
    """An account ends at a moment, and lets nobody in from then on; without one it does not end."""
    ground.product = replace(AD, maps=("ad-user-account", "ad-group"))
    moment = "2026-01-02T03:04:05Z"
    created = id_of(ground.target().create(user(password="secret", **{ACCOUNT: {"expires": moment}})))

    assert account_of(ground, created) == {"locked": False, "mustChangePassword": False, "expires": moment}
    with pytest.raises(InvalidCredentials) as caught:
        ground.directory.authenticate(ground.dn("jo"), "secret")
    assert caught.value.reason == "the account has expired"

    operations = parse_patch(
        {"Operations": [{"op": "remove", "path": f"{ACCOUNT}:expires"}]}, RESOURCE_TYPES["User"]
    )
    ground.target().patch(created, operations)
    assert account_of(ground, created) == {"locked": False, "mustChangePassword": False}
    ground.directory.authenticate(ground.dn("jo"), "secret")
