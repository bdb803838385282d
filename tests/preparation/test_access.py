"""Rules are read as slapd reads them, and only those that are missing are written."""

from __future__ import annotations

import pytest

from app.directory.dn import Dn
from app.directory.model import Entry
from app.preparation.access import missing_rights

BASE = Dn.parse("dc=example,dc=org")
ACCOUNT = Dn.parse("cn=scim,dc=example,dc=org")
PASSWORDS = f'to attrs=userPassword by dn.exact="{ACCOUNT}" =w by * break'
ENTRIES = f'to dn.subtree="{BASE}" by dn.exact="{ACCOUNT}" write by * break'


@pytest.mark.parametrize(
    ("rules", "missing"),
    [
        pytest.param([], [PASSWORDS, ENTRIES], id="none"),
        pytest.param([PASSWORDS, ENTRIES], [], id="prepared"),
        pytest.param([f'to * by dn="{ACCOUNT}" write by * none'], [], id="all-at-once"),
        pytest.param([f'to * by dn="{ACCOUNT}" read'], [PASSWORDS, ENTRIES], id="may-read"),
        pytest.param(
            ["to attrs=userPassword by self write by * auth", f'to * by dn.exact="{ACCOUNT}" manage'],
            [PASSWORDS],
            id="passwords-of-others",
        ),
        pytest.param(
            ["to attrs=cn,userPassword by self write by * break", f'to * by dn.exact="{ACCOUNT}" manage'],
            [],
            id="passed-on",
        ),
        pytest.param(["to * by users read", ENTRIES], [PASSWORDS, ENTRIES], id="decided-before"),
        pytest.param(
            [PASSWORDS, "to * by users read", ENTRIES], [ENTRIES], id="decided-before-but-for-passwords"
        ),
    ],
)
def test_missing(rules: list[str], missing: list[str]) -> None:
    """The first rule that is for something decides, unless it passes on."""
    database = Entry.of(
        Dn.parse("olcDatabase={1}mdb,cn=config"),
        {"olcAccess": [f"{{{number}}}{rule}".encode() for number, rule in enumerate(rules)]},
    )

    found = missing_rights(database, ACCOUNT, BASE)

    assert found == [f"{{{number}}}{rule}" for number, rule in enumerate(missing)]
