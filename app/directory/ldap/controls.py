"""Controls that ldap3 does not know, or decodes to text where the bytes are wanted."""

from __future__ import annotations

from typing import Any

from ldap3.strategy.base import BaseStrategy
from ldap3.utils.asn1 import decode_sequence

from app.directory.password_policy import PASSWORD_POLICY
from app.directory.windows import WINDOW_ANSWER

ASSERTION = "1.3.6.1.1.12"  # RFC 4528
PRE_READ = "1.3.6.1.1.13.1"  # RFC 4527
POST_READ = "1.3.6.1.1.13.2"  # RFC 4527
PERMISSIVE_MODIFY = "1.2.840.113556.1.4.1413"  # Microsoft's; OpenLDAP knows it, and does not list it
SHOW_DELETED = "1.2.840.113556.1.4.417"  # MS-ADTS §3.1.1.3.4.1.14
MATCHED_VALUES = "1.2.826.0.1.3344810.2.3"  # RFC 3876
PAGED_RESULTS = "1.2.840.113556.1.4.319"  # RFC 2696

_OCTET_STRING = 4


def decode_control(control: Any, from_server: bool = True) -> tuple[str, dict[str, Any]]:  # noqa: FBT001, FBT002 - ldap3's signature
    """Decode a response control as ldap3 does, but keep the values of an entry read back as bytes."""
    oid = bytes(control[0][3]).decode()
    if oid in {PASSWORD_POLICY, WINDOW_ANSWER}:
        answer = next((bytes(part[3]) for part in control[1:] if part[2] == _OCTET_STRING), b"")
        return oid, {"criticality": False, "value": answer}
    if oid not in {PRE_READ, POST_READ}:
        decoded: tuple[str, dict[str, Any]] = BaseStrategy.decode_control_fast(control, from_server)
        return decoded
    encoded = next(part[3] for part in control[1:] if part[2] == _OCTET_STRING)
    attributes = decode_sequence(encoded, 0, len(encoded))[0][3][1][3]
    return oid, {"criticality": False, "value": {"result": dict(_attribute(part[3]) for part in attributes)}}


def _attribute(parts: Any) -> tuple[str, list[bytes]]:
    return bytes(parts[0][3]).decode(), [bytes(value[3]) for value in parts[1][3]]
