"""The groups that somebody is in, directly and through other groups."""

from __future__ import annotations

import pytest

from app.provisioning.effective_groups import EffectiveGroup, effective_groups
from tests.provisioning.conftest import Ground, memory_ground
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.test_groups import GROUP, add, group, patch, people


@pytest.fixture
def ground() -> Ground:
    """Give a domain in memory."""
    return memory_ground()


def _groups(ground: Ground, member: str) -> list[EffectiveGroup]:
    return effective_groups(ground.target("Group"), GROUP, member)


def test_groups_of_groups_count(ground: Ground) -> None:
    """Whoever is in a group that is in another one is in both; a search finds each level."""
    jo, bo = people(ground, "jo", "bo")
    team, other = group(ground, "Team", jo), group(ground, "Other", bo)
    staff = group(ground, "Staff", id_of(team), id_of(other))
    everybody = group(ground, "Everybody", id_of(staff))

    found = _groups(ground, jo)

    assert found == [
        EffectiveGroup(id_of(team), "Team", is_direct=True),
        EffectiveGroup(id_of(staff), "Staff", is_direct=False),
        EffectiveGroup(id_of(everybody), "Everybody", is_direct=False),
    ]


def test_a_circle_ends(ground: Ground) -> None:
    """Groups that are in each other are there once."""
    [jo] = people(ground, "jo")
    one = group(ground, "One", jo)
    two = group(ground, "Two", id_of(one))
    patch(ground, one, add(id_of(two)))

    assert {each.name for each in _groups(ground, jo)} == {"One", "Two"}


def test_nobody_is_in_none(ground: Ground) -> None:
    """Which is no reason to fail."""
    [jo] = people(ground, "jo")

    assert _groups(ground, jo) == []


@pytest.mark.directory
def test_a_server_finds_them_too(ldap_ground: Ground) -> None:
    """By few searches, however many groups there are."""
    [jo] = people(ldap_ground, "jo")
    team = group(ldap_ground, "Team", jo)
    group(ldap_ground, "Staff", id_of(team))
    ldap_ground.directory.take()

    found = _groups(ldap_ground, jo)

    assert [(each.name, each.is_direct) for each in found] == [("Team", True), ("Staff", False)]
    assert len(ldap_ground.directory.take()) <= 9
