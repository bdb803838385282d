"""Entries and operations are values."""

import pytest

from app.directory.dn import Dn, Rdn
from app.directory.model import Change, Entry, Rename, Secret, SetPassword, Values, having, same_values

DN = Dn.parse("uid=jo,dc=x")


def test_entry() -> None:
    """Attributes are found by names in any case, and those without values are not there."""
    entry = Entry.of(DN, {"Mail": [b"a", b"b"], "sn": [], "Photo;Range=0-1": [b"c"]})

    assert entry == Entry(DN, {"mail": (b"a", b"b"), "photo;range=0-1": (b"c",)})
    assert (entry.values("MAIL"), entry.first("mail"), entry.text("mail")) == ((b"a", b"b"), b"a", "a")
    assert (entry.values("sn"), entry.first("sn"), entry.text("sn")) == ((), None, None)
    assert Entry(DN, {"x": (b"\xff",)}).text("x") == "\ufffd"


def test_having() -> None:
    """Those that have an attribute are found by its name in any case."""
    one, other = Entry.of(DN, {"Mail": [b"a"]}), Entry.of(DN, {"sn": [b"a"]})

    assert having("MAIL", [one, other]) == [one]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param((b"a", b"b"), (b"b", b"a"), True, id="order"),
        pytest.param((b"a",), (b"a", b"b"), False, id="more"),
        pytest.param((b"a",), (b"b",), False, id="others"),
    ],
)
def test_same_values(left: Values, right: Values, expected: bool) -> None:  # noqa: FBT001 - a table of booleans
    """The order of values has no meaning."""
    assert same_values(left, right) is expected


@pytest.mark.parametrize(
    ("parent", "expected"),
    [(None, "uid=joe,dc=x"), (Dn.parse("ou=p"), "uid=joe,ou=p"), (Dn(()), "uid=joe")],
)
def test_new_dn(parent: Dn | None, expected: str) -> None:
    """A renamed entry stays below its parent unless it gets another one, be it the root."""
    assert str(Rename(DN, Rdn.of("uid", "joe"), parent).new_dn) == expected


def test_password_is_not_shown() -> None:
    """The password of an operation is not shown with it."""
    assert "s3cret" not in repr(SetPassword(DN, "s3cret"))


def test_secrets() -> None:
    """A secret is the bytes that it is, and is not shown with what holds it."""
    secret = Secret(b"hunter2")

    assert secret == b"hunter2"
    assert "hunter2" not in f"{secret} {secret!r} {Change('replace', 'x', (secret,))}"
