"""Looking at a server's certificate before anything secret is said: chain, name, and how long it is good for."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography import x509

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.trust import UnusableFile, trusting
from app.preparation import doctor_codes as codes
from app.preparation.finding import Finding

SOON = timedelta(days=30)
# RFC 4511 §4.14: ExtendedRequest 1 with the OID of StartTLS; the answer's result code follows 0a 01.
_START_TLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
_SUCCESS = b"\x0a\x01\x00"
_EXPIRED, _NAME = 10, 62  # X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_HOSTNAME_MISMATCH
_ADDRESS = 64  # X509_V_ERR_IP_ADDRESS_MISMATCH


def check_servers(settings: ConnectionSettings, *, now: datetime) -> Iterator[Finding]:
    """Look at every server of a directory."""
    for number, server in enumerate(settings.servers):
        for finding in check_server(server, settings, now=now):
            yield Finding(finding.code, f"{server}: {finding.seen}", finding.fix, ("servers", number))


def check_server(server: ServerAddress, settings: ConnectionSettings, *, now: datetime) -> Iterator[Finding]:
    """Look at one server."""
    if server.scheme == "ldapi":
        return
    if server.scheme == "ldap" and not settings.tls.start_tls:
        if not server.is_local:
            yield Finding(
                codes.NO_TLS, "what is said is not encrypted.", "Write ldaps://, or tls.start_tls: true."
            )
        yield from _reached(server, settings)
        return
    try:
        with _wrapped(server, settings, context=trusting(settings.tls, verify=False)) as trusted:
            der = trusted.getpeercert(binary_form=True)
    except UnusableFile as error:
        fix = "Name a file in PEM that is there on this machine, or in this container, and that Landbridge may read."
        yield Finding(codes.UNUSABLE_FILE, f"{error}.", fix)
        return
    except ssl.SSLError as error:
        # It answers, and not in TLS: a server without a certificate, or a port for those who speak plainly.
        fix = "Give the server a certificate (olcTLSCertificateFile; on a domain controller, for Server Authentication)."
        yield Finding(codes.NO_TLS, f"the server answers, and not by TLS: {error}.", fix)
        return
    except OSError as error:
        yield _unreachable(error)
        return
    yield from _certificate(der, now=now)
    if settings.tls.verify:
        yield from _trusted(server, settings)
    else:
        fix = "Give tls.ca_file the certificate of the authority, and leave verify: false out."
        yield Finding(codes.UNTRUSTED, "the certificate is not checked (verify: false).", fix)


def _reached(server: ServerAddress, settings: ConnectionSettings) -> Iterator[Finding]:
    try:
        socket.create_connection((server.host, server.port), settings.connect_seconds).close()
    except OSError as error:
        yield _unreachable(error)


def _unreachable(error: OSError) -> Finding:
    fix = "See to it that the server runs, and that host and port are right and no firewall stands between."
    return Finding(codes.UNREACHABLE, f"{error}.", fix)


def _certificate(der: bytes | None, *, now: datetime) -> Iterator[Finding]:
    if not der:
        return
    until = x509.load_der_x509_certificate(der).not_valid_after_utc
    if until < now:
        yield Finding(
            codes.EXPIRED, f"the certificate was good until {until:%Y-%m-%d}.", "Give the server a new one."
        )
    elif until - now < SOON:
        fix = "Give the server a new one before that day."
        yield Finding(codes.EXPIRES_SOON, f"the certificate is good until {until:%Y-%m-%d}.", fix)


def _trusted(server: ServerAddress, settings: ConnectionSettings) -> Iterator[Finding]:
    try:
        _wrapped(server, settings, context=trusting(settings.tls)).close()
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in {_NAME, _ADDRESS}:
            fix = "Write the server's URL with the name in its certificate, or give it one with this name."
            yield Finding(codes.WRONG_NAME, f"{error.verify_message}.", fix)
        elif error.verify_code != _EXPIRED:
            fix = "Give tls.ca_file the certificate of the authority that the server's certificate is from."
            yield Finding(codes.UNTRUSTED, f"{error.verify_message}.", fix)
    except OSError as error:
        yield _unreachable(error)


def _wrapped(
    server: ServerAddress, settings: ConnectionSettings, *, context: ssl.SSLContext
) -> ssl.SSLSocket:
    plain = socket.create_connection((server.host, server.port), settings.connect_seconds)
    try:
        if server.scheme == "ldap":
            plain.sendall(_START_TLS)
            if _SUCCESS not in plain.recv(4096):
                raise ssl.SSLError("the server refuses StartTLS")
        return context.wrap_socket(plain, server_hostname=server.host)
    except OSError:
        plain.close()
        raise
