"""Accounts as a site keeps them, on a real directory, and the domain documents that say so."""

from dataclasses import replace

import pytest

from app.directory.dialects.base import Dialect
from app.directory.errors import InvalidCredentials
from app.provisioning.accounts import dialect_of
from app.provisioning.domain import DOMAIN
from app.store.document import Document
from tests.provisioning.conftest import Ground, Product, user
from tests.provisioning.test_domain_target import names, patch

BODY = {
    "product": "openldap",
    "servers": ["ldaps://ldap.example.org"],
    "base": "dc=example,dc=org",
    "bind": {"dn": "cn=landbridge,dc=example,dc=org", "password": {"env": "PASSWORD"}},
    "maps": {"User": "openldap-user"},
}
BY_TYPE = {"attribute": "carLicense", "disabled": ["inactive"], "enabled": "active"}


def kept(**accounts: object) -> Dialect:
    """Make the dialect of a domain that keeps accounts so."""
    return dialect_of({**BODY, "accounts": accounts})


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
    ],
)
def test_wrong_documents(changed: dict[str, object], key: str) -> None:
    """What makes no sense is refused at its key."""
    problems = DOMAIN.problems(Document("Domain", "PRIMARY", {**BODY, **changed}))

    assert [problem.key for problem in problems] == [key]
