"""Clients that prove themselves by a TLS certificate: the key ``client_certificates`` of an application's document.

Whether a certificate is good, that is signed by an authority of the setting ``client_ca``, TLS has checked before.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, Name, load_der_x509_certificate
from marshmallow import Schema, ValidationError, fields, validates_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What a certificate must be: the one of a SHA-256 fingerprint, or one for a subject."""

    sha256: str | None = None
    subject: str | None = None
    """A name as RFC 4514 writes it."""

    def matches(self, certificate: Certificate) -> bool:
        """Say whether a certificate is meant."""
        if self.sha256 is not None:
            return hmac.compare_digest(certificate.fingerprint(SHA256()).hex(), self.sha256)
        return self.subject is not None and certificate.subject == Name.from_rfc4514_string(self.subject)


def is_among(der: bytes, wanted: Iterable[ClientCertificate]) -> bool:
    """Say whether a certificate is one of those."""
    try:
        certificate = load_der_x509_certificate(der)
    except ValueError:
        return False
    return any(each.matches(certificate) for each in wanted)


class ClientCertificateSchema(Schema):
    """One certificate, as a document names it."""

    sha256 = fields.String(metadata={"description": "Its SHA-256 fingerprint, with or without colons."})
    subject = fields.String(metadata={"description": "Its subject, as RFC 4514 writes names."})

    @validates_schema
    def _check(self, values: Mapping[str, Any], **_: Any) -> None:
        if len(values) != 1:
            raise ValidationError("is one of sha256 and subject")
        if "sha256" in values and not _FINGERPRINT.fullmatch(_plain(values["sha256"])):
            raise ValidationError({"sha256": ["is 64 hexadecimal digits"]})
        try:
            is_empty = "subject" in values and not list(Name.from_rfc4514_string(values["subject"]))
        except ValueError as error:
            raise ValidationError({"subject": ["is no name"]}) from error
        if is_empty:
            raise ValidationError({"subject": ["is empty"]})


def read_certificates(keys: Iterable[Mapping[str, Any]]) -> tuple[ClientCertificate, ...]:
    """Make the certificates of a valid document."""
    return tuple(
        ClientCertificate(_plain(each["sha256"]) if "sha256" in each else None, each.get("subject"))
        for each in keys
    )


def _plain(fingerprint: str) -> str:
    return fingerprint.replace(":", "").lower()
