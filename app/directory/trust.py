"""How the certificates of directory servers are checked where the standard library speaks TLS."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

from app.directory.connection import Tls

_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class UnusableFile(Exception):
    """A file that the settings of TLS name is of no use; the text names the setting, the file and why."""


def trusting(tls: Tls, *, verify: bool | None = None) -> ssl.SSLContext:
    """Trust as the settings say: chain, dates and name, unless told otherwise; ``verify`` overrules them.

    As libldap does, and on every Python: what RFC 5280 asks of authorities besides, which Python demands since 3.13
    (``VERIFY_X509_STRICT``), is left out. Certificates that directories have from authorities of their own often lack it.

    Raises:
        UnusableFile: if certificates or the key cannot be read.
    """
    for setting, name in (("ca_file", tls.ca_file), ("certificate", tls.certificate), ("key", tls.key)):
        _look_at(setting, name)
    context = _with_authorities(tls.ca_file)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.minimum_version = _VERSIONS[tls.minimum_version]
    if tls.certificate:
        _show(context, tls.certificate, tls.key)
    if not (tls.verify if verify is None else verify):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _look_at(setting: str, name: str | None) -> None:
    # OpenSSL says "No such file or directory" of three files, and not of which.
    try:
        if name is not None:
            Path(name).open("rb").close()
    except OSError as error:
        raise UnusableFile(f"tls.{setting}: {name} cannot be read: {error.strerror}") from error


def _with_authorities(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError as error:
        raise UnusableFile(f"tls.ca_file: {ca_file} holds no certificates in PEM") from error


def _show(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    try:
        # Nobody is there to be asked for a key's password.
        context.load_cert_chain(certificate, key, password=b"")
    except ssl.SSLError as error:
        named = f"tls.certificate: {certificate}" + (f" and tls.key: {key}" if key else "")
        raise UnusableFile(f"{named} cannot be used: {_why(error, has_key=key is not None)}") from error


def _why(error: ssl.SSLError, *, has_key: bool) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key is another certificate's"
    return (
        "they are not both in PEM, or the key has a password" if has_key else "it is not in PEM with its key"
    )
