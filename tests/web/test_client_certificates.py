"""Clients that prove themselves by a TLS certificate, at a server that really speaks TLS."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.access.certificates import ClientCertificate, is_among

SUBJECT = "CN=hr,O=Example"
DOCUMENT = """
kind: Application
name: {name}
client_id: {name}
client_certificates: [{certificate}]
grants: [client_credentials]
apis: {{SCIM2 Users API: all}}
"""


@dataclass(frozen=True)
class Identity:
    """A certificate that signs itself, with its key."""

    certificate: x509.Certificate
    file: Path

    @property
    def der(self) -> bytes:
        """The certificate as TLS hands it on."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """Its SHA-256 fingerprint, as openssl writes it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def make_identity(directory: Path, subject: str) -> Identity:
    """Make a certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name.from_rfc4514_string(subject), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = directory / f"{certificate.serial_number}.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return Identity(certificate, file)


@dataclass(frozen=True)
class Service:
    """A running service, and the certificates that it knows or does not know."""

    url: str
    trusted: ssl.SSLContext
    by_subject: Identity
    by_fingerprint: Identity
    nobody: Identity
    stranger: Identity

    def client(self, identity: Identity | None) -> httpx.Client:
        """Open a client with a certificate."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if identity:
            context.load_cert_chain(identity.file)
        return httpx.Client(verify=context, base_url=self.url, timeout=20)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run the service with authorities for client certificates."""
    directory = tmp_path_factory.mktemp("mtls")
    identities = [
        make_identity(directory, subject) for subject in (SUBJECT, "CN=crm", "CN=nobody", "CN=stranger")
    ]
    authorities = directory / "authorities.pem"
    authorities.write_text("".join(each.file.read_text().split("-----BEGIN P")[0] for each in identities[:3]))
    documents = directory / "documents.yaml"
    documents.write_text(
        DOCUMENT.format(name="hr", certificate=f'{{subject: "{SUBJECT}"}}')
        + "---"
        + DOCUMENT.format(name="crm", certificate=f'{{sha256: "{identities[1].fingerprint}"}}')
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATA_DIR": str(directory / "data"),
        "DOCUMENTS": str(documents),
        "CLIENT_CA": str(authorities),
        "WORKERS": "1",
        "ADMIN_PASSWORD": "admin",
    }
    environ = {**os.environ, **{f"LANDBRIDGE_{name}": value for name, value in settings.items()}}
    process = subprocess.Popen([sys.executable, "-m", "app", "serve"], env=environ, stderr=subprocess.DEVNULL)
    service = Service(f"https://127.0.0.1:{port}", ssl.create_default_context(), *identities)
    try:
        _wait(service, process)
        yield service
    finally:
        process.terminate()
        process.wait(30)


def _wait(service: Service, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    with service.client(None) as client:
        while process.poll() is None and time.monotonic() < deadline:
            try:
                client.get("/healthz")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
    pytest.fail("the service does not answer")


@pytest.mark.parametrize("which", ["by_subject", "by_fingerprint"])
def test_a_certificate_alone_makes_a_caller(service: Service, which: str) -> None:
    """An application that is named by its certificate needs no token."""
    with service.client(getattr(service, which)) as client:
        # It may ask for users, and is told that it has no user store; groups are not for it.
        assert client.get("/scim2/Users").status_code == 409
        assert client.get("/scim2/Groups").status_code == 403
        assert client.get("/scim2/Users", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_certificate_gets_a_token(service: Service) -> None:
    """RFC 8705 §2: the client names itself, and its certificate proves it; another's does not."""
    form = {"grant_type": "client_credentials", "client_id": "hr"}
    with service.client(service.by_subject) as client:
        assert client.post("/oauth2/token", data=form).json()["token_type"] == "Bearer"
    with service.client(service.by_fingerprint) as client:
        assert client.post("/oauth2/token", data=form).status_code == 401
        metadata = client.get("/.well-known/oauth-authorization-server").json()
    assert "tls_client_auth" in metadata["token_endpoint_auth_methods_supported"]


def test_other_certificates_make_nobody(service: Service) -> None:
    """One that no application names is none; one of no known authority does not even get a connection."""
    with service.client(service.nobody) as client:
        assert client.get("/scim2/Schemas").status_code == 401
    with service.client(None) as client:
        assert client.get("/scim2/Schemas").status_code == 401
    with service.client(service.stranger) as client, pytest.raises(httpx.TransportError):
        client.get("/scim2/Schemas")


@pytest.mark.parametrize(
    ("wanted", "is_meant"),
    [
        (ClientCertificate(subject="CN=hr,O=Example"), True),
        (ClientCertificate(subject="O=Example,CN=hr"), False),
        (ClientCertificate(subject="CN=hr"), False),
        (ClientCertificate(sha256="0" * 64), False),
        (ClientCertificate(), False),
    ],
)
def test_subjects_are_compared_whole(tmp_path: Path, wanted: ClientCertificate, is_meant: bool) -> None:  # noqa: FBT001 - an expectation
    """A part of a name, or another order, is another name."""
    assert is_among(make_identity(tmp_path, SUBJECT).der, [wanted]) is is_meant
    assert not is_among(b"no certificate", [wanted])
