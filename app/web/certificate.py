"""The certificate that HTTPS is served with: the one of the settings, or one of our own making."""

from __future__ import annotations

import ipaddress
import os
import ssl
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.pem import Named, authorities_in, show

VALID = timedelta(days=825)
"""The longest that all common clients accept."""


def given_certificate(certificate: Path, key: Path | None) -> tuple[Path, Path]:
    """Return where a certificate and its key are, which may be behind it; handshakes would fail of what is of no use.

    Raises:
        UnusableFile: if they cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    show(context, Named("tls_certificate", str(certificate)), Named("tls_key", str(key)) if key else None)
    return certificate, key or certificate


def check_authorities(client_ca: Path) -> None:
    """See that there are authorities of clients' certificates; raise UnusableFile."""
    with authorities_in(Named("client_ca", str(client_ca))):
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(client_ca)


def ensure_certificate(directory: Path, *, host_names: list[str], now: datetime) -> tuple[Path, Path]:
    """Return ``server.crt`` and ``server.key`` in ``directory``, made now if they are not there.

    The certificate is its own authority, so that clients trust it by ``server.crt`` alone.
    """
    certificate, key = directory / "server.crt", directory / "server.key"
    if not (certificate.exists() and key.exists()):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        private_key = ec.generate_private_key(ec.SECP256R1())
        _write_private(key, _pem(private_key))
        made = _self_signed(private_key, host_names, now)
        certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _self_signed(key: ec.EllipticCurvePrivateKey, host_names: list[str], now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Landbridge")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + VALID)
        .add_extension(
            x509.SubjectAlternativeName([_general_name(host) for host in host_names]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
