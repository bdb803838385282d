"""Failed attempts are counted, and after too many nobody is asked for a while."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.access.throttle import AT_ADDRESS, OF_ADDRESS, OF_NAME, WINDOW, Attempt, TooManyAttempts
from app.store.tables import FailedAttemptsRow
from tests.access.fakes import Access

ANN = Attempt("person", "ann", "192.0.2.1")


def _fail(access: Access, attempt: Attempt, times: int = 1) -> None:
    for _ in range(times):
        assert access.throttle.attempt(attempt, lambda: None) is None


def _is_refused(access: Access, attempt: Attempt) -> bool:
    try:
        access.throttle.attempt(attempt, lambda: True)
    except TooManyAttempts:
        return True
    return False


def test_a_name_at_an_address_is_refused_without_asking(access: Access) -> None:
    """After too many wrong ones even a right password is not tried, until the window has passed."""
    _fail(access, ANN, AT_ADDRESS)

    with pytest.raises(TooManyAttempts) as refusal:
        access.throttle.attempt(ANN, lambda: pytest.fail("nobody should be asked"))

    assert refusal.value.retry_after_seconds == WINDOW.total_seconds()
    access.clock.advance(WINDOW.total_seconds())
    assert not _is_refused(access, ANN)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Attempt("person", "ANN", "192.0.2.1"), id="case"),
        pytest.param(Attempt("person", "  ann\u00a0", "192.0.2.1"), id="spaces"),
        pytest.param(Attempt("person", "ann", "::ffff:192.0.2.1"), id="mapped-address"),
    ],
)
def test_the_same_name_and_address_in_other_letters(access: Access, other: Attempt) -> None:
    """A spelling is no way around."""
    _fail(access, ANN, AT_ADDRESS)

    assert _is_refused(access, other)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Attempt("person", "bob", "192.0.2.1"), id="name"),
        pytest.param(Attempt("person", "ann", "192.0.2.2"), id="address"),
        pytest.param(Attempt("client", "ann", "192.0.2.1"), id="kind"),
        pytest.param(Attempt("person", "ann", "no address"), id="unknown-address"),
    ],
)
def test_others_are_let_in(access: Access, other: Attempt) -> None:
    """Who guesses at one name keeps nobody else out."""
    _fail(access, ANN, AT_ADDRESS)

    assert not _is_refused(access, other)


def test_a_host_s_ipv6_addresses_count_as_one(access: Access) -> None:
    """A host may have 2^64 addresses to choose from."""
    _fail(access, Attempt("person", "ann", "2001:db8::1"), AT_ADDRESS)

    assert _is_refused(access, Attempt("person", "ann", "2001:db8::ffff:2"))
    assert not _is_refused(access, Attempt("person", "ann", "2001:db8:0:1::1"))


def test_a_right_password_forgives_the_name(access: Access) -> None:
    """People mistype: what counts is wrong ones in a row."""
    _fail(access, ANN, AT_ADDRESS - 1)
    assert not _is_refused(access, ANN)

    _fail(access, ANN, AT_ADDRESS - 1)

    assert not _is_refused(access, ANN)


def test_an_address_that_tries_many_names(access: Access) -> None:
    """One password for many names is guessing, too; a right one in between does not forgive it."""
    for number in range(OF_ADDRESS):
        _fail(access, Attempt("person", f"user{number}", "192.0.2.1"))

    assert _is_refused(access, Attempt("person", "other", "192.0.2.1"))
    assert not _is_refused(access, Attempt("person", "other", "192.0.2.2"))


def test_a_name_that_many_addresses_try(access: Access) -> None:
    """Many machines guess no faster than a few."""
    for number in range(OF_NAME):
        _fail(access, Attempt("person", "ann", f"192.0.2.{number}"))

    assert _is_refused(access, Attempt("person", "ann", "198.51.100.1"))


def test_old_counts_are_forgotten(access: Access) -> None:
    """The table does not grow without end."""
    _fail(access, ANN)
    access.clock.advance(WINDOW.total_seconds())

    _fail(access, Attempt("person", "bob", "192.0.2.2"))

    with access.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(FailedAttemptsRow)) == 3
