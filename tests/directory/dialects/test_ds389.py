"""389 Directory Server's ways: ids cut otherwise, counted versions, a lock, and passwords that are hashed as they come."""

import pytest

from app.directory.dialects.base import Account
from app.directory.dialects.ds389 import Ds389
from app.directory.dn import Dn, Rdn
from app.directory.errors import Refused
from app.directory.filters import And, Equals, Everything, Not, Nothing
from app.directory.model import Add, Change, Delete, Entry, Modify, Rename

DN = Dn.parse("uid=jo,dc=x")
ID = "07b43f16-e840-11f1-8f56-f52dc30d99c6"
STORED = b"07b43f16-e84011f1-8f56f52d-c30d99c6"
OPEN = Entry.of(DN, {"nsUniqueId": [STORED], "entryusn": [b"7"], "modifyTimestamp": [b"20260101000000Z"]})
LOCKED = Entry.of(DN, {"nsAccountLock": [b"TRUE"], "title": [b"x"]})
LOCK = Change("replace", "nsAccountLock", (b"true",))
DIALECT = Ds389()


def test_identity() -> None:
    """The id is a UUID in its usual form, and is looked for in the product's."""
    assert DIALECT.id_of(OPEN) == ID
    assert DIALECT.has_id(ID.upper()) == Equals("nsUniqueId", STORED)
    assert DIALECT.has_id("jo") == Nothing()
    assert DIALECT.address_of(ID) == ""


def test_version() -> None:
    """The count is told with its time, since each server counts for itself; without the plug-in there is none."""
    assert DIALECT.version_of(OPEN) == "7-20260101000000Z"
    assert DIALECT.version_of(LOCKED) == ""
    assert DIALECT.has_version("7-20260101000000Z") == And(
        (Equals("entryusn", b"7"), Equals("modifyTimestamp", b"20260101000000Z"))
    )


def test_state() -> None:
    """An account is disabled by its lock, and the filters say the same."""
    assert (DIALECT.state_of(OPEN), DIALECT.state_of(LOCKED)) == (
        Account(enabled=True),
        Account(enabled=False),
    )
    assert DIALECT.enabled(wanted=False) == Equals("nsAccountLock", b"true")
    assert DIALECT.enabled(wanted=True) == Not(Equals("nsAccountLock", b"true"))


def test_create() -> None:
    """An account, its lock and its password are one operation."""
    added = Add(DN, {"uid": (b"jo",)})

    assert DIALECT.create(added, Account()) == (added,)
    assert DIALECT.create(added, Account(enabled=False, password="x")) == (
        Add(DN, {"uid": (b"jo",), "nsAccountLock": (b"true",), "userPassword": (b"x",)}),
    )


@pytest.mark.parametrize(
    ("entry", "account", "expected"),
    [
        pytest.param(OPEN, Account(), (), id="nothing said"),
        pytest.param(OPEN, Account(enabled=True), (), id="open stays open"),
        pytest.param(OPEN, Account(enabled=False), (LOCK,), id="locked"),
        pytest.param(LOCKED, Account(enabled=True), (Change("replace", "nsAccountLock"),), id="opened"),
        pytest.param(
            LOCKED,
            Account(password="x"),
            (Change("replace", "userPassword", (b"x",)),),
            id="another password",
        ),
    ],
)
def test_change_account(entry: Entry, account: Account, expected: tuple[Change, ...]) -> None:
    """What changes is changed with the other attributes."""
    assert DIALECT.change_account(entry, account) == expected
    assert DIALECT.set_password(DN, "x") == ()


def test_guarded() -> None:
    """What is replaced is named, but for passwords, and nothing is permissive or asserted."""
    modify = Modify(
        DN,
        (Change("replace", "title", (b"y",)), Change("replace", "userPassword", (b"p",))),
        permissive=True,
    )

    guarded = DIALECT.guarded([modify, Delete(DN)], LOCKED, Everything())

    assert guarded == [
        Modify(
            DN,
            (
                Change("delete", "title", (b"x",)),
                Change("add", "title", (b"y",)),
                Change("replace", "userPassword", (b"p",)),
            ),
        ),
        Delete(DN),
    ]


def test_values_by_name() -> None:
    """Of what is replaced by nothing, or where nothing was, only what there is is named."""
    emptied = Modify(DN, (Change("replace", "title"), Change("replace", "mail", (b"a",))))

    (guarded,) = DIALECT.guarded([emptied], LOCKED, Everything())

    assert guarded == Modify(DN, (Change("delete", "title", (b"x",)), Change("add", "mail", (b"a",))))


def test_retirement() -> None:
    """Who is retired is locked under another name; who comes back gets the name."""
    rename = Rename(DN, Rdn.of("uid", "gone"))

    assert DIALECT.retire(OPEN, rename) == (rename, Modify(rename.new_dn, (LOCK,)))
    assert DIALECT.retire(LOCKED, rename) == (rename,)
    assert DIALECT.reinstate(LOCKED, rename) == (rename,)


def test_what_it_leaves_to_the_server() -> None:
    """Rules are the server's, and what is deleted is gone."""
    DIALECT.refuse_unfit((), is_account=True)
    assert DIALECT.any_name("jo", is_whole=False) is None

    assert DIALECT.why_refused((), Refused("no"), lambda _: None) == ""
    assert DIALECT.deleted(DN, Everything()) is None
    assert DIALECT.revive(OPEN) is None
