"""What a domain controller means by the numbers in its messages."""

import pytest

from app.directory.dialects.active_directory_errors import BINDS, NUMBERS, meaning_of
from app.directory.errors import (
    ConstraintViolation,
    EntryExists,
    InvalidCredentials,
    NoSuchValue,
    PasswordRejected,
    Refused,
    SchemaViolation,
    ValueExists,
    ValueTaken,
)

BIND = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {}, v1db1\0"


@pytest.mark.parametrize(
    ("diagnostic", "expected"),
    [
        pytest.param(BIND.format("52e"), (InvalidCredentials, BINDS[0x52E]), id="wrong password"),
        pytest.param(BIND.format("775"), (InvalidCredentials, BINDS[0x775]), id="locked"),
        pytest.param(BIND.format("0"), None, id="another reason"),
        pytest.param(
            "0000052D: SvcErr: DSID-031A1254, problem 5003 (WILL_NOT_PERFORM), data 0\n",
            NUMBERS[0x52D],
            id="password policy, Windows",
        ),
        pytest.param(
            "0000052D: Constraint violation - check_password_restrictions: the password is too short. It should be 12!",
            (PasswordRejected, "the password is too short. It should be 12"),
            id="password policy, Samba",
        ),
        pytest.param(
            "0000001F: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
            (Refused, NUMBERS[0x1F][1]),
            id="a general failure",
        ),
        pytest.param(
            "00000524: UpdErr: DSID-031A11E2, problem 6005 (ENTRY_EXISTS), data 0",
            (EntryExists, NUMBERS[0x524][1]),
            id="account name",
        ),
        pytest.param(
            "00000562: UpdErr: DSID-031A122C, problem 6005 (ENTRY_EXISTS), data 0",
            (ValueExists, NUMBERS[0x562][1]),
            id="a member already",
        ),
        pytest.param(
            "00000561: SvcErr: DSID-031A1261, problem 5003 (WILL_NOT_PERFORM), data 0",
            (NoSuchValue, NUMBERS[0x561][1]),
            id="no member",
        ),
        pytest.param(
            "000021C8: AtrErr: DSID-03200EFF, #1:", (ValueTaken, NUMBERS[0x21C8][1]), id="principal name"
        ),
        pytest.param(
            "acl_modify: attribute 'x' on entry 'y' was not found in the schema!",
            (SchemaViolation, NUMBERS[0x57][1]),
            id="Samba has no number",
        ),
        pytest.param(
            "Attribute member already deleted for target GUID 56c91f5b-3e4c-4b8e-a4b5-d4b1bd4f4e5d",
            (NoSuchValue, NUMBERS[0x561][1]),
            id="no member any more, Samba",
        ),
        pytest.param(
            "000020B5: AtrErr: DSID-03152392, #1:\n\t0: 000020B5: DSID-03152392, problem 1005 (CONSTRAINT_ATT_TYPE), "
            "data 0, Att 1f (member)\n",
            (ConstraintViolation, "an entry that it names does not exist"),
            id="somebody who is not there",
        ),
        pytest.param(
            "00002145: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM), data 0",
            (ConstraintViolation, NUMBERS[0x2145][1]),
            id="a group of another scope",
        ),
        pytest.param(
            "0000216D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
            (Refused, NUMBERS[0x216D][1]),
            id="quota",
        ),
        pytest.param(
            "00002077: SvcErr: DSID-03190E36, problem 5003 (WILL_NOT_PERFORM), data 0",
            (Refused, NUMBERS[0x2077][1]),
            id="an illegal change",
        ),
        pytest.param("0000FFFF: SvcErr: something", None, id="an unknown number"),
        pytest.param("some attributes not unique", None, id="another product"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_meaning(diagnostic: str, expected: object) -> None:
    """Numbers and Samba's phrases become errors and sentences; all else is left to the result code."""
    assert meaning_of(diagnostic) == expected
