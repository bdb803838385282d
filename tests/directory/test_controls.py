"""Controls that not every server has: what they bring where they are there, by each client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest

from app.directory.dn import Dn
from app.directory.errors import (
    DirectoryError,
    InvalidCredentials,
    NotALeaf,
    PasswordKept,
    PasswordRejected,
    PasswordStale,
)
from app.directory.filters import Equals, Present
from app.directory.model import Change, Delete, Entry, Modify, Search, SetPassword
from app.testing.server import DirectoryServer, DirectoryToolError
from tests.directory.conftest import Ground
from tests.directory.contract import person
from tests.waiting import wait_until


class ControlsContract:
    """What holds in memory and on OpenLDAP."""

    def test_matched_values(self, ground: Ground) -> None:
        """Only values that are asked for come back, however long their list is, and attributes that may have any."""
        dn = person(ground, "jo").dn
        mail = [f"{number}@example.org" for number in range(200)]
        ground.directory.execute(person(ground, "jo", mail=mail, title=["Chief (a*)"], description=["x"]))
        wanted = (
            Equals("mail", b"7@example.org"),
            Equals("mail", b"nobody@example.org"),
            Equals("title", b"Chief (a*)"),
            Present("cn"),
        )

        search = Search(dn, "base", attributes=("mail", "cn", "title", "description"), values=wanted)
        [found] = ground.directory.search(search)

        assert found.attributes == {"mail": (b"7@example.org",), "cn": (b"jo",), "title": (b"Chief (a*)",)}

    def test_what_is_deleted(self, ground: Ground) -> None:
        """A delete tells what it deleted, by the same round trip, without what the server keeps by itself."""
        added = person(ground, "jo", mail=["a@example.org", "b@example.org"])
        ground.directory.execute(added)

        before = ground.directory.execute(Delete(added.dn), read_back=("*",))

        assert before == Entry.of(added.dn, added.attributes)
        assert list(ground.directory.search(Search(added.dn, "base"))) == []


class TestInMemory(ControlsContract):
    """The contract, in memory."""

    @pytest.fixture
    def ground(self, memory_ground: Ground) -> Ground:
        """Give an empty directory in memory."""
        return memory_ground


class TestOnOpenLdap(ControlsContract):
    """The contract, on OpenLDAP."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give an empty OpenLDAP."""
        return ldap_ground

    def test_what_cannot_be_deleted(self, ground: Ground) -> None:
        """A delete that is refused tells nothing but that."""
        ground.directory.execute(person(ground, "jo"))

        with pytest.raises(NotALeaf):
            ground.directory.execute(Delete(ground.people), read_back=("*",))


POLICY = Dn.parse("cn=strict,ou=Policies,dc=example,dc=org")
SIGNED_IN = "a good password"


def governed(ground: Ground, server: DirectoryServer, rules: Mapping[str, str], **state: Sequence[str]) -> Dn:
    """Make a person whose passwords a policy governs; return the name."""
    lines = "".join(f"{name}: {value}\n" for name, value in rules.items())
    with suppress(DirectoryToolError):
        server.modify(f"dn: {POLICY}\nchangetype: delete\n")
    server.modify(
        f"dn: {POLICY}\nobjectClass: applicationProcess\nobjectClass: pwdPolicy\ncn: strict\n"
        f"pwdAttribute: userPassword\n{lines}"
    )
    added = person(ground, "jo", pwdPolicySubentry=[str(POLICY)], **state)
    ground.directory.execute(added)
    return added.dn


@pytest.mark.parametrize(
    ("rules", "passwords", "kind", "reason"),
    [
        pytest.param(
            {"pwdMinLength": "10", "pwdCheckQuality": "2"},
            ["short"],
            PasswordRejected,
            "too short",
            id="short",
        ),
        pytest.param(
            {"pwdMaxLength": "10", "pwdCheckQuality": "2"},
            ["much too long"],
            PasswordRejected,
            "too long",
            id="long",
        ),
        pytest.param(
            {"pwdInHistory": "2"}, ["one", "two", "one"], PasswordRejected, "used before", id="again"
        ),
        pytest.param({"pwdMinAge": "3600"}, ["one", "two"], PasswordKept, "too short a time", id="young"),
        pytest.param({"pwdSafeModify": "TRUE"}, ["one"], PasswordKept, "old password", id="old one"),
    ],
)
def test_refused_passwords(  # noqa: PLR0913 - what a case is made of
    ldap_ground: Ground,
    empty_openldap: DirectoryServer,
    *,
    rules: Mapping[str, str],
    passwords: Sequence[str],
    kind: type[DirectoryError],
    reason: str,
) -> None:
    """What the policy has against a password is told in words, and whether another one would do."""
    dn = governed(ldap_ground, empty_openldap, rules)
    *earlier, last = passwords
    for password in earlier:
        ldap_ground.directory.execute(SetPassword(dn, password))

    with pytest.raises(DirectoryError) as refused:
        ldap_ground.directory.execute(SetPassword(dn, last))

    assert (type(refused.value), reason in refused.value.reason) == (kind, True)


def test_must_be_changed(ldap_ground: Ground, empty_openldap: DirectoryServer) -> None:
    """Who must change the password first is not let in, and told why; a wrong password tells nothing."""
    dn = governed(ldap_ground, empty_openldap, {"pwdMustChange": "TRUE"})
    ldap_ground.directory.execute(SetPassword(dn, SIGNED_IN))
    ldap_ground.directory.execute(Modify(dn, (Change("replace", "pwdReset", (b"TRUE",)),)))

    with pytest.raises(PasswordStale) as refused:
        ldap_ground.directory.authenticate(dn, SIGNED_IN)
    with pytest.raises(InvalidCredentials) as wrong:
        ldap_ground.directory.authenticate(dn, "wrong")

    assert refused.value.reason == "the password must be changed first"
    assert (type(wrong.value), wrong.value.reason) == (InvalidCredentials, "")


def test_expired(ldap_ground: Ground, empty_openldap: DirectoryServer) -> None:
    """A password that has expired is told from a wrong one."""
    dn = governed(ldap_ground, empty_openldap, {"pwdMaxAge": "1"})
    ldap_ground.directory.execute(SetPassword(dn, SIGNED_IN))

    def is_refused() -> bool:
        try:
            ldap_ground.directory.authenticate(dn, SIGNED_IN)
        except PasswordStale as error:
            return error.reason == "the password has expired"
        return False

    wait_until(is_refused)


def test_locked(ldap_ground: Ground, empty_openldap: DirectoryServer) -> None:
    """That an account is locked is told where the server tells it."""
    overlay = next(
        line.removeprefix("dn: ")
        for line in empty_openldap.export("cn=config", "(objectClass=olcPPolicyConfig)").splitlines()
        if line.startswith("dn: ")
    )
    set_to = "dn: {}\nchangetype: modify\nreplace: olcPPolicyUseLockout\nolcPPolicyUseLockout: {}\n"
    dn = governed(ldap_ground, empty_openldap, {"pwdLockout": "TRUE"})
    ldap_ground.directory.execute(SetPassword(dn, SIGNED_IN))
    locked = Change("replace", "pwdAccountLockedTime", (b"000001010000Z",))
    ldap_ground.directory.execute(Modify(dn, (locked,)))
    empty_openldap.modify(set_to.format(overlay, "TRUE"))

    try:
        with pytest.raises(InvalidCredentials) as refused:
            ldap_ground.directory.authenticate(dn, SIGNED_IN)
    finally:
        empty_openldap.modify(set_to.format(overlay, "FALSE"))

    assert (type(refused.value), refused.value.reason) == (InvalidCredentials, "the account is locked")
