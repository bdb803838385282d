"""Who is made anew under the name of a deleted account is made; the record says who can be had back instead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dn import Dn
from app.directory.errors import InsufficientAccess
from app.directory.filters import Substrings
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Entry, Search
from app.provisioning.deletion import Deletion
from app.provisioning.leftovers import restore
from app.provisioning.trail import Origin, event_of
from app.scim.errors import UniquenessConflict
from app.testing.samba import SambaAdContainer
from tests.provisioning.conftest import AD, CountingDirectory, Ground, memory_ground, user
from tests.provisioning.test_deletion import retiring
from tests.provisioning.test_domain_target import id_of
from tests.provisioning.test_groups import group


def offering(ground: Ground) -> Ground:
    """Have a domain look who had a name."""
    ground.deletion = replace(ground.deletion, offers_restoring=True)
    return ground


def made_again(ground: Ground) -> tuple[str, str]:
    """Make a user, delete it, and make one of that name again; return both ids."""
    first = id_of(ground.target().create(user(password="secret")))
    ground.target().delete(first)
    return first, id_of(ground.target().create(user(password="secret")))


@pytest.mark.parametrize("action", ["disable", "move"])
def test_offered(action: str) -> None:
    """The trail names the account that stayed behind, and the command that brings it back; that is a search more."""
    ground = offering(retiring(memory_ground(), action))

    first, second = made_again(ground)

    made = ground.recorded[-1]
    assert (made.action, made.resource_id, first != second) == ("create", second, True)
    assert made.detail.endswith(f"landbridge users restore --domain PRIMARY {first}")
    assert event_of(made, Origin("ann", "hr")).detail == made.detail
    assert ground.directory.take()[-3:] == ["search", "Add", "SetPassword"]
    ground.target().create(user(userName="bo"))
    assert ground.recorded[-1].detail == ""


def test_not_offered() -> None:
    """Nobody looks unless the domain says so, where accounts are deleted for good, or for groups."""
    plain, final = retiring(memory_ground(), "disable"), offering(memory_ground())

    for ground in (plain, final):
        made_again(ground)
        assert ground.recorded[-1].detail == ""
        assert ground.directory.take()[-2:] == ["Add", "SetPassword"]
    group(offering(retiring(memory_ground(), "disable")), "Staff")


class Blind(CountingDirectory):
    """A directory that shows nobody of those who were deleted."""

    def search(self, search: Search) -> Iterator[Entry]:
        """Refuse it."""
        if isinstance(search.filter, Substrings):
            raise InsufficientAccess("no")
        return super().search(search)


def test_who_may_not_look() -> None:
    """Whoever may not look makes accounts all the same."""
    ground = offering(retiring(memory_ground(), "disable"))
    ground.directory = Blind(ground.directory.inner)

    made_again(ground)

    assert ground.recorded[-1].detail == ""


@pytest.mark.container
@pytest.mark.directory
def test_on_active_directory(ad_ground: Ground, samba_ad: SambaAdContainer) -> None:
    """Of what the directory keeps the trail tells, too; it is had back by id once the new account has gone."""
    administrator = ConnectionSettings(
        servers=(ServerAddress.parse(samba_ad.ldaps_uri),),
        bind_dn=Dn.parse(samba_ad.config_dn),
        bind_password=samba_ad.config_password,
        tls=Tls(ca_file=str(samba_ad.ca_file)),
    )
    with closing(LdapDirectory(administrator)) as directory:
        ground = Ground(CountingDirectory(directory), ad_ground.base, product=AD)
        ground.deletion = Deletion(offers_restoring=True)

        first, second = made_again(ground)
        detail, domain = ground.recorded[-1].detail, ground.domain()

        assert f"landbridge users restore --domain PRIMARY {first}" in detail
        with pytest.raises(UniquenessConflict, match="exists already"):
            restore(domain, domain.maps["User"], first, record=ground.recorded.append)
        ground.target().delete(second)
        restore(domain, domain.maps["User"], first, record=ground.recorded.append)
        assert ground.target().read(first).attributes["userName"] == "jo"


@pytest.mark.container
@pytest.mark.directory
def test_without_the_right(ad_ground: Ground) -> None:
    """A service account that may not see what was deleted makes accounts, and tells of nobody."""
    made_again(offering(ad_ground))

    assert ad_ground.recorded[-1].detail == ""
