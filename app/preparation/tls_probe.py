"""Looking at a server's certificate before anything secret is said: chain, name, and how long it is good for."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from cryptography import x509

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.trust import trusting
from app.network.connecting import connect
from app.network.names import NoAddress
from app.pem import UnusableFile
from app.preparation import doctor_codes as codes
from app.preparation.finding import Finding

SOON = timedelta(days=30)
# RFC 4511 §4.14: ExtendedRequest 1 with the OID of StartTLS; the answer's result code follows 0a 01.
_START_TLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
_SUCCESS = b"\x0a\x01\x00"
# RFC 4511 §4.5.1: SearchRequest for the root DSE, no attributes (1.1). Whatever the server says to it is an answer.
_HELLO = b"\x30\x2a\x02\x01\x01\x63\x25\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0bobjectClass\x30\x05\x04\x031.1"
# RFC 8446 §6: alerts by which a server says that it does not take our certificate, in OpenSSL's words.
_OF_CERTIFICATE = re.compile("ALERT_(UNKNOWN_CA|BAD_CERT|CERT|UNSUPPORTED_CERT)|CERTIFICATE_REQUIRED")
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
        with _wrapped(server, settings, context=trusting(settings.tls, verify=False)) as encrypted:
            der = encrypted.getpeercert(binary_form=True)
            is_welcome = _answers(encrypted)
    except UnusableFile as error:
        fix = "Name a file in PEM that is there on this machine, or in this container, and that Landbridge may read."
        yield Finding(codes.UNUSABLE_FILE, f"{error}.", fix)
        return
    except ssl.SSLError as error:
        yield _no_handshake(error, server, settings)
        return
    except OSError as error:
        yield _unreachable(error)
        return
    if not is_welcome:
        yield _unwelcome(settings)
    yield from _certificate(der, now=now)
    if settings.tls.verify:
        yield from _trusted(server, settings)
    else:
        fix = "Give tls.ca_file the certificate of the authority, and leave verify: false out."
        yield Finding(codes.UNTRUSTED, "the certificate is not checked (verify: false).", fix)


def _reached(server: ServerAddress, settings: ConnectionSettings) -> Iterator[Finding]:
    try:
        connect(server.host, server.port, settings.connect_seconds).close()
    except OSError as error:
        yield _unreachable(error)


def _unreachable(error: OSError) -> Finding:
    fix = "See to it that the server runs, and that host and port are right and no firewall stands between."
    is_silent = isinstance(error, TimeoutError) and not isinstance(error, NoAddress)
    seen = "no answer in time" if is_silent else str(error)
    return Finding(codes.UNREACHABLE, f"{seen}.", fix)


def _answers(encrypted: ssl.SSLSocket) -> bool:
    # By TLS 1.3 a server looks at our certificate after the handshake is over for us; by GnuTLS always.
    try:
        encrypted.sendall(_HELLO)
        return bool(encrypted.recv(1))
    except (ssl.SSLError, ConnectionError):
        return False


def _unwelcome(settings: ConnectionSettings) -> Finding:
    seen = "the server ends the connection, as servers do with clients whose certificate they do not take"
    fix = (
        "Give tls.certificate one of an authority that the server trusts (olcTLSCACertificateFile)."
        if settings.tls.certificate
        else "Give tls.certificate and tls.key what the server demands of its clients (olcTLSVerifyClient)."
    )
    return Finding(codes.UNWELCOME, f"{seen}.", fix)


def _no_handshake(error: ssl.SSLError, server: ServerAddress, settings: ConnectionSettings) -> Finding:
    # One that did not come out of OpenSSL has no reason, and since Python 3.12 not even that attribute.
    if _OF_CERTIFICATE.search(getattr(error, "reason", None) or ""):
        return _unwelcome(settings)
    # Many servers hang up without a word, so only a second try tells whether it was for the version.
    wanted, spoken = settings.tls.minimum_version, _older_version(server, settings)
    if spoken:
        seen = f"the server speaks {spoken} at most, and tls.minimum_version is {wanted}."
        fix = f"Have the server speak TLS {wanted}" + (
            ', or write tls.minimum_version: "1.2".' if spoken == "TLSv1.2" else "."
        )
        return Finding(codes.OLD_TLS, seen, fix)
    fix = (
        "Write the port on which the server speaks TLS, and give it a certificate (olcTLSCertificateFile; on a domain"
        " controller, for Server Authentication). If it demands certificates of its clients, give tls.certificate."
    )
    return Finding(codes.NO_TLS, f"the server answers, and not by TLS: {error}.", fix)


def _older_version(server: ServerAddress, settings: ConnectionSettings) -> str | None:
    # Nothing is said by the last connection, and our key signs nothing for it, so it may be as weak as can be.
    weakest = trusting(replace(settings.tls, certificate=None, key=None), verify=False)
    weakest.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    weakest.set_ciphers("ALL:@SECLEVEL=0")
    for context in (trusting(replace(settings.tls, minimum_version="1.2"), verify=False), weakest):
        with suppress(OSError), _wrapped(server, settings, context=context) as encrypted:
            return encrypted.version()
    return None


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
    plain = connect(server.host, server.port, settings.connect_seconds)
    try:
        if server.scheme == "ldap":
            plain.sendall(_START_TLS)
            if _SUCCESS not in plain.recv(4096):
                raise ssl.SSLError("the server refuses StartTLS")
        return context.wrap_socket(plain, server_hostname=server.host)
    except OSError:
        plain.close()
        raise
