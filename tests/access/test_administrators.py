"""Administrators, their roles and passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from app.access.administrators import (
    Administrator,
    AdministratorExists,
    LastAdministrator,
    NoSuchAdministrator,
    Role,
    UnusableCredentials,
)
from app.access.application import Application
from app.access.owners import Owner
from app.access.passwords import hash_password, is_password
from app.access.scopes import ALL_SCOPES, READ_SCOPES
from app.access.tokens import Grant
from app.store.tables import AdministratorRow

if TYPE_CHECKING:
    from tests.access.fakes import Access

PASSWORD = "pä ss:wörd 🔑"


def test_the_first_administrator_is_made_once(access: Access) -> None:
    """A generated password is returned by the start that made it, and by no later one."""
    first = access.administrators.bootstrap("admin")
    second = access.administrators.bootstrap("other")

    assert first
    assert second is None
    assert access.administrators.authenticate("admin", first) == Administrator("admin", Role.ADMINISTRATOR)
    assert [administrator.name for administrator in access.administrators.list()] == ["admin"]


def test_the_first_password_can_be_given(access: Access) -> None:
    """The demo has a password that everyone knows."""
    access.administrators.bootstrap("admin", "admin")

    assert access.administrators.authenticate("admin", "admin")


def test_a_password_is_kept_as_a_salted_hash(access: Access) -> None:
    """The same password twice is two hashes, neither of them readable."""
    for name in ("a", "b"):
        access.administrators.add(name, PASSWORD, Role.ADMINISTRATOR)

    with access.database.reading() as session:
        hashes = session.scalars(select(AdministratorRow.password_hash)).all()
    assert len(set(hashes)) == 2
    assert all(text.startswith("scrypt:") and PASSWORD not in text for text in hashes)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("ann", "wrong", id="wrong password"),
        pytest.param("ann", "", id="empty password"),
        pytest.param("ann", PASSWORD + "\0", id="NUL"),
        pytest.param("ann", "x" * 1_000_000, id="huge password"),
        pytest.param("ann", "\ud800", id="half a character"),
        pytest.param("bob", PASSWORD, id="unknown name"),
        pytest.param("Ann", PASSWORD, id="other case"),
        pytest.param("", "", id="nothing"),
        pytest.param("ann' --", PASSWORD, id="SQL"),
        pytest.param("ann\0", PASSWORD, id="NUL in the name"),
    ],
)
def test_wrong_credentials_are_nobody_s(access: Access, name: str, password: str) -> None:
    """Only the right name with the right password is known."""
    access.administrators.add("ann", PASSWORD, Role.VIEWER)

    assert access.administrators.authenticate(name, password) is None


def test_composed_and_decomposed_letters_are_the_same(access: Access) -> None:
    """A keyboard that sends a letter and its accent apart is understood."""
    access.administrators.add("ann", "p\u00e4ss", Role.VIEWER)

    assert access.administrators.authenticate("ann", "pa\u0308ss")


def test_an_unknown_name_is_hashed_all_the_same() -> None:
    """Without a hash the comparison is made against a decoy, and fails even when it matches."""
    assert is_password("no such user", None) is False
    assert is_password("x", hash_password("x")) is True


def test_a_disabled_administrator_stays_out(access: Access) -> None:
    """Switching off works at once, also for a password that was right a moment ago."""
    access.administrators.bootstrap("root", "root")
    access.administrators.add("ann", PASSWORD, Role.VIEWER)
    before = access.administrators.authenticate("ann", PASSWORD)

    access.administrators.set_enabled("ann", enabled=False)

    assert before
    assert access.administrators.authenticate("ann", PASSWORD) is None


def test_a_new_password_ends_the_old_one(access: Access) -> None:
    """A change works at once, also for a password that was right a moment ago."""
    access.administrators.bootstrap("ann", "old")
    access.administrators.authenticate("ann", "old")

    access.administrators.set_password("ann", "new")

    assert access.administrators.authenticate("ann", "old") is None
    assert access.administrators.authenticate("ann", "new")


def test_a_right_password_is_not_hashed_again_at_once(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that sends its password with each request does not pay for the hash each time, but each minute."""
    access.administrators.bootstrap("ann", PASSWORD)
    access.administrators.authenticate("ann", PASSWORD)
    monkeypatch.setattr("app.access.passwords.check_password_hash", lambda *_: False)

    soon = access.administrators.authenticate("ann", PASSWORD)
    access.clock.advance(60)
    late = access.administrators.authenticate("ann", PASSWORD)

    assert (bool(soon), bool(late)) == (True, False)


@pytest.mark.parametrize(
    ("role", "scopes"),
    [(Role.VIEWER, READ_SCOPES), (Role.OPERATOR, ALL_SCOPES), (Role.ADMINISTRATOR, ALL_SCOPES)],
)
def test_a_role_has_scopes(access: Access, role: Role, scopes: frozenset[str]) -> None:
    """A viewer reads; the others write too."""
    assert access.administrators.add("ann", PASSWORD, role).scopes == scopes


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("", "p"),
        ("a:b", "p"),
        ("a\n", "p"),
        ("a" * 256, "p"),
        ("ann", ""),
        ("ann", "a\nb"),
        ("ann", "p" * 1025),
    ],
)
def test_what_basic_cannot_carry_is_refused(access: Access, name: str, password: str) -> None:
    """Credentials that no client could send are not made."""
    with pytest.raises(UnusableCredentials):
        access.administrators.add(name, password, Role.VIEWER)


def test_a_name_is_taken_once(access: Access) -> None:
    """A second administrator of one name is refused."""
    access.administrators.add("ann", PASSWORD, Role.VIEWER)

    with pytest.raises(AdministratorExists):
        access.administrators.add("ann", "other", Role.ADMINISTRATOR)


def test_the_last_administrator_stays(access: Access) -> None:
    """Nobody locks everybody out; what was refused did not happen."""
    access.administrators.bootstrap("root", "root")
    access.administrators.add("ann", PASSWORD, Role.OPERATOR)

    with pytest.raises(LastAdministrator):
        access.administrators.remove("root")
    with pytest.raises(LastAdministrator):
        access.administrators.set_enabled("root", enabled=False)
    with pytest.raises(LastAdministrator):
        access.administrators.set_role("root", Role.VIEWER)

    assert access.administrators.get("root") == Administrator("root", Role.ADMINISTRATOR)


def test_one_of_several_administrators_may_go(access: Access) -> None:
    """Removing works while another is left."""
    access.administrators.bootstrap("root", "root")
    access.administrators.add("ann", PASSWORD, Role.ADMINISTRATOR)

    access.administrators.remove("root")

    assert access.administrators.get("root") is None


def test_an_unknown_administrator_cannot_be_changed(access: Access) -> None:
    """There is nobody by that name."""
    with pytest.raises(NoSuchAdministrator):
        access.administrators.set_password("nobody", PASSWORD)


def test_an_administrator_owns_tokens_while_enabled(access: Access) -> None:
    """A token's owner is looked up as it is now."""
    access.administrators.bootstrap("root", "root")
    access.administrators.add("ann", PASSWORD, Role.VIEWER)
    owners, hr = access.owners, Application("hr")
    before = owners.find("administrator", "ann", hr)

    access.administrators.set_enabled("ann", enabled=False)

    assert before == Owner("administrator", "ann", READ_SCOPES)
    assert owners.find("administrator", "ann", hr) is None
    assert owners.find("elsewhere", "root", hr) is None


@pytest.mark.parametrize("how", ["password", "removal"])
def test_what_a_password_opened_ends_with_it(access: Access, how: str) -> None:
    """Sessions and tokens of an administrator end; those of others do not, not even of one's namesake."""
    access.administrators.bootstrap("root", "root")
    access.administrators.add("ann", PASSWORD, Role.OPERATOR)
    grants = [
        Grant(client_id="hr", owner_kind=kind, subject=subject, scopes=frozenset(), access_seconds=60)
        for kind, subject in (
            ("administrator", "ann"),
            ("console", "ann"),
            ("administrator", "bob"),
            ("user", "ann"),
        )
    ]
    tokens = [access.tokens.issue(grant).access_token for grant in grants]

    if how == "password":
        access.administrators.set_password("ann", "another")
    else:
        access.administrators.remove("ann")

    assert [access.tokens.verify(token) is not None for token in tokens] == [False, False, True, True]
