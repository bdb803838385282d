"""Files in PEM that settings name: what is of no use is told with its setting and its name, which OpenSSL leaves out."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class UnusableFile(Exception):
    """A file of certificates or keys is of no use; the text names the setting, the file and why."""


@dataclass(frozen=True, slots=True)
class Named:
    """A file, and the setting that names it."""

    setting: str
    path: str

    def __str__(self) -> str:
        """Write it for a message."""
        return f"{self.setting}: {self.path}"

    def look_at(self) -> None:
        """See whether it can be read.

        Raises:
            UnusableFile: if not.
        """
        # OpenSSL says "No such file or directory" of three files, and not of which.
        try:
            Path(self.path).open("rb").close()
        except OSError as error:
            raise UnusableFile(f"{self} cannot be read: {error.strerror}") from error


@contextmanager
def authorities_in(file: Named) -> Iterator[None]:
    """Have a file's certificates loaded by the block.

    Raises:
        UnusableFile: if it cannot be read, or has none.
    """
    file.look_at()
    try:
        yield
    except ssl.SSLError as error:
        raise UnusableFile(f"{file} holds no certificates in PEM") from error


def show(context: ssl.SSLContext, certificate: Named, key: Named | None) -> None:
    """Have a certificate shown to others; without a file of its own the key is behind the certificate.

    Raises:
        UnusableFile: if they cannot be read, or are of no use together.
    """
    for file in filter(None, (certificate, key)):
        file.look_at()
    try:
        # Nobody is there to be asked for a key's password.
        context.load_cert_chain(certificate.path, key.path if key else None, password=b"")
    except ssl.SSLError as error:
        named = f"{certificate} and {key}" if key else str(certificate)
        raise UnusableFile(f"{named} cannot be used: {_why(error, has_key=key is not None)}") from error


def _why(error: ssl.SSLError, *, has_key: bool) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key is another certificate's"
    return (
        "they are not both in PEM, or the key has a password" if has_key else "it is not in PEM with its key"
    )
