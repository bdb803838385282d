"""What a directory's password policy says reaches the client in words, with the status and scimType that fit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.testing.slapd import Slapd
from tests.web.scim.bridge import Bridge, problem, read

pytestmark = pytest.mark.directory
POLICY = "cn=slow,ou=Policies,dc=example,dc=org"


@pytest.fixture
def policy(slapd: Slapd) -> Iterator[str]:
    """Make a policy that wants long passwords, and lets them be changed once an hour."""
    slapd.modify(
        f"dn: {POLICY}\nobjectClass: applicationProcess\nobjectClass: pwdPolicy\ncn: slow\n"
        "pwdAttribute: userPassword\npwdMinLength: 12\npwdCheckQuality: 2\npwdMinAge: 3600\n"
    )
    yield POLICY
    slapd.modify(f"dn: {POLICY}\nchangetype: delete\n")


def test_password_policy(bridge: Bridge, slapd: Slapd, policy: str) -> None:
    """Another password would do where one is too short (invalidValue), and none where it is too soon (mutability)."""
    path = f"/Users/{bridge.user('jo')['id']}"
    slapd.modify(
        f"dn: uid=jo,{slapd.people_dn}\nchangetype: modify\nadd: pwdPolicySubentry\npwdPolicySubentry: {policy}\n"
    )

    short, good, again = (
        bridge.patch(path, {"op": "replace", "path": "password", "value": value})
        for value in ("too short 1", "long enough, 12", "long enough, 13")
    )

    assert (problem(short), "it is too short" in read(short)["detail"]) == ((400, "invalidValue"), True)
    assert good.status_code == 200
    assert (problem(again), "too short a time" in read(again)["detail"]) == ((400, "mutability"), True)
    assert "too short 1" not in short.text
