"""Active Directory's ways: ids of mixed byte order, versions, bits, passwords, changes value by value."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory import ldif
from app.directory.dialects.active_directory import BIT_AND, ActiveDirectory
from app.directory.dialects.active_directory_errors import POLICY_BROKEN
from app.directory.dialects.base import Account
from app.directory.dn import Dn, Rdn
from app.directory.errors import DirectoryError, PasswordRejected
from app.directory.filters import And, Equals, Everything, Extensible, Filter, Not, Nothing
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Rename, Search
from app.directory.plan import plan

DN = Dn.parse("CN=jo,OU=People,DC=x")
DIALECT = ActiveDirectory()
# "hé😀" in quotes, as UTF-16 with the lower byte first
SECRET = Change("replace", "unicodePwd", (b'"\0h\0\xe9\0\x3d\xd8\x00\xde"\0',))
PASSWORD = "hé😀"
PAIRS = [
    # Well-known GUIDs of AD as they are written, and as they are stored.
    pytest.param(
        "aa312825-7688-11d1-aded-00c04fd8d5cd",
        "252831aa8876d111aded00c04fd8d5cd",
        id="the well-known container for computers",
    ),
    pytest.param(
        "00112233-4455-6677-8899-aabbccddeeff", "33221100554477668899aabbccddeeff", id="every byte another"
    ),
]


def control(value: int) -> Entry:
    """Describe an account by its bits."""
    return Entry(DN, {"useraccountcontrol": (str(value).encode(),)})


def controlled(value: int) -> Change:
    """Change an account's bits."""
    return Change("replace", "userAccountControl", (str(value).encode(),))


@pytest.mark.parametrize(("text", "stored"), PAIRS)
def test_id(text: str, stored: str) -> None:
    """The first three fields of an id are stored backwards."""
    entry = Entry(DN, {"objectguid": (bytes.fromhex(stored),)})

    assert DIALECT.id_of(entry) == text
    assert DIALECT.has_id(text.upper()) == Equals("objectGUID", bytes.fromhex(stored))


@given(st.uuids())
def test_any_id(wanted: uuid.UUID) -> None:
    """An id that is read is looked for by the bytes that it was read from."""
    looked_for = DIALECT.has_id(str(wanted))

    assert isinstance(looked_for, Equals)
    assert DIALECT.id_of(Entry(DN, {"objectguid": (looked_for.value,)})) == str(wanted)


@pytest.mark.parametrize("text", ["", "jo", "{00112233-4455-6677-8899-aabbccddeeff}", "0" * 32])
def test_no_id(text: str) -> None:
    """What is no id is nobody's."""
    assert DIALECT.has_id(text) == Nothing()


def test_version() -> None:
    """The version is a count with the controller's id, or else with the time: counts of two are told apart."""
    entry = Entry(DN, {"usnchanged": (b"4000",), "whenchanged": (b"20261123212820.0Z",)})
    from_first, from_second = (
        Entry(DN, {**entry.attributes, "invocationid": (controller,)}) for controller in (b"\x01", b"\xff")
    )

    assert DIALECT.version_of(entry) == "4000-20261123212820.0Z"
    assert DIALECT.version_of(from_first) == "4000-01"
    assert DIALECT.version_of(from_second) == "4000-ff"
    assert DIALECT.version_of(control(512)) == ""
    assert DIALECT.has_version("4000-01") == Equals("uSNChanged", b"4000")


def test_state_of_a_directory() -> None:
    """Which change was the last one is asked of the root DSE, with the controller whose count it is, whatever the base."""
    [asked] = DIALECT.states(DN)

    assert (asked.base, asked.scope, asked.size_limit) == (Dn(()), "base", 1)
    assert set(asked.attributes) == {"highestCommittedUSN", "dsServiceName"}


def test_a_password_is_no_operation_of_its_own() -> None:
    """It goes with the other changes."""
    assert DIALECT.set_password(DN, PASSWORD) == ()


def test_address() -> None:
    """An entry is changed and deleted by its id, whatever it is called by then; a rename needs the name."""
    number = "00112233-4455-6677-8899-aabbccddeeff"
    before = Entry(DN, {"objectguid": (uuid.UUID(number).bytes_le,)})
    rename = Rename(DN, Rdn.of("CN", "joe"))
    change = Modify(DN, (Change("add", "title", (b"Chief",)),))

    guarded = DIALECT.guarded([rename, change, Delete(DN)], before, Everything())

    address = f"<GUID={number}>"
    assert DIALECT.address_of(number.upper()) == address
    assert DIALECT.address_of("jo)(cn=*") == ""
    assert guarded == [rename, Modify(DN, change.changes, address=address), Delete(DN, address=address)]


@pytest.mark.parametrize(
    ("before", "account", "expected"),
    [
        pytest.param(512, Account(), (), id="nothing said"),
        pytest.param(512, Account(enabled=True), (), id="open stays open"),
        pytest.param(512, Account(enabled=False), (controlled(514),), id="closed"),
        pytest.param(514, Account(enabled=False), (), id="closed stays closed"),
        pytest.param(514, Account(enabled=True), (controlled(512),), id="opened"),
        pytest.param(
            0x50200, Account(enabled=False), (controlled(0x50202),), id="other bits survive closing"
        ),
        pytest.param(0x50202, Account(enabled=True), (controlled(0x50200),), id="other bits survive opening"),
        pytest.param(512, Account(password=PASSWORD), (SECRET,), id="password"),
        pytest.param(
            512,
            Account(password=PASSWORD, current_password="x"),
            (
                Change("delete", "unicodePwd", (b'"\0x\0"\0',)),
                Change("add", "unicodePwd", SECRET.values),
            ),
            id="changed by its owner",
        ),
        pytest.param(
            514,
            Account(enabled=True, password=PASSWORD),
            (SECRET, controlled(512)),
            id="password, then opened",
        ),
    ],
)
def test_change_account(before: int, account: Account, expected: tuple[Change, ...]) -> None:
    """One bit is changed, where it is another one, and the password before it."""
    assert DIALECT.change_account(control(before), account) == expected
    assert DIALECT.set_password(DN, PASSWORD) == ()


def test_state() -> None:
    """A lockout counts until it has ended, which the controller computes; a forgotten password must be changed."""
    entry = Entry(
        DN,
        {
            "useraccountcontrol": (b"514",),
            "msds-user-account-control-computed": (b"8388624",),
            "pwdlastset": (b"0",),
        },
    )

    assert DIALECT.state_of(entry) == Account(enabled=False, locked=True, must_change=True)
    assert DIALECT.state_of(control(512)) == Account(enabled=True, locked=False, must_change=False)


FORGOTTEN, REMEMBERED = (Change("replace", "pwdLastSet", (value,)) for value in (b"0", b"-1"))


@pytest.mark.parametrize(
    ("set_at", "account", "expected"),
    [
        pytest.param(b"134", Account(must_change=True), (FORGOTTEN,), id="must change"),
        pytest.param(b"0", Account(must_change=True), (), id="must change already"),
        pytest.param(b"0", Account(must_change=False), (REMEMBERED,), id="need not change"),
        pytest.param(b"134", Account(must_change=False), (), id="never had to"),
        pytest.param(b"0", Account(password=PASSWORD, must_change=False), (SECRET,), id="a new one counts"),
        pytest.param(
            b"0", Account(password=PASSWORD, must_change=True), (SECRET, FORGOTTEN), id="a new one for once"
        ),
    ],
)
def test_must_change(set_at: bytes, account: Account, expected: tuple[Change, ...]) -> None:
    """A password must be changed, or need not, after whatever else is said."""
    before = Entry(DN, {"useraccountcontrol": (b"512",), "pwdlastset": (set_at,)})

    assert DIALECT.change_account(before, account) == expected
    created = DIALECT.create(Add(DN, {"objectClass": (b"user",)}), account)
    assert (FORGOTTEN in getattr(created[-1], "changes", ())) is (
        SECRET in expected and account.must_change is True
    )


def test_why_refused() -> None:
    """The rule that a password has broken is looked up where the controller does not tell it."""
    top = Dn.parse("DC=x")
    policy = Entry(top, {"minpwdlength": (b"8",)})
    setting = Modify(DN, (SECRET,))

    def why(operation: Operation, reason: str, found: Entry | None = policy) -> str:
        def read(search: Search) -> Entry | None:
            return found if search.base == top else None

        return DIALECT.why_refused([operation], PasswordRejected("no", reason=reason), read)

    assert why(setting, POLICY_BROKEN) == "it has fewer than 8 characters"
    assert why(setting, "the password is too short") == ""
    assert why(setting, POLICY_BROKEN, None) == ""
    assert why(Delete(DN), POLICY_BROKEN) == ""
    assert DIALECT.why_refused([setting], DirectoryError("no", reason=POLICY_BROKEN), lambda _: policy) == ""


UNLOCKED = Change("replace", "lockoutTime", (b"0",))


@pytest.mark.parametrize(
    ("control", "locked_at", "account", "expected"),
    [
        pytest.param(512, b"134", Account(password=PASSWORD), (SECRET, UNLOCKED), id="new password"),
        pytest.param(514, b"134", Account(enabled=True), (controlled(512), UNLOCKED), id="enabled"),
        pytest.param(512, b"134", Account(enabled=True), (), id="the server's own lock is the server's"),
        pytest.param(512, b"134", Account(enabled=False), (controlled(514),), id="disabled"),
        pytest.param(512, b"134", Account(locked=False), (UNLOCKED,), id="let in again"),
        pytest.param(512, b"0", Account(locked=False), (), id="was not locked"),
        pytest.param(512, b"0", Account(password=PASSWORD), (SECRET,), id="no longer locked"),
    ],
)
def test_lockout(control: int, locked_at: bytes, account: Account, expected: tuple[Change, ...]) -> None:
    """Who gets a new password, or is let in again, is no longer locked out."""
    before = Entry(DN, {"useraccountcontrol": (str(control).encode(),), "lockouttime": (locked_at,)})

    assert DIALECT.change_account(before, account) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(False, Extensible("userAccountControl", BIT_AND, b"2"), id="disabled"),
        pytest.param(True, Not(Extensible("userAccountControl", BIT_AND, b"2")), id="enabled"),
    ],
)
def test_enabled_filter(wanted: bool, expected: Filter) -> None:  # noqa: FBT001
    """Accounts that can be used are those without the bit."""
    assert DIALECT.enabled(wanted=wanted) == expected


CLOSED = Add(DN, {"objectClass": (b"user",), "userAccountControl": (b"514",)})
ASKED = Add(DN, {"objectClass": (b"user",)})


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param(Account(), (CLOSED,), id="without a password"),
        pytest.param(Account(enabled=True), (CLOSED,), id="enabled without a password"),
        pytest.param(
            Account(password=PASSWORD), (CLOSED, Modify(DN, (SECRET, controlled(512)))), id="with a password"
        ),
        pytest.param(
            Account(enabled=False, password=PASSWORD), (CLOSED, Modify(DN, (SECRET,))), id="disabled with one"
        ),
    ],
)
def test_create(account: Account, expected: tuple[Add | Modify, ...]) -> None:
    """An account is made closed, and opened with the password that it needs."""
    assert DIALECT.create(ASKED, account) == expected


def test_create_with_bits() -> None:
    """Bits that the map asks for are kept, however it spells the attribute."""
    asked = Add(DN, {"objectclass": (b"User",), "useraccountcontrol": (b"66048",)})

    made = DIALECT.create(asked, Account(password=PASSWORD))

    assert made == (
        Add(DN, {"objectclass": (b"User",), "userAccountControl": (b"66050",)}),
        Modify(DN, (SECRET, controlled(66048))),
    )


def test_create_what_is_no_account() -> None:
    """A group is no account."""
    group = Add(DN, {"objectClass": (b"group",)})

    assert DIALECT.create(group, Account()) == (group,)


def test_nothing_is_left_half_made() -> None:
    """What undoes a creation removes the entry, and no password is shown."""
    planned = plan(DIALECT.create(ASKED, Account(password=PASSWORD)))

    assert planned.inverse.operations == (Delete(DN),)
    assert "unicodePwd (values not shown)" in planned.render()
    assert "unicodePwd:" not in planned.render()


BEFORE = Entry(DN, {"title": (b"Clerk",), "url": (b"a", b"b"), "useraccountcontrol": (b"512",)})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            Change("replace", "title", (b"Chief",)),
            [Change("delete", "title", (b"Clerk",)), Change("add", "title", (b"Chief",))],
            id="replaced",
        ),
        pytest.param(
            Change("replace", "title"), [Change("delete", "title", (b"Clerk",))], id="the old value removed"
        ),
        pytest.param(
            Change("replace", "mail", (b"a@x",)), [Change("add", "mail", (b"a@x",))], id="the first value"
        ),
        pytest.param(Change("replace", "mail"), [Change("replace", "mail")], id="none, as before"),
        pytest.param(
            Change("replace", "url", (b"b", b"a")),
            [Change("replace", "url", (b"b", b"a"))],
            id="another order",
        ),
        pytest.param(
            controlled(514),
            [
                Change("delete", "userAccountControl", (b"512",)),
                Change("add", "userAccountControl", (b"514",)),
            ],
            id="bits, so that nobody's are lost",
        ),
        pytest.param(
            Change("replace", "lockoutTime", (b"0",)),
            [Change("replace", "lockoutTime", (b"0",))],
            id="what the controller makes up",
        ),
        pytest.param(SECRET, [SECRET], id="a password"),
    ],
)
def test_by_value(change: Change, expected: list[Change]) -> None:
    """A replaced value is named, so that the change fails where it has gone."""
    [operation] = DIALECT.guarded([Modify(DN, (change,))], BEFORE, Everything())

    assert operation == Modify(DN, tuple(expected))


def test_what_goes_before_what_comes() -> None:
    """Values go first: an attribute of one value never has two."""
    changes = (Change("add", "manager", (b"CN=b",)), Change("delete", "manager", (b"CN=a",)))

    [operation] = DIALECT.guarded([Modify(DN, changes)], BEFORE, Everything())

    assert operation == Modify(DN, changes[::-1])


def test_what_has_no_values() -> None:
    """Renaming and deleting are as they were."""
    operations: list[Operation] = [Rename(DN, Rdn.of("CN", "joe")), Delete(DN)]

    assert DIALECT.guarded(operations, BEFORE, Everything()) == operations


def test_secrets_are_secret() -> None:
    """The password's attribute is known to be one."""
    assert ldif.is_secret("unicodePwd")


NUMBER = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")


def test_retire_and_reinstate() -> None:
    """A retired account is disabled and gives up the names that are unique in the domain; the first one comes back."""
    rename = Rename(DN, Rdn.of("cn", "gone"), Dn.parse("OU=Leavers,DC=x"))
    entry = Entry(
        DN,
        {
            "objectguid": (NUMBER.bytes_le,),
            "useraccountcontrol": (b"66048",),
            "userprincipalname": (b"jo@corp.example",),
        },
    )
    without = Entry(DN, {"objectguid": (NUMBER.bytes_le,)})
    freed = Change("replace", "sAMAccountName", (b"deleted-001122334455",))
    principal = Change("replace", "userPrincipalName", (b"deleted-001122334455@corp.example",))

    assert DIALECT.retire(entry, rename) == (
        rename,
        Modify(rename.new_dn, (controlled(66050), freed, principal)),
    )
    assert DIALECT.retire(without, rename) == (rename, Modify(rename.new_dn, (controlled(514), freed)))
    back = Rename(rename.new_dn, Rdn.of("cn", "jo"))
    name = Change("replace", "sAMAccountName", (b"jo",))
    assert DIALECT.reinstate(entry, back) == (back, Modify(back.new_dn, (name,)))


def test_deleted_entries() -> None:
    """They stand in one container of the domain, and are found with a control alone."""
    found = DIALECT.deleted(Dn.parse("OU=Staff,DC=corp,DC=x"), Equals("objectClass", b"user"))

    assert found is not None
    assert (found.base, found.scope) == (Dn.parse("CN=Deleted Objects,DC=corp,DC=x"), "one")
    assert found.with_deleted
    assert found.filter == And((Equals("isDeleted", b"TRUE"), Equals("objectClass", b"user")))


def test_revive() -> None:
    """A deleted entry comes back to where it was last, disabled; one whose name does not tell how, does not."""
    gone = Dn.parse("CN=Jo\\0ADEL:00112233-4455-6677-8899-aabbccddeeff,CN=Deleted Objects,DC=x")
    parent = {"lastknownparent": (b"OU=People,DC=x",)}
    back = Dn.parse("CN=Jo,OU=People,DC=x")
    undeleting = (
        Change("delete", "isDeleted"),
        Change("replace", "distinguishedName", (b"CN=Jo,OU=People,DC=x",)),
    )

    assert DIALECT.revive(Entry(gone, {**parent, "useraccountcontrol": (b"512",)})) == (
        back,
        (Modify(gone, undeleting, is_of_deleted=True), Modify(back, (controlled(514),))),
    )
    assert DIALECT.revive(Entry(gone, {})) is None
    assert DIALECT.revive(Entry(DN, parent)) is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Change("delete", "accountExpires", (b"134",)), Change("replace", "accountExpires", (b"0",))),
        (Change("replace", "accountExpires"), Change("replace", "accountExpires", (b"0",))),
        (Change("replace", "accountExpires", (b"135",)), Change("replace", "accountExpires", (b"135",))),
    ],
)
def test_expiry(change: Change, expected: Change) -> None:
    """An account that has no end any more says that it never ends."""
    before = Entry(DN, {"accountexpires": (b"134",)})

    assert DIALECT.guarded([Modify(DN, (change,))], before, Everything()) == [Modify(DN, (expected,))]
