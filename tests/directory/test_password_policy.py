"""What a server's answer about its password policy means."""

import pytest

from app.directory.errors import InvalidCredentials, PasswordKept, PasswordRejected, PasswordStale
from app.directory.password_policy import policy_meaning
from app.directory.servers.results import check, check_stale


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (None, None),
        (b"", None),
        (b"\x30\x00", None),
        (b"\x30\x05\xa0\x03\x80\x01\x0a", None),
        (b"\x30\x03\x81\x01\x00", PasswordStale),
        (b"\x30\x03\x81\x01\x01", InvalidCredentials),
        (b"\x30\x08\xa0\x03\x80\x01\x0a\x81\x01\x02", PasswordStale),
        (b"\x30\x03\x81\x01\x04", PasswordKept),
        (b"\x30\x03\x81\x01\x08", PasswordRejected),
        (b"\x30\x03\x81\x01\x63", None),
    ],
)
def test_meaning(answer: bytes | None, kind: type[Exception] | None) -> None:
    """An error among what is told has a meaning; warnings, and numbers that nobody knows, have none."""
    meaning = policy_meaning(answer)

    assert (None if meaning is None else meaning[0]) is kind


def test_stale() -> None:
    """A bind that is let in for nothing but another password is none; everything else is."""
    check_stale(None, doing="binding")
    check_stale(b"\x30\x03\x81\x01\x01", doing="binding")
    with pytest.raises(PasswordStale):
        check_stale(b"\x30\x03\x81\x01\x02", doing="binding")


def test_result() -> None:
    """The policy's word counts for more than the result code."""
    with pytest.raises(PasswordKept) as refused:
        check(
            {"result": 50, "description": "insufficientAccessRights"},
            doing="setting",
            policy=b"\x30\x03\x81\x01\x04",
        )

    assert refused.value.code == 50
