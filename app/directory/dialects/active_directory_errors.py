"""What Active Directory means by the numbers in its diagnostic messages.

A domain controller says more there than its LDAP result code does: a Windows error number at the beginning, or, where
a bind fails, ``data`` with one. No other product writes its messages so.

    0000052D: SvcErr: DSID-031A1254, problem 5003 (WILL_NOT_PERFORM), data 0
    80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from app.directory.errors import (
    ConstraintViolation,
    DirectoryError,
    EntryExists,
    InsufficientAccess,
    InvalidCredentials,
    NoSuchEntry,
    NoSuchValue,
    PasswordRejected,
    Refused,
    SchemaViolation,
    ValueExists,
    ValueTaken,
)

Meaning: TypeAlias = tuple[type[DirectoryError], str]

POLICY_BROKEN = (
    "it breaks the domain's password policy: its length, its kinds of characters, or that it was used before"
)
PRIMARY = "the group is the primary group of an account, which needs another one first"
_NUMBER = re.compile(r"([0-9A-Fa-f]{8}): ")
_BIND_DATA = re.compile(r"80090308: .*\bdata ([0-9A-Fa-f]+)\b", re.DOTALL)
_SAMBA_REASON = re.compile(r"check_password_restrictions: (?P<reason>[^!\n]+)")

BINDS: Mapping[int, str] = MappingProxyType(
    {
        0x525: "there is no such account",
        0x52E: "the name or the password is wrong",
        0x52F: "the account may not log on so",
        0x530: "the account may not log on at this time",
        0x531: "the account may not log on from here",
        0x532: "the password has expired",
        0x533: "the account is disabled",
        0x568: "the account is in too many groups to log on",
        0x701: "the account has expired",
        0x773: "the password must be changed first",
        0x775: "the account is locked after too many wrong passwords",
    }
)
"""Why a bind failed. All of them are InvalidCredentials to whoever binds."""

NUMBERS: Mapping[int, Meaning] = MappingProxyType(
    {
        0x00000005: (InsufficientAccess, "the service account lacks a right"),
        # Landbridge itself sends no password without TLS; Microsoft's tables of errors have it for groups, too.
        0x0000001F: (
            Refused,
            "a group of this kind has no such members, or a password came without encryption",
        ),
        0x00000056: (PasswordRejected, "the old password is wrong"),
        0x00000057: (SchemaViolation, "an attribute is unknown or has another form"),
        0x00000522: (InsufficientAccess, "the service account lacks a right"),
        0x00000523: (
            ConstraintViolation,
            "the account name is too long or has characters that are not allowed",
        ),
        0x00000524: (EntryExists, "an account of that name exists"),
        0x00000525: (NoSuchEntry, "somebody who is referred to does not exist"),
        0x00000526: (EntryExists, "a group of that name exists"),
        0x00000528: (ValueExists, "is a member already"),
        0x00000529: (NoSuchValue, "is no member"),
        0x0000052B: (PasswordRejected, "the old password is wrong"),
        0x0000052C: (PasswordRejected, "it holds characters that no password may have"),
        0x0000052D: (
            PasswordRejected,
            POLICY_BROKEN,
        ),
        0x0000055E: (Refused, PRIMARY),
        0x00000561: (NoSuchValue, "is no member"),
        0x00000562: (ValueExists, "is a member already"),
        0x0000200B: (SchemaViolation, "the value has not the form, or is longer than the attribute allows"),
        0x0000200D: (ValueExists, "the attribute has a value already"),
        0x00002071: (EntryExists, "an entry or an account of that name exists"),
        0x00002077: (Refused, "a part of the change is not permitted"),
        0x00002081: (ValueExists, "the attribute takes one value alone"),
        0x00002082: (ConstraintViolation, "the value is shorter or longer than the attribute allows"),
        0x00002083: (ValueExists, "the attribute has that value already"),
        0x00002098: (InsufficientAccess, "the service account lacks a right"),
        0x0000209A: (ConstraintViolation, "the directory alone writes the attribute"),
        0x000020B5: (ConstraintViolation, "an entry that it names does not exist"),
        0x00002141: (
            ConstraintViolation,
            "a group cannot be of that kind, or cannot become it from what it is",
        ),
        0x00002144: (ConstraintViolation, "a global group has no members that are domain local groups"),
        0x00002145: (ConstraintViolation, "a global group has no members that are universal groups"),
        0x00002146: (ConstraintViolation, "a universal group has no members that are domain local groups"),
        0x00002147: (ConstraintViolation, "a global group has no members of another domain"),
        0x00002148: (
            ConstraintViolation,
            "a domain local group has no domain local groups of another domain",
        ),
        0x00002149: (Refused, PRIMARY),
        0x00002164: (ConstraintViolation, "a local group is a member of local groups alone"),
        0x00002165: (ConstraintViolation, "a universal group has no members of other forests"),
        0x0000216C: (PasswordRejected, "it did not come in quotes, as the directory wants it"),
        0x0000216D: (Refused, "the service account may own no more accounts: see its quota"),
        0x00002182: (ConstraintViolation, "a global group has no members that are universal groups"),
        0x0000219F: (
            ConstraintViolation,
            "a group cannot be of that kind, or cannot become it from what it is",
        ),
        0x000021C7: (ValueTaken, "another account has that service principal name"),
        0x000021C8: (ValueTaken, "another account has that user principal name"),
    }
)

# Samba has no number for these.
_PHRASES: tuple[tuple[str, Meaning], ...] = (
    ("still the primaryGroupID", NUMBERS[0x55E]),
    ("already set via primaryGroupID", NUMBERS[0x562]),
    ("already exists for target GUID", NUMBERS[0x562]),
    ("doesn't exist for target GUID", NUMBERS[0x561]),
    # Who was a member once and left: Samba keeps the link, marked.
    ("already deleted for target GUID", NUMBERS[0x561]),
    ("is already in use", NUMBERS[0x21C8]),
    ("was not found in the schema", NUMBERS[0x57]),
    ("group forbidden", NUMBERS[0x219F]),
)


def meaning_of(diagnostic: str) -> Meaning | None:
    """Tell which error a domain controller's message stands for, and say it in a sentence; None if it does not say."""
    bind = _BIND_DATA.match(diagnostic)
    if bind:
        reason = BINDS.get(int(bind.group(1), 16))
        return (InvalidCredentials, reason) if reason else None
    meaning = next((meaning for phrase, meaning in _PHRASES if phrase in diagnostic), None)
    number = _NUMBER.match(diagnostic)
    if meaning or not number:
        return meaning
    told = _SAMBA_REASON.search(diagnostic)
    return (PasswordRejected, told.group("reason")) if told else NUMBERS.get(int(number.group(1), 16))
