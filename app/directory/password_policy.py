"""What a server says of its password policy beside a result (draft-behera-ldap-password-policy, as slapo-ppolicy has it)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from app.directory.ber import elements
from app.directory.errors import (
    DirectoryError,
    InvalidCredentials,
    PasswordKept,
    PasswordRejected,
    PasswordStale,
)

PASSWORD_POLICY = "1.3.6.1.4.1.42.2.27.8.5.1"  # noqa: S105 - the control's OID
Meaning: TypeAlias = tuple[type[DirectoryError], str]
_ERROR = 0x81
CHANGE_AFTER_RESET = 2

MEANINGS: Mapping[int, Meaning] = MappingProxyType(
    {
        0: (PasswordStale, "the password has expired"),
        1: (InvalidCredentials, "the account is locked"),
        CHANGE_AFTER_RESET: (PasswordStale, "the password must be changed first"),
        3: (PasswordKept, "the policy does not let it be changed"),
        4: (PasswordKept, "the policy wants the old password with the new one, which SCIM does not have"),
        5: (PasswordRejected, "it breaks the rules for the quality of passwords"),
        6: (PasswordRejected, "it is too short"),
        7: (PasswordKept, "it was changed too short a time ago"),
        8: (PasswordRejected, "it was used before"),
        9: (PasswordRejected, "it is too long"),
    }
)


def policy_meaning(answer: bytes | None) -> Meaning | None:
    """Tell which error a control's value stands for, and say it in words; None if it tells of none."""
    if answer is None:
        return None
    # PasswordPolicyResponseValue ::= SEQUENCE { warning [0] CHOICE … OPTIONAL, error [1] ENUMERATED OPTIONAL }
    told = (
        content for _, sequence in elements(answer) for tag, content in elements(sequence) if tag == _ERROR
    )
    code = next((int.from_bytes(content, "big") for content in told), None)
    return None if code is None else MEANINGS.get(code)
