"""AD LDS' ways, by Microsoft's documentation: accounts without userAccountControl and without account names."""

import uuid

import pytest

from app.directory.dialects.active_directory_errors import POLICY_BROKEN
from app.directory.dialects.ad_lds import AdLds
from app.directory.dialects.base import Account
from app.directory.dn import Dn, Rdn
from app.directory.errors import ConstraintViolation, PasswordRejected
from app.directory.filters import Equals, Everything, Not
from app.directory.model import Add, Change, Entry, Modify, Rename

DN = Dn.parse("CN=jo,OU=People,O=x")
DIALECT = AdLds()
SECRET = Change("replace", "unicodePwd", ('"secret"'.encode("utf-16-le"),))
OFF, ON = (Change("replace", "msDS-UserAccountDisabled", (value,)) for value in (b"TRUE", b"FALSE"))
FORGOTTEN = Change("replace", "pwdLastSet", (b"0",))
UNLOCKED = Change("replace", "lockoutTime", (b"0",))
DISABLED = Entry(DN, {"msds-useraccountdisabled": (b"TRUE",)})
OPEN = Entry(DN, {"msds-useraccountdisabled": (b"FALSE",), "lockouttime": (b"134",)})


def test_state() -> None:
    """The state is told by attributes of its own."""
    locked = {"ms-ds-useraccountautolocked": (b"TRUE",), "pwdlastset": (b"0",)}

    assert DIALECT.state_of(Entry(DN, locked)) == Account(enabled=True, locked=True, must_change=True)
    assert DIALECT.state_of(DISABLED) == Account(enabled=False, locked=False, must_change=False)
    assert DIALECT.enabled(wanted=False) == Equals("msDS-UserAccountDisabled", b"TRUE")
    assert DIALECT.enabled(wanted=True) == Not(Equals("msDS-UserAccountDisabled", b"TRUE"))


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param(Account(), None, id="no password, no access"),
        pytest.param(Account(password="secret"), (SECRET, ON), id="password"),
        pytest.param(Account(enabled=False, password="secret"), (SECRET,), id="disabled"),
        pytest.param(
            Account(password="secret", must_change=True), (SECRET, ON, FORGOTTEN), id="for one time"
        ),
    ],
)
def test_create(account: Account, expected: tuple[Change, ...] | None) -> None:
    """An account is made disabled, gets its password, and is enabled."""
    entry = Add(DN, {"objectClass": (b"user",)})
    added = Add(DN, {"objectClass": (b"user",), "msDS-UserAccountDisabled": (b"TRUE",)})

    changes = () if expected is None else (Modify(DN, expected),)
    assert tuple(DIALECT.create(entry, account)) == (added, *changes)
    for name in (b"group", b"userProxy", b"userProxyFull"):
        other = Add(DN, {"objectClass": (name,)})
        assert DIALECT.create(other, account) == (other,)


@pytest.mark.parametrize(
    ("before", "account", "expected"),
    [
        pytest.param(DISABLED, Account(enabled=False), (), id="stays disabled"),
        pytest.param(DISABLED, Account(enabled=True), (ON,), id="enabled"),
        pytest.param(OPEN, Account(enabled=False), (OFF,), id="disabled"),
        pytest.param(OPEN, Account(locked=False), (UNLOCKED,), id="let in again"),
        pytest.param(OPEN, Account(password="secret"), (SECRET, UNLOCKED), id="a new password lets in"),
        pytest.param(OPEN, Account(must_change=True), (FORGOTTEN,), id="must change"),
    ],
)
def test_change(before: Entry, account: Account, expected: tuple[Change, ...]) -> None:
    """One attribute is changed, where it is another one."""
    assert tuple(DIALECT.change_account(before, account)) == expected


def test_retire_and_reinstate() -> None:
    """A retired account is disabled and gives up its principal name; there is no account name to give up."""
    number = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff").bytes_le
    named = Entry(DN, {"objectguid": (number,), "userprincipalname": (b"jo@x",)})
    rename = Rename(DN, Rdn.of("CN", "gone"))
    freed = Change("replace", "userPrincipalName", (b"deleted-001122334455@x",))

    assert DIALECT.retire(named, rename) == (rename, Modify(rename.new_dn, (OFF, freed)))
    bare = Entry(DN, {**named.attributes, "userprincipalname": (b"jo",)})
    nameless = Change("replace", "userPrincipalName", (b"deleted-001122334455",))
    assert DIALECT.retire(bare, rename) == (rename, Modify(rename.new_dn, (OFF, nameless)))
    assert DIALECT.retire(DISABLED, rename) == (rename, Modify(rename.new_dn, (OFF,)))
    assert DIALECT.reinstate(named, rename) == (rename,)


def test_names() -> None:
    """Names have no rules of a domain; those of entries have their length."""
    for name in ("jo", "jo@x", "an account/name"):
        DIALECT.refuse_unfit([Add(DN, {"userPrincipalName": (name.encode(),)})], is_account=True)
    with pytest.raises(ConstraintViolation):
        DIALECT.refuse_unfit([Add(DN, {"cn": (b"x" * 65,)})], is_account=True)


def test_what_it_does_not_tell() -> None:
    """What was deleted is not found by the base, and the rules for passwords are the machine's."""
    assert DIALECT.deleted(DN, Everything()) is None
    assert DIALECT.revive(DISABLED) is None
    refused = PasswordRejected("no", reason=POLICY_BROKEN)
    assert DIALECT.why_refused([Modify(DN, (SECRET,))], refused, lambda _: DISABLED) == ""
