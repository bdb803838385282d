"""Resource owners: administrators first, then the users of the application's directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.access.application import Application, Provisioning
from app.access.owners import USER, USER_SCOPES, Owner
from app.access.scopes import ALL_SCOPES

if TYPE_CHECKING:
    from tests.access.fakes import Access

HR = Application("hr", provisioning=Provisioning("PRIMARY"))
PROXY = Application("proxy", provisioning=Provisioning("PRIMARY", proxy_mode=True))
NOWHERE = Application("nowhere")
JO = Owner(USER, "jo", USER_SCOPES)


def test_a_user_owns_its_tokens(access: Access) -> None:
    """A user of the application's domain is one, with no scope but its own affairs, as long as it is there."""
    access.users.passwords["PRIMARY", "jo"] = "open sesame"

    assert access.owners.authenticate("jo", "open sesame", HR) == JO
    assert access.owners.authenticate("jo", "wrong", HR) is None
    assert access.owners.find(USER, "jo", HR) == JO
    access.users.passwords.clear()
    assert access.owners.find(USER, "jo", HR) is None


def test_without_a_domain_there_are_no_users(access: Access) -> None:
    """Where requests go to no domain nobody is asked."""
    access.users.passwords["PRIMARY", "jo"] = "open sesame"

    for application in (PROXY, NOWHERE):
        assert access.owners.authenticate("jo", "open sesame", application) is None
    assert access.owners.find(USER, "jo", NOWHERE) is None


def test_administrators_go_first(access: Access) -> None:
    """An administrator is one, whatever users there are."""
    access.administrators.bootstrap("root", "open sesame")
    access.users.passwords["PRIMARY", "root"] = "open sesame"

    owner = access.owners.authenticate("root", "open sesame", HR)

    assert owner == Owner("administrator", "root", ALL_SCOPES)
