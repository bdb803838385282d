"""A certificate authority of one's own and a server certificate for loopback, so that tests can verify TLS.

What is made here is good for one directory on one machine. Nothing else should ever trust it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = timedelta(days=825)
LOOPBACK = (
    x509.DNSName("localhost"),
    x509.IPAddress(ip_address("127.0.0.1")),
    x509.IPAddress(ip_address("::1")),
)


def issue(
    directory: Path,
    *,
    now: datetime | None = None,
    names: Sequence[x509.GeneralName] = LOOPBACK,
    names_authority: bool = True,
) -> None:
    """Write `ca.crt`, `server.crt` and `server.key` to `directory`; the authority's own key is thrown away.

    `names_authority=False` leaves the authority's key out of the server's certificate, as many old authorities do.
    """
    now = now or datetime.now(UTC)
    ca_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = _name("Landbridge test authority")
    ca = _authority(ca_name, ca_key.public_key(), now=now).sign(ca_key, hashes.SHA256())
    server = _server(ca_name, server_key.public_key(), now=now, names=names)
    if names_authority:
        server = _issued_by(ca_key, server)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "ca.crt").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    signed = server.sign(ca_key, hashes.SHA256())
    (directory / "server.crt").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    _write_key(directory / "server.key", server_key)


def issue_client(directory: Path, common_name: str) -> None:
    """Write `client-ca.crt`, `client.crt` and `client.key`, by which a client is known to servers that ask for it."""
    now = datetime.now(UTC)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = _name(f"Authority of {common_name}")
    ca = _authority(ca_name, ca_key.public_key(), now=now).sign(ca_key, hashes.SHA256())
    client = (
        _issued_by(ca_key, _certificate(_name(common_name), ca_name, key.public_key(), now=now))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "client-ca.crt").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (directory / "client.crt").write_bytes(client.public_bytes(serialization.Encoding.PEM))
    _write_key(directory / "client.key", key)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _issued_by(
    authority: ec.EllipticCurvePrivateKey, certificate: x509.CertificateBuilder
) -> x509.CertificateBuilder:
    # Python demands it since 3.13 (RFC 5280 §4.2.1.1).
    key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    return certificate.add_extension(key, critical=False)


def _authority(name: x509.Name, key: ec.EllipticCurvePublicKey, *, now: datetime) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _certificate(name, name, key, now=now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )


def _server(
    issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, now: datetime, names: Sequence[x509.GeneralName]
) -> x509.CertificateBuilder:
    return (
        _certificate(_name("localhost"), issuer, key, now=now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
