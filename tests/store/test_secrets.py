"""Secrets at rest."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from app.store.secrets import InvalidKey, SecretBox, Secrets, UnreadableSecret
from app.store.tables import SecretRow
from tests.store.fakes import FrozenClock

if TYPE_CHECKING:
    from app.store.database import Database

SECRET = "pässwörd 🔑"


def _secrets(database: Database, *keys: str) -> Secrets:
    return Secrets(database, SecretBox(keys), clock=FrozenClock())


def test_a_secret_comes_back(database: Database) -> None:
    """What was put in is got out, whatever its characters."""
    secrets = _secrets(database, SecretBox.generate_key())

    secrets.put("a", SECRET)

    assert secrets.get("a") == SECRET


def test_a_secret_is_encrypted_in_the_database(database: Database) -> None:
    """The database holds nothing readable."""
    _secrets(database, SecretBox.generate_key()).put("a", SECRET)

    with database.reading() as session:
        assert SECRET.encode() not in session.scalars(select(SecretRow.ciphertext)).one()


def test_an_unknown_secret_is_none(database: Database) -> None:
    """There is no secret by that name."""
    assert _secrets(database, SecretBox.generate_key()).get("a") is None


def test_a_secret_is_replaced_and_deleted(database: Database) -> None:
    """A name holds one secret, until it holds none."""
    secrets = _secrets(database, SecretBox.generate_key())
    secrets.put("a", "1")

    secrets.put("a", "2")
    assert (secrets.get("a"), secrets.names()) == ("2", ["a"])

    secrets.delete("a")
    assert secrets.names() == []


def test_a_new_key_reads_with_the_old_one_behind_it(database: Database) -> None:
    """Keys are changed by putting the new one in front."""
    old, new = SecretBox.generate_key(), SecretBox.generate_key()
    _secrets(database, old).put("a", SECRET)

    assert _secrets(database, new, old).get("a") == SECRET


def test_another_key_reads_nothing(database: Database) -> None:
    """Without the right key the secret cannot be read, and the error says so."""
    _secrets(database, SecretBox.generate_key()).put("a", SECRET)

    with pytest.raises(UnreadableSecret, match="another key"):
        _secrets(database, SecretBox.generate_key()).get("a")


def test_a_bad_key_is_refused_and_not_shown() -> None:
    """A key that is none is told without repeating it."""
    with pytest.raises(InvalidKey) as caught:
        SecretBox(["hunter2-hunter2"])

    assert "hunter2" not in "".join(traceback.format_exception_only(caught.value))
