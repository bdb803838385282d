"""Secrets, tokens and certificates that have expired or soon will."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from app.access.application import Application
from app.provisioning.domain import InvalidDomain
from app.services import Services
from app.signals.signal import Severity, Signal, Where, counted

SOON: Final = timedelta(days=30)
URGENT: Final = timedelta(days=7)


def of_credentials(services: Services) -> Iterator[Signal]:
    """Tell of all that expires."""
    now = services.clock()
    for application in services.applications.list():
        if application.enabled:
            yield from _of_secrets(application, now)
            yield from _of_tokens(services, application, now)
    yield from _of_server(services, now)
    yield from _of_domains(services, now)


def _of_secrets(application: Application, now: datetime) -> Iterator[Signal]:
    """Tell of an application whose last good secret ends; one among several is no matter."""
    secrets = application.client_secrets
    if not secrets or any(secret.expires is None for secret in secrets):
        return
    last = max(secret.expires for secret in secrets if secret.expires)
    yield from _expiring(last, now, "secrets", application.name, f"The client secret of {application.title}")


def _of_tokens(services: Services, application: Application, now: datetime) -> Iterator[Signal]:
    """Tell of tokens that are in use and end; whoever has been given a newer one has been seen to."""
    tokens = [
        each
        for each in services.named_tokens.list(application)
        if each.revoked is None and now - each.expires < SOON
    ]
    ending = [each for each in tokens if each.expires - now < SOON]
    if not ending or len(ending) < len(tokens):
        return
    last = max(ending, key=lambda token: token.expires)
    yield from _expiring(
        last.expires, now, "tokens", application.name, f"The token {last.name} of {application.title}"
    )


def _of_server(services: Services, now: datetime) -> Iterator[Signal]:
    settings = services.settings
    file = settings.tls_certificate or settings.data_dir / "tls" / "server.crt"
    yield from _of_file(file, now, "certificate", "", f"The certificate of this service, {file.name},")
    if settings.client_ca:
        what = f"An authority of client certificates, in {settings.client_ca.name},"
        yield from _of_file(settings.client_ca, now, "certificate", "", what)


def _of_domains(services: Services, now: datetime) -> Iterator[Signal]:
    for document in services.documents.list("Domain"):
        try:
            certificate = services.configurations.settings_of(document).tls.certificate
        except InvalidDomain:
            continue
        if certificate:
            what = f"The certificate that Landbridge shows to {document.name}"
            yield from _of_file(Path(certificate), now, "domain", document.name, what)


def _of_file(file: Path, now: datetime, where: Where, name: str, what: str) -> Iterator[Signal]:
    try:
        certificates = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        return
    # A chain is good for as long as each of its certificates is.
    expires = min(certificate.not_valid_after_utc for certificate in certificates)
    yield from _expiring(expires, now, where, name, what)


def _expiring(expires: datetime, now: datetime, where: Where, name: str, what: str) -> Iterator[Signal]:
    left = expires - now
    if left >= SOON:
        return
    severity: Severity = "error" if left < URGENT else "warning"
    if left <= timedelta(0):
        yield Signal("error", where, name, f"{what} has expired.", f"On {expires:%Y-%m-%d}.")
    else:
        when = "today" if left.days == 0 else f"in {counted(left.days, 'day')}"
        yield Signal(severity, where, name, f"{what} expires {when}.", f"On {expires:%Y-%m-%d}.")
