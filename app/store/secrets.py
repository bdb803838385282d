"""Named secrets, encrypted at rest with a key that the database never sees.

Pointing at a secret from a document is left to ``references``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import delete, select

from app.store.tables import SecretRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from app.store.database import Database


class SecretsError(Exception):
    """A secret cannot be kept or read. The message never holds the secret nor the key."""


class InvalidKey(SecretsError):
    """The key of the settings is none."""


class UnreadableSecret(SecretsError):
    """A stored secret was encrypted with a key that is not among ours."""


class SecretBox:
    """Encrypts with the first key, decrypts with any: a new key goes in front, the old one leaves later."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            # "from None": the original error could show a part of the key.
            raise InvalidKey(
                "a secret key is 32 bytes in URL-safe base64; several have blanks between them"
            ) from None

    @staticmethod
    def generate_key() -> str:
        """Make a new key."""
        return Fernet.generate_key().decode()

    def encrypt(self, secret: str) -> bytes:
        """Encrypt a text."""
        return self.seal(secret.encode())

    def seal(self, content: bytes) -> bytes:
        """Encrypt bytes."""
        return self._fernet.encrypt(content)

    def decrypt(self, ciphertext: bytes) -> str:
        """Decrypt what ``encrypt`` made; raise UnreadableSecret."""
        return self.open(ciphertext).decode()

    def open(self, ciphertext: bytes) -> bytes:
        """Decrypt what ``seal`` made; raise UnreadableSecret."""
        try:
            return self._fernet.decrypt(ciphertext)
        except InvalidToken:
            raise UnreadableSecret("the secret was encrypted with another key") from None

    def rotate(self, ciphertext: bytes) -> bytes:
        """Encrypt with the first key what was encrypted with any; raise UnreadableSecret."""
        try:
            return self._fernet.rotate(ciphertext)
        except InvalidToken:
            raise UnreadableSecret("the secret was encrypted with another key") from None


class Secrets:
    """The secrets that are kept in the database."""

    def __init__(self, database: Database, box: SecretBox, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._box = box
        self._clock = clock

    def put(self, name: str, value: str) -> None:
        """Keep a secret under a name, in place of what was there."""
        row = SecretRow(name=name, ciphertext=self._box.encrypt(value), time=self._clock())
        with self._database.session() as session:
            session.merge(row)

    def get(self, name: str) -> str | None:
        """Return a secret, None where there is none by that name; raise UnreadableSecret."""
        with self._database.reading() as session:
            row = session.get(SecretRow, name)
        return None if row is None else self._box.decrypt(row.ciphertext)

    def delete(self, name: str) -> None:
        """Forget a secret."""
        with self._database.session() as session:
            session.execute(delete(SecretRow).where(SecretRow.name == name))

    def names(self) -> list[str]:
        """Return the names of all secrets."""
        with self._database.reading() as session:
            return list(session.scalars(select(SecretRow.name).order_by(SecretRow.name)))
