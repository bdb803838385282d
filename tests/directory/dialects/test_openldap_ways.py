"""OpenLDAP as a site keeps it: accounts that an attribute disables, passwords that arrive hashed."""

from dataclasses import replace

import pytest

from app.directory.dialects.base import Account
from app.directory.dialects.openldap import OpenLdap
from app.directory.dialects.openldap_ways import ActiveAttribute, OpenLdapWays
from app.directory.dn import Dn, Rdn
from app.directory.filters import Equals, negate, render
from app.directory.matching import matches
from app.directory.model import Add, Change, Entry, Rename, SetPassword
from app.directory.password_hashes import argon2, as_it_is

JO = Dn.parse("uid=jo,dc=x")
BY_TYPE = ActiveAttribute("employeeType", (b"inactive", b"retired"), b"active")
ADD = Add(JO, {"uid": (b"jo",)})
PLAIN = OpenLdapWays()


@pytest.mark.parametrize(
    ("values", "expected"),
    [((), True), ((b"active",), True), ((b"other",), True), ((b"Inactive",), False), ((b"retired",), False)],
)
def test_state(values: tuple[bytes, ...], expected: bool) -> None:  # noqa: FBT001
    """An account is enabled unless the attribute has one of the values; the filter says the same."""
    dialect = OpenLdapWays(active=BY_TYPE)
    entry = Entry.of(JO, {"employeeType": values})

    assert dialect.is_enabled(entry) is expected
    assert matches(dialect.enabled(wanted=True), entry) is expected
    assert matches(dialect.enabled(wanted=False), entry) is not expected


def test_filter() -> None:
    """Either state is one filter that an index answers."""
    dialect = OpenLdapWays(active=BY_TYPE)

    assert render(dialect.enabled(wanted=False)) == "(|(employeeType=inactive)(employeeType=retired))"
    assert dialect.enabled(wanted=True) == negate(dialect.enabled(wanted=False))


def test_create() -> None:
    """A new account has the value for its state, from the start."""
    dialect = OpenLdapWays(active=BY_TYPE)

    assert dialect.create(ADD, Account(enabled=False)) == (
        Add(JO, {"uid": (b"jo",), "employeeType": (b"inactive",)}),
    )
    assert dialect.create(ADD, Account(enabled=True)) == (
        Add(JO, {"uid": (b"jo",), "employeeType": (b"active",)}),
    )
    assert dialect.create(ADD, Account()) == (ADD,)


def test_change() -> None:
    """Another state is another value, or none."""
    dialect = OpenLdapWays(active=ActiveAttribute("employeeType", (b"inactive",)))
    disabled = Entry.of(JO, {"employeeType": [b"inactive"]})

    assert dialect.change_account(disabled, Account(enabled=True)) == (Change("replace", "employeeType"),)
    assert dialect.change_account(disabled, Account(enabled=False)) == ()
    assert dialect.change_account(Entry(JO, {}), Account(enabled=False)) == (
        Change("replace", "employeeType", (b"inactive",)),
    )
    assert "employeeType" in dialect.account_attributes


def test_hashed_passwords() -> None:
    """A password that arrives hashed is part of the entry, and of the change."""
    dialect = OpenLdapWays(hash_password=as_it_is)

    assert dialect.create(ADD, Account(password="x")) == (
        Add(JO, {"uid": (b"jo",), "userPassword": (b"x",)}),
    )
    assert dialect.change_account(ADD_ENTRY, Account(password="x")) == (
        Change("replace", "userPassword", (b"x",)),
    )
    assert dialect.set_password(JO, "x") == ()
    assert (dialect.leaves_hashing, OpenLdapWays(hash_password=argon2).leaves_hashing) == (True, False)


ADD_ENTRY = Entry.of(JO, {"uid": [b"jo"]})


def test_argon2() -> None:
    """The hash has a salt of its own, and does not tell the password."""
    first, second = argon2("secret"), argon2("secret")

    assert first.startswith(b"{ARGON2}$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert b"secret" not in first


def test_nothing_said() -> None:
    """Without ways of its own it is OpenLDAP."""
    ordinary = OpenLdap()
    account = Account(enabled=False, password="x")

    assert PLAIN.create(ADD, account) == ordinary.create(ADD, account)
    assert PLAIN.change_account(ADD_ENTRY, account) == ordinary.change_account(ADD_ENTRY, account)
    assert PLAIN.set_password(JO, "x") == (SetPassword(JO, "x"),)
    assert PLAIN.enabled(wanted=True) == ordinary.enabled(wanted=True)
    assert PLAIN.is_enabled(ADD_ENTRY)
    assert PLAIN.enabled(wanted=False) == Equals("pwdAccountLockedTime", b"000001010000Z")


def test_by_a_move() -> None:
    """Where a container disables, the entry's name tells, and no attribute changes; who is retired goes there."""
    container = Dn.parse("ou=Off,dc=x")
    dialect = OpenLdapWays(container=container)
    inside, outside = (Entry.of(Dn.parse(name), {}) for name in ("uid=jo,OU=off,dc=x", "uid=jo,dc=x"))
    rename = Rename(JO, Rdn.of("uid", "jo~"))

    assert [dialect.is_enabled(each) for each in (inside, outside)] == [False, True]
    assert render(dialect.enabled(wanted=False)) == "(entryDN:dnSubtreeMatch:=ou=Off,dc=x)"
    assert dialect.enabled(wanted=True) == negate(dialect.enabled(wanted=False))
    assert dialect.change_account(inside, Account(enabled=True)) == ()
    assert dialect.create(ADD, Account(enabled=False)) == (ADD,)
    assert dialect.retire(outside, rename) == (replace(rename, new_parent=container),)
    elsewhere = replace(rename, new_parent=Dn.parse("ou=Gone,dc=x"))
    assert dialect.retire(outside, elsewhere) == (elsewhere,)
