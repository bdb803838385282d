"""Certificates that directories have from authorities of their own are trusted alike on every Python."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from app.directory.connection import Tls
from app.directory.trust import trusting
from app.pem import UnusableFile
from app.testing import tls

_PLACE = re.compile(r"\{(.*?)\}")
MADE = ssl.create_default_context


@pytest.fixture(params=["as it is", "as since 3.13"], autouse=True)
def python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Demand by default what Python demands, and what later ones do."""

    def strict(*, cafile: str | None = None) -> ssl.SSLContext:
        context = MADE(cafile=cafile)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    if request.param == "as since 3.13":
        monkeypatch.setattr("app.directory.trust.ssl.create_default_context", strict)


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """Issue a certificate that does not tell its authority's key."""
    tls.issue(tmp_path, names_authority=False)
    return tmp_path


def shaken(certificates: Path, trust: ssl.SSLContext, *, name: str = "localhost") -> str | None:
    """Shake hands with a server, and name the version."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    server.load_cert_chain(certificates / "server.crt", certificates / "server.key")
    ours, theirs = socket.socketpair()
    thread = Thread(target=_serve, args=(server, theirs))
    thread.start()
    try:
        with trust.wrap_socket(ours, server_hostname=name) as connection:
            return connection.version()
    finally:
        ours.close()
        thread.join()


def _serve(server: ssl.SSLContext, theirs: socket.socket) -> None:
    try:
        server.wrap_socket(theirs, server_side=True).close()
    except OSError:
        theirs.close()


def test_an_authority_that_is_not_named(certificates: Path) -> None:
    """It is trusted by its signature."""
    assert shaken(certificates, trusting(Tls(ca_file=str(certificates / "ca.crt")))) == "TLSv1.2"


@pytest.mark.parametrize(
    ("change", "name", "reason"),
    [
        (lambda own: Tls(ca_file=str(own / "other" / "ca.crt")), "localhost", "CERTIFICATE_VERIFY_FAILED"),
        (lambda own: Tls(ca_file=str(own / "ca.crt")), "elsewhere", "CERTIFICATE_VERIFY_FAILED"),
        (
            lambda own: Tls(ca_file=str(own / "ca.crt"), minimum_version="1.3"),
            "localhost",
            "TLSV1_ALERT_PROTOCOL_VERSION",
        ),
    ],
    ids=["another authority", "another name", "an old version"],
)
def test_refused(certificates: Path, change: Callable[[Path], Tls], name: str, reason: str) -> None:
    """Chain, name and version are looked at."""
    tls.issue(certificates / "other")

    with pytest.raises(ssl.SSLError) as refused:
        shaken(certificates, trusting(change(certificates)), name=name)

    assert refused.value.reason == reason


def test_unverified(certificates: Path) -> None:
    """What the settings or the caller do not want looked at is not."""
    lax, firm = Tls(verify=False), Tls(ca_file=str(certificates / "ca.crt"))

    assert shaken(certificates, trusting(lax), name="elsewhere")
    assert shaken(certificates, trusting(firm, verify=False), name="elsewhere")
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(certificates, trusting(lax, verify=True))


def _encrypted(certificates: Path) -> Path:
    key = load_pem_private_key((certificates / "server.key").read_bytes(), password=None)
    secret = certificates / "secret.key"
    secret.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"geheim"))
    )
    return secret


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"ca_file": "gone"}, "tls.ca_file: {gone} cannot be read: No such file or directory"),
        ({"ca_file": "server.key"}, "tls.ca_file: {server.key} holds no certificates in PEM"),
        ({"certificate": "gone"}, "tls.certificate: {gone} cannot be read: No such file or directory"),
        (
            {"certificate": "server.crt", "key": "gone"},
            "tls.key: {gone} cannot be read: No such file or directory",
        ),
        (
            {"certificate": "server.crt", "key": "other/server.key"},
            (
                "tls.certificate: {server.crt} and tls.key: {other/server.key} cannot be used: the key is another "
                "certificate's"
            ),
        ),
        (
            {"certificate": "server.crt", "key": "secret.key"},
            (
                "tls.certificate: {server.crt} and tls.key: {secret.key} cannot be used: they are not both in PEM, or "
                "the key has a password"
            ),
        ),
        (
            {"certificate": "server.crt"},
            "tls.certificate: {server.crt} cannot be used: it is not in PEM with its key",
        ),
    ],
)
def test_files(certificates: Path, named: dict[str, str], told: str) -> None:
    """A file that is of no use is named, and why."""
    tls.issue(certificates / "other")
    _encrypted(certificates)

    with pytest.raises(UnusableFile) as refused:
        trusting(Tls(**{setting: str(certificates / name) for setting, name in named.items()}))  # type: ignore[arg-type]  # texts alone

    assert str(refused.value) == _PLACE.sub(lambda found: str(certificates / found[1]), told)
