"""Accounts as a site keeps them, on a real directory, and the domain documents that say so."""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn
from app.directory.errors import EntryExists, InvalidCredentials
from app.directory.filters import Equals
from app.directory.model import Add, Delete, Search
from app.provisioning.accounts import dialect_of
from app.provisioning.deletion import Deletion
from app.provisioning.domain import DOMAIN
from app.store.document import Document
from app.testing.server import DirectoryServer
from tests.provisioning.conftest import Ground, Product, user
from tests.provisioning.test_domain_target import id_of, names, patch
from tests.provisioning.test_groups import group, groups, members

BODY = {
    "product": "openldap",
    "servers": ["ldaps://ldap.example.org"],
    "base": "dc=example,dc=org",
    "bind": {"dn": "cn=landbridge,dc=example,dc=org", "password": {"env": "PASSWORD"}},
    "maps": {"User": "openldap-user"},
}
DISABLED = Dn.parse("ou=Disabled,dc=example,dc=org")
BY_TYPE = {"attribute": "carLicense", "disabled": ["inactive"], "enabled": "active"}


def kept(**accounts: object) -> Dialect:
    """Make the dialect of a domain that keeps accounts so."""
    return dialect_of({**BODY, "accounts": accounts}, Dn.parse("dc=example,dc=org"))


@pytest.fixture
def ground(ldap_ground: Ground) -> Ground:
    """Give a domain that hashes passwords itself and disables by an attribute."""
    dialect = kept(disabled_by=BY_TYPE, passwords="argon2")
    return replace(ldap_ground, product=Product(dialect=dialect))


@pytest.mark.directory
def test_hashed_here(ground: Ground) -> None:
    """Slapd verifies what was hashed here, a password rides along with its entry, and changes with the rest."""
    target = ground.target()
    ground.directory.take()

    made = target.create(user(userName="jo", password="pässwörd"))
    created = ground.directory.take()
    ground.directory.authenticate(ground.dn("jo"), "pässwörd")
    patch(target, made, {"op": "replace", "value": {"title": "x", "password": "another"}})
    changed = ground.directory.take()

    assert (created, changed) == (["Add"], ["search", "Modify"])
    ground.directory.authenticate(ground.dn("jo"), "another")
    with pytest.raises(InvalidCredentials):
        ground.directory.authenticate(ground.dn("jo"), "pässwörd")


@pytest.fixture
def hashing(empty_openldap: DirectoryServer, ldap_ground: Ground) -> Iterator[Ground]:
    """Give a domain whose server hashes what comes in an entry, for a while."""
    found = empty_openldap.export("cn=config", "(objectClass=olcPPolicyConfig)").splitlines()
    name = next(line for line in found if line.startswith("dn: "))
    change = f"{name}\nchangetype: modify\nreplace: olcPPolicyHashCleartext\nolcPPolicyHashCleartext: "
    empty_openldap.modify(f"{change}TRUE\n")
    yield replace(ldap_ground, product=Product(dialect=kept(passwords="entry")))
    empty_openldap.modify(f"{change}FALSE\n")


@pytest.mark.directory
def test_hashed_by_the_server(hashing: Ground, empty_openldap: DirectoryServer) -> None:
    """A password rides along with its entry, and with a change, and slapd keeps no more of it than a hash."""
    target = hashing.target()
    hashing.directory.take()

    made = target.create(user(userName="jo", password="pässwörd"))
    created = hashing.directory.take()
    hashing.directory.authenticate(hashing.dn("jo"), "pässwörd")
    patch(target, made, {"op": "replace", "value": {"title": "x", "password": "another"}})
    changed = hashing.directory.take()

    assert (created, changed) == (["Add"], ["search", "Modify"])
    hashing.directory.authenticate(hashing.dn("jo"), "another")
    stored = empty_openldap.export(str(hashing.dn("jo")), scope="base")
    [encoded] = [line for line in stored.splitlines() if line.startswith("userPassword:: ")]
    assert b64decode(encoded.removeprefix("userPassword:: ")).startswith((b"{SSHA}", b"{ARGON2}"))


@pytest.mark.directory
def test_disabled_by_an_attribute(ground: Ground) -> None:
    """The attribute tells who is active, to reading, to filters and to changes."""
    target = ground.target()
    made = target.create(user(userName="jo", active=False))
    target.create(user(userName="al", active=True))
    target.create(user(userName="bo"))

    before = [made.attributes["active"], sorted(map(str, names(target, "active eq true")))]
    patched = patch(target, made, {"op": "replace", "path": "active", "value": True})

    assert before == [False, ["al", "bo"]]
    assert patched.attributes["active"] is True
    assert names(target, "active eq false") == []


@pytest.fixture
def moving(ldap_ground: Ground) -> Iterator[Ground]:
    """Give a domain that disables by moving to a container; nobody is left in it."""
    disabled = {"objectClass": (b"organizationalUnit",), "ou": (b"Disabled",)}
    with suppress(EntryExists):
        ldap_ground.directory.execute(Add(DISABLED, disabled))
    yield replace(ldap_ground, product=Product(dialect=kept(disabled_by={"container": "ou=Disabled"})))
    for entry in list(ldap_ground.directory.search(Search(DISABLED, "one", attributes=("uid",)))):
        ldap_ground.directory.execute(Delete(entry.dn))


@pytest.mark.directory
def test_disabled_by_a_move(moving: Ground) -> None:
    """Who is disabled is moved, keeping id and memberships, is found as such, and comes back when enabled."""
    target = moving.target()
    jo = target.create(user(userName="jo", active=True))
    target.create(user(userName="al"))
    staff = group(moving, "Staff", id_of(jo))
    moving.directory.take()

    disabled = patch(target, jo, {"op": "replace", "path": "active", "value": False})
    cost = moving.directory.take()

    assert disabled.attributes["active"] is False
    # One search for the entry, one for the container, one for the groups that are shown.
    assert cost == ["search", "search", "Rename", "search"]
    assert stored(moving) == {"uid=jo,ou=Disabled,dc=example,dc=org", "uid=al,ou=People,dc=example,dc=org"}
    assert [names(target, f"active eq {each}") for each in ("true", "false")] == [["al"], ["jo"]]
    assert members(moving, staff) == {id_of(jo)}
    assert groups(moving, id_of(jo)) == {"Staff"}

    patched = patch(
        target, jo, {"op": "replace", "value": {"active": True, "userName": "joe", "title": "Chief"}}
    )

    assert (patched.attributes["active"], patched.attributes["title"]) == (True, "Chief")
    assert stored(moving) == {"uid=joe,ou=People,dc=example,dc=org", "uid=al,ou=People,dc=example,dc=org"}
    assert members(moving, staff) == {id_of(jo)}


@pytest.mark.directory
def test_moved_from_the_start(moving: Ground) -> None:
    """Who is created disabled is put there, is changed there, and stays there if nothing else is said."""
    target = moving.target()

    jo = target.create(user(userName="jo", active=False))
    patch(target, jo, {"op": "replace", "path": "userName", "value": "joe"})

    assert stored(moving) == {"uid=joe,ou=Disabled,dc=example,dc=org"}
    target.delete(id_of(jo))
    assert stored(moving) == set()


@pytest.mark.directory
def test_retired_by_a_move(moving: Ground) -> None:
    """Who is retired instead of deleted is disabled, so moved, too."""
    moving.deletion = Deletion("disable")
    jo = moving.target().create(user(userName="jo"))

    moving.target().delete(id_of(jo))

    [name] = stored(moving)
    assert name.startswith("uid=jo~deleted~")
    assert name.endswith(",ou=Disabled,dc=example,dc=org")


def stored(ground: Ground) -> set[str]:
    """Name the entries of people, wherever they are."""
    found = ground.directory.search(Search(ground.base, filter=Equals("objectClass", b"inetOrgPerson")))
    return {str(entry.dn) for entry in found}


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        pytest.param({"accounts": {"passwords": "md5"}}, "accounts.passwords", id="no such hash"),
        pytest.param(
            {"accounts": {"disabled_by": {"attribute": "x"}}}, "accounts.disabled_by.disabled", id="no value"
        ),
        pytest.param(
            {"accounts": {"disabled_by": {"attribute": "x=y", "disabled": ["a"]}}},
            "accounts.disabled_by.attribute",
            id="no attribute",
        ),
        pytest.param({"accounts": {"disabled_by": {}}}, "accounts.disabled_by.attribute", id="no way"),
        pytest.param(
            {"accounts": {"disabled_by": {"container": "Disabled"}}},
            "accounts.disabled_by.container",
            id="no name",
        ),
        pytest.param(
            {"accounts": {"disabled_by": {"container": "ou=Disabled", "enabled": "x"}}},
            "accounts.disabled_by.enabled",
            id="two ways",
        ),
    ],
)
def test_wrong_documents(changed: dict[str, object], key: str) -> None:
    """What makes no sense is refused at its key."""
    problems = DOMAIN.problems(Document("Domain", "PRIMARY", {**BODY, **changed}))

    assert [problem.key for problem in problems] == [key]
