"""What a plan looks like is what it does: its LDIF, fed to the real ldapmodify, changes a server in the same way."""

import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.directory.dn import Dn, Rdn
from app.directory.ldap.client import LdapDirectory
from app.directory.model import (
    Add,
    Change,
    Delete,
    Modify,
    Operation,
    Rename,
    Search,
    SetPassword,
)
from app.directory.plan import execute, plan
from app.directory.text import prepare
from app.testing.slapd import Slapd
from tests.directory.conftest import settings_of
from tests.directory.strategies import texts

pytestmark = pytest.mark.directory
STORED = ("objectClass", "uid", "cn", "sn", "description", "userPassword")


@pytest.fixture(scope="module")
def directory(slapd: Slapd) -> Iterator[LdapDirectory]:
    """Give a directory that lives as long as this module."""
    made = LdapDirectory(settings_of(slapd))
    yield made
    made.close()


def state(directory: LdapDirectory, people: Dn) -> dict[Dn, dict[str, set[bytes]]]:
    """Return all people as they are."""
    found = directory.search(Search(people, "one", attributes=STORED))
    return {entry.dn: {name: set(values) for name, values in entry.attributes.items()} for entry in found}


def clear(directory: LdapDirectory, people: Dn) -> None:
    """Delete all people."""
    for name in state(directory, people):
        directory.execute(Delete(name))


def ldapmodify(slapd: Slapd, ldif: str) -> None:
    """Feed LDIF to the real tool."""
    account = ["-x", "-H", slapd.uri, "-D", slapd.bind_dn, "-w", slapd.bind_password]
    done = subprocess.run(["ldapmodify", *account], input=ldif, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + ldif


names = texts.filter(lambda text: "\0" not in text and prepare(text) != "")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uid=names, renamed=names, values=st.lists(texts, min_size=2, max_size=2, unique_by=prepare))
def test_ldapmodify(
    slapd: Slapd, directory: LdapDirectory, uid: str, renamed: str, values: list[str]
) -> None:
    """Adding, changing, renaming and deleting come to the same, whatever names and values hold."""
    assume(all(prepare(value) for value in values))
    people = Dn.parse(slapd.people_dn)
    first, second = (value.encode() for value in values)
    added = Add(
        people.below(Rdn.of("uid", uid)),
        {
            "objectClass": (b"inetOrgPerson",),
            "uid": (uid.encode(),),
            "cn": (b"x",),
            "sn": (b"x",),
            "description": (first,),
        },
    )
    rename = Rename(added.dn, Rdn.of("uid", renamed))
    steps: list[Operation] = [
        added,
        Modify(added.dn, (Change("add", "description", (second,)), Change("replace", "cn", (first, second)))),
        rename,
        Modify(rename.new_dn, (Change("delete", "description", (first,)), Change("delete", "cn", (second,)))),
    ]
    clear(directory, people)
    execute(plan(steps), directory)
    expected = state(directory, people)
    clear(directory, people)

    ldapmodify(slapd, plan(steps).render())
    assert state(directory, people) == expected

    ldapmodify(slapd, plan([Delete(rename.new_dn)]).render())
    assert state(directory, people) == {}


def test_secrets_stay_as_they_are(slapd: Slapd, directory: LdapDirectory) -> None:
    """LDIF from which secrets were left out is accepted, and touches no password."""
    people = Dn.parse(slapd.people_dn)
    clear(directory, people)
    name = people.below(Rdn.of("uid", "jö"))
    added = Add(
        name,
        {
            "objectClass": (b"inetOrgPerson",),
            "uid": ("jö".encode(),),
            "cn": (b"x",),
            "sn": (b"x",),
            "userPassword": (b"s3cret",),
        },
    )
    secret = Change("replace", "userPassword", (b"other",))

    shown = plan([added, SetPassword(name, "x" * 100), Modify(name, (secret,))]).render()
    ldapmodify(slapd, shown)
    directory.execute(SetPassword(name, "mine"))
    shown += plan([Modify(name, (secret, Change("replace", "sn", (b"y",))))]).render()
    ldapmodify(
        slapd,
        plan([Modify(name, (secret, Change("replace", "sn", (b"y",)))), Modify(name, (secret,))]).render(),
    )

    directory.authenticate(name, "mine")
    assert "s3cret" not in shown
    assert "other" not in shown
    assert [entry.text("sn") for entry in directory.search(Search(name, "base", attributes=("sn",)))] == ["y"]
