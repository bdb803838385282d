"""The members of a large group are found by what they say themselves, not name by name."""

from __future__ import annotations

import pytest

from app.directory.model import Change, Modify
from tests.provisioning.conftest import Ground, memory_ground
from tests.provisioning.test_groups import group, members, people

NAMES = ("al", "bo", "cy", "di", "ed")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call groups of three large, and look up two names at a time."""
    monkeypatch.setattr("app.provisioning.entries.MANY", 2)
    monkeypatch.setattr("app.provisioning.identity.BATCH", 2)


@pytest.mark.directory
def test_by_one_search(ldap_ground: Ground) -> None:
    """However many there are, it is one search for the group, and one for all members."""
    ids = people(ldap_ground, *NAMES)
    made = group(ldap_ground, "Staff", *ids)
    ldap_ground.seen.forget(str(made.attributes["id"]))
    ldap_ground.directory.take()

    found = members(ldap_ground, made)

    assert found == set(ids)
    assert ldap_ground.directory.take() == ["search", "search"]


def test_who_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members that say nothing, as where nobody keeps account of it, are looked up by their names."""
    ground = memory_ground()
    ids = people(ground, *NAMES)
    made = group(ground, "Staff", *ids)
    said = (Change("replace", "memberOf", (b"cn=Staff,ou=Groups,dc=example,dc=org",)),)
    ground.directory.execute(Modify(ground.dn("al"), said))

    assert members(ground, made) == set(ids)
    monkeypatch.setattr("app.provisioning.identity.Identities._membership_attribute", lambda _: None)
    assert members(ground, made) == set(ids)
