"""OpenLDAP's ways: ids, versions, the lock of an account, passwords."""

import pytest

from app.directory.dialects.base import Account
from app.directory.dialects.openldap import LOCKED_FOR_EVER, OpenLdap
from app.directory.dn import Dn, Rdn
from app.directory.errors import PasswordRejected, SchemaViolation
from app.directory.filters import Equals, Filter, Not, Nothing, Or
from app.directory.model import Add, Change, Delete, Entry, Modify, Rename, SetPassword

DN = Dn.parse("uid=jo,dc=x")
ID = "0a1b2c3d-0000-1000-8000-00805f9b34fb"
OPEN = Entry(DN, {"entryuuid": (ID.upper().encode(),), "entrycsn": (b"2026#1",)})
TIMED = Entry(DN, {"pwdaccountlockedtime": (b"20260101000000Z",)})
LOCKED = Entry(DN, {"pwdaccountlockedtime": (LOCKED_FOR_EVER,)})
LOCK = Change("replace", "pwdAccountLockedTime", (LOCKED_FOR_EVER,))
DIALECT = OpenLdap()


def test_identity() -> None:
    """The id is the entry's UUID in lower case, the version its change number."""
    assert (DIALECT.id_of(OPEN), DIALECT.version_of(OPEN)) == (ID, "2026#1")
    assert DIALECT.version_of(LOCKED) == ""
    assert DIALECT.has_version("2026#1") == Equals("entryCSN", b"2026#1")


@pytest.mark.parametrize(
    ("resource_id", "expected"),
    [
        pytest.param(ID, Equals("entryUUID", ID.encode()), id="an id"),
        pytest.param("", Nothing(), id="empty"),
        pytest.param("jo", Nothing(), id="a word"),
        pytest.param("{" + ID + "}", Nothing(), id="another spelling"),
        pytest.param(ID.replace("-", ""), Nothing(), id="without dashes"),
        pytest.param(ID + "\n", Nothing(), id="more behind"),
    ],
)
def test_has_id(resource_id: str, expected: Filter) -> None:
    """Only what can be an id is looked for."""
    assert DIALECT.has_id(resource_id) == expected


@pytest.mark.parametrize(
    ("entry", "wanted", "expected"),
    [
        pytest.param(OPEN, None, (), id="nothing said"),
        pytest.param(OPEN, True, (), id="open stays open"),
        pytest.param(OPEN, False, (LOCK,), id="locked"),
        pytest.param(LOCKED, False, (), id="locked stays locked"),
        pytest.param(LOCKED, True, (Change("replace", "pwdAccountLockedTime"),), id="opened"),
        pytest.param(TIMED, True, (), id="the server's own lock is the server's"),
        pytest.param(TIMED, False, (LOCK,), id="locked for longer"),
    ],
)
def test_change_account(entry: Entry, wanted: bool | None, expected: tuple[Change, ...]) -> None:  # noqa: FBT001
    """An account is locked for ever or opened, and left alone where nothing changes."""
    assert DIALECT.change_account(entry, Account(enabled=wanted)) == expected


UNLOCK = Change("replace", "pwdAccountLockedTime")


@pytest.mark.parametrize(
    ("attributes", "account", "expected"),
    [
        pytest.param(
            {"pwdaccountlockedtime": (b"20260101000000Z",)}, Account(locked=False), (UNLOCK,), id="let in"
        ),
        pytest.param({}, Account(locked=False), (), id="was not locked"),
        pytest.param(
            {"pwdaccountlockedtime": (LOCKED_FOR_EVER,)},
            Account(enabled=False, locked=False),
            (),
            id="disabled",
        ),
        pytest.param(
            {}, Account(must_change=True), (Change("replace", "pwdReset", (b"TRUE",)),), id="must change"
        ),
        pytest.param({"pwdreset": (b"TRUE",)}, Account(must_change=True), (), id="must change already"),
        pytest.param(
            {"pwdreset": (b"TRUE",)},
            Account(must_change=False),
            (Change("replace", "pwdReset"),),
            id="need not",
        ),
    ],
)
def test_lockout_and_must_change(
    attributes: dict[str, tuple[bytes, ...]], account: Account, expected: tuple[Change, ...]
) -> None:
    """slapo-ppolicy's lock is taken away, but not that of a disabled account; pwdReset comes and goes."""
    assert DIALECT.change_account(Entry(DN, attributes), account) == expected


def test_state() -> None:
    """A lock that ends is a lockout, one for ever is disabling."""
    until = Entry(DN, {"pwdaccountlockedtime": (b"20260101000000Z",), "pwdreset": (b"TRUE",)})
    for_ever = Entry(DN, {"pwdaccountlockedtime": (LOCKED_FOR_EVER,)})

    assert DIALECT.state_of(until) == Account(enabled=True, locked=True, must_change=True)
    assert DIALECT.state_of(for_ever) == Account(enabled=False, locked=False, must_change=False)


def test_nothing_to_refuse() -> None:
    """Slapd knows its own rules, and says them itself."""
    DIALECT.refuse_unfit([Delete(DN)], is_account=True)

    assert DIALECT.why_refused([Delete(DN)], PasswordRejected("no"), lambda _: None) == ""
    unknown = SchemaViolation("no", diagnostic="pwdAccountLockedTime: attribute type undefined")
    assert "overlay ppolicy" in DIALECT.why_refused([Delete(DN)], unknown, lambda _: None)
    assert DIALECT.why_refused([Delete(DN)], SchemaViolation("no"), lambda _: None) == ""
    assert DIALECT.address_of("00112233-4455-6677-8899-aabbccddeeff") == ""


def test_enabled_filter() -> None:
    """Accounts that can be used are those that are not locked for ever."""
    locked = Equals("pwdAccountLockedTime", LOCKED_FOR_EVER)

    assert (DIALECT.enabled(wanted=True), DIALECT.enabled(wanted=False)) == (Not(locked), locked)


def test_create() -> None:
    """An account is made in the state that is asked for, its password set after it."""
    entry = Add(DN, {"uid": (b"jo",)})
    locked = Add(DN, {"uid": (b"jo",), "pwdAccountLockedTime": (LOCKED_FOR_EVER,)})

    assert DIALECT.create(entry, Account(enabled=True)) == (entry,)
    assert DIALECT.create(entry, Account(enabled=False)) == (locked,)
    assert DIALECT.create(entry, Account(password="x")) == (entry, SetPassword(DN, "x"))


def test_guarded() -> None:
    """The first operation asserts the condition, of its own entry; an account that has yet to be made has none."""
    condition = Equals("entryCSN", b"2026#1")
    asserted = Or((condition, Not(Equals("entryDN", str(DN).encode()))))
    change = (Change("replace", "title", (b"x",)),)
    password = SetPassword(DN, "x")

    assert DIALECT.guarded([Modify(DN, change), password], OPEN, condition) == [
        Modify(DN, change, asserted),
        password,
    ]
    assert DIALECT.guarded([Delete(DN)], OPEN, condition) == [Delete(DN, asserted)]
    assert DIALECT.guarded([password], OPEN, condition) == [password]
    assert DIALECT.guarded([], OPEN, condition) == []


def test_retire_and_reinstate() -> None:
    """A retired account gets another name and is locked, if it is not yet; its name is all that it gets back."""
    rename = Rename(DN, Rdn.of("uid", "gone"))

    assert DIALECT.retire(OPEN, rename) == (rename, Modify(rename.new_dn, (LOCK,)))
    assert DIALECT.retire(LOCKED, rename) == (rename,)
    assert DIALECT.reinstate(OPEN, rename) == (rename,)


def test_what_is_deleted_is_gone() -> None:
    """Slapd keeps nothing of what it deletes."""
    assert DIALECT.deleted(DN, Nothing()) is None
    assert DIALECT.revive(OPEN) is None


def test_create_that_must_change() -> None:
    """The password of a new account has to be changed by its owner, from the first moment."""
    [made] = DIALECT.create(Add(DN, {"uid": (b"jo",)}), Account(must_change=True))

    assert made == Add(DN, {"uid": (b"jo",), "pwdReset": (b"TRUE",)})
