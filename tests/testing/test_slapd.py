"""The private slapd starts, keeps, forgets and protects what it should."""

import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.testing.server import DirectoryServer, DirectoryToolError
from app.testing.slapd import Slapd, SlapdError

pytestmark = pytest.mark.directory

JOHN = """\
dn: uid=john,ou=People,dc=example,dc=org
objectClass: inetOrgPerson
uid: john
cn: John Döe
sn: Döe
userPassword: opensesame-1
"""
STAFF = """\
dn: cn=staff,ou=Groups,dc=example,dc=org
objectClass: groupOfNames
cn: staff
member: uid=john,ou=People,dc=example,dc=org
member: cn=nobody
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Slapd]:
    """Give a slapd that the test may stop and break."""
    with Slapd(tmp_path / "slapd", durable=False) as server:
        yield server


def ldap(
    server: DirectoryServer, tool: str, *arguments: str, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a tool of ldap-utils as the service account over verified TLS."""
    return ldap_as(server.bind_dn, server.bind_password, server, tool, *arguments, text=text)


def ldap_as(
    dn: str, password: str, server: DirectoryServer, tool: str, *arguments: str, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a tool of ldap-utils over verified TLS."""
    return subprocess.run(
        [tool, "-x", "-H", server.ldaps_uri, "-D", dn, "-w", password, *arguments],
        env={"PATH": "/usr/bin:/bin", "LDAPTLS_CACERT": str(server.ca_file), "LDAPTLS_REQCERT": "demand"},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_service_account_binds_over_verified_tls(openldap: DirectoryServer) -> None:
    """The certificate holds for loopback and the account's password is right."""
    done = ldap(openldap, "ldapwhoami")

    assert (done.returncode, done.stdout) == (0, f"dn:{openldap.bind_dn}\n")


def test_the_service_account_writes_but_never_reads_passwords(empty_openldap: DirectoryServer) -> None:
    """The service account adds a user with a password, and does not see the password again."""
    added = ldap(empty_openldap, "ldapadd", text=JOHN)
    found = ldap(
        empty_openldap,
        "ldapsearch",
        "-LLL",
        "-b",
        empty_openldap.base_dn,
        "(uid=john)",
        "uid",
        "userPassword",
    )

    assert added.returncode == 0, added.stderr
    assert found.stdout == "dn: uid=john,ou=People,dc=example,dc=org\nuid: john\n\n"


def test_a_password_set_by_the_extended_operation_is_hashed(empty_openldap: DirectoryServer) -> None:
    """RFC 3062 through the service account stores a hash, and the user binds with the password."""
    john = f"uid=john,{empty_openldap.people_dn}"
    empty_openldap.modify(JOHN)

    changed = ldap(empty_openldap, "ldappasswd", "-s", "opensesame-2", john)
    bound = ldap_as(john, "opensesame-2", empty_openldap, "ldapwhoami")

    assert changed.returncode == 0, changed.stderr
    assert bound.stdout == f"dn:{john}\n"
    assert "opensesame-2" not in empty_openldap.export()
    assert (
        "userPassword:: " + b64encode(b"{ARGON2}$argon2").decode().rstrip("=")[:16] in empty_openldap.export()
    )


def test_anonymous_reads_nothing(openldap: DirectoryServer) -> None:
    """Who has not said who he is sees no entry."""
    found = ldap_as("", "", openldap, "ldapsearch", "-LLL", "-b", openldap.base_dn)

    assert "dn:" not in found.stdout


def test_a_lock_keeps_a_user_out(empty_openldap: DirectoryServer) -> None:
    """The service account may lock an account, and the default policy makes the lock hold."""
    john = f"uid=john,{empty_openldap.people_dn}"
    empty_openldap.modify(JOHN)
    lock = f"dn: {john}\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n"

    before = ldap_as(john, "opensesame-1", empty_openldap, "ldapwhoami")
    locked = ldap(empty_openldap, "ldapmodify", text=lock)
    after = ldap_as(john, "opensesame-1", empty_openldap, "ldapwhoami")

    assert (before.returncode, locked.returncode, after.returncode) == (0, 0, 49)


def test_memberships_follow_renames_and_deletes(empty_openldap: DirectoryServer) -> None:
    """The overlays keep `memberOf` and `member` true."""
    john = f"uid=john,{empty_openldap.people_dn}"
    jack = f"uid=jack,{empty_openldap.people_dn}"
    empty_openldap.modify(JOHN + "\n" + STAFF)

    joined = empty_openldap.export(john)
    ldap(empty_openldap, "ldapmodrdn", "-r", john, "uid=jack")
    renamed = empty_openldap.export(empty_openldap.groups_dn)
    ldap(empty_openldap, "ldapdelete", jack)
    deleted = empty_openldap.export(empty_openldap.groups_dn)

    assert f"memberOf: cn=staff,{empty_openldap.groups_dn}\n" in joined
    assert f"member: {jack}\n" in renamed
    assert jack not in deleted


def test_the_service_account_may_list_without_a_limit(openldap: DirectoryServer) -> None:
    """More entries than slapd's own limit of 500 come in one answer and by pages."""
    count = 501
    openldap.clear()
    openldap.modify("\n".join(JOHN.replace("john", f"john{number}") for number in range(count)))

    whole = ldap(openldap, "ldapsearch", "-LLL", "-b", openldap.people_dn, "(uid=john*)", "1.1")
    paged = ldap(
        openldap,
        "ldapsearch",
        "-LLL",
        "-E",
        "pr=100/noprompt",
        "-b",
        openldap.people_dn,
        "(uid=john*)",
        "1.1",
    )

    assert (whole.stdout.count("dn:"), paged.stdout.count("dn:")) == (count, count)


def test_clear_deletes_nested_and_non_ascii_names(openldap: DirectoryServer) -> None:
    """Whatever a test made below the containers is gone afterwards."""
    openldap.clear()
    openldap.modify(
        f"dn: ou=Zürich,{openldap.people_dn}\nobjectClass: organizationalUnit\nou: Zürich\n\n"
        f"dn: cn=printer,ou=Zürich,{openldap.people_dn}\nobjectClass: device\ncn: printer\n"
    )

    openldap.clear()

    assert openldap.export(openldap.people_dn).count("dn:") == 1


def test_a_tool_that_fails_says_why(openldap: DirectoryServer) -> None:
    """An error of ldap-utils reaches the test that caused it."""
    with pytest.raises(DirectoryToolError, match="No such object"):
        openldap.export("ou=nowhere,dc=example,dc=org")


def test_a_restart_keeps_data_address_and_passwords(own: Slapd) -> None:
    """After a restart everything is as it was, except for the process."""
    address, pid = own.address, own.pid
    own.modify(JOHN)

    own.restart()

    assert own.address == address
    assert own.pid != pid
    assert "uid: john" in own.export()


def test_another_start_on_the_same_directory_finds_the_data(tmp_path: Path) -> None:
    """The data belong to the directory, not to the process."""
    with Slapd(tmp_path, durable=True) as first:
        first.modify(JOHN)
        password = first.bind_password

    with Slapd(tmp_path) as second:
        assert second.bind_password == password
        assert "uid: john" in second.export()


def test_a_reset_forgets_data_and_passwords_but_not_the_address(own: Slapd) -> None:
    """After a reset the directory is new, at the same place."""
    address = own.address
    own.modify(JOHN)

    own.reset()

    assert own.uri == address.uri
    assert own.bind_password != address.bind_password
    assert "uid: john" not in own.export()


def test_entries_can_be_seeded_offline(own: Slapd, tmp_path: Path) -> None:
    """A seeded entry is there when the server is back."""
    ldif = tmp_path / "john.ldif"
    ldif.write_text(JOHN)

    own.seed(ldif)

    assert own.is_running
    assert "uid: john" in own.export()


def test_a_server_that_hashes_cleartext_hashes_it(tmp_path: Path) -> None:
    """With `hash_cleartext` a password in an add is stored hashed."""
    with Slapd(tmp_path, durable=False, hash_cleartext=True) as server:
        server.modify(JOHN)

        assert b64encode(b"opensesame-1").decode() not in server.export()


def test_secrets_and_data_are_the_owners_only(own: Slapd) -> None:
    """Nobody else may look into the directory."""
    assert own.directory.stat().st_mode & 0o077 == 0
    assert (own.directory / "secrets.json").stat().st_mode & 0o077 == 0


def test_another_base_is_possible(tmp_path: Path) -> None:
    """The base, and with it every name, is a setting."""
    with Slapd(tmp_path, base_dn="dc=corp,dc=example", durable=False) as server:
        assert server.people_dn == "ou=People,dc=corp,dc=example"
        assert server.export(server.people_dn).startswith("dn: ou=People,dc=corp,dc=example\n")


def test_a_directory_may_have_any_name_and_move(tmp_path: Path) -> None:
    """Spaces do no harm, and the data are found where they have been moved to."""
    with Slapd(tmp_path / "my data", durable=False) as first:
        first.modify(JOHN)
    (tmp_path / "my data").rename(tmp_path / "moved")

    with Slapd(tmp_path / "moved") as second:
        assert "uid: john" in second.export()


def test_the_address_of_a_server_never_started_is_an_error(tmp_path: Path) -> None:
    """There is no address before the first start."""
    server = Slapd(tmp_path)

    with pytest.raises(SlapdError, match="not been started"):
        _ = server.address

    assert server.pid is None


def test_a_broken_configuration_is_reported_with_slapds_words(own: Slapd) -> None:
    """A start that fails says what slapd said."""
    own.stop()
    (own.directory / "tls" / "server.key").write_text("no key")

    with pytest.raises(SlapdError, match="ended while starting"):
        own.start()


def test_files_of_a_running_server_are_not_deleted(own: Slapd) -> None:
    """Removal is refused as long as slapd runs."""
    with pytest.raises(SlapdError, match="running"):
        own.remove()


def test_starting_and_stopping_twice_is_harmless(own: Slapd) -> None:
    """Start and stop tell what should be, not what to do."""
    pid = own.pid

    own.start()
    started_again = own.pid
    own.stop()
    own.stop()

    assert started_again == pid
    assert not own.is_running
