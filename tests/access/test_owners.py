"""Resource owners: administrators first, then the users of the application's directory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.access.application import Application, Provisioning
from app.access.owners import USER, USER_SCOPES, Owner
from app.access.scopes import ALL_SCOPES, LOGIN, READ_SCOPES
from app.store.document import Document

if TYPE_CHECKING:
    from tests.access.fakes import Access

HR = Application("hr", provisioning=Provisioning("PRIMARY"))
PROXY = Application("proxy", provisioning=Provisioning("PRIMARY", proxy_mode=True))
NOWHERE = Application("nowhere")
STAFF = "5b0d8b1e-0000-4000-8000-000000000001"
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


def test_a_user_s_groups_give_it_rights(access: Access) -> None:
    """Those that the application's document names, as they are at this moment; others give nothing."""
    access.users.passwords["PRIMARY", "jo"] = "open sesame"
    roles = ((STAFF, frozenset({"a", "b"})), ("other", frozenset({"c"})))
    application = replace(HR, user_roles=roles)
    assert access.owners.find(USER, "jo", application) == JO

    access.users.groups["jo"] = frozenset({STAFF, "unknown"})

    expected = Owner(USER, "jo", USER_SCOPES | {"a", "b"})
    assert access.owners.authenticate("jo", "open sesame", application) == expected
    assert access.owners.find(USER, "jo", application) == expected


def test_roles_of_groups_are_read(access: Access) -> None:
    """A role is one of ours, or a list of scopes; a group is named by its id."""
    roles = {STAFF.upper(): "viewer", "5b0d8b1e-0000-4000-8000-000000000002": [LOGIN]}
    access.apply(Document("Application", "hr", {"user_roles": roles}))

    read = dict(access.applications.get("hr").user_roles)
    assert read == {STAFF: READ_SCOPES, "5b0d8b1e-0000-4000-8000-000000000002": {LOGIN}}

    for wrong in ({"Staff": "viewer"}, {STAFF: "king"}, {STAFF: ["openid"]}):
        [problem] = access.documents.problems([Document("Application", "hr", {"user_roles": wrong})])
        assert "user_roles" in str(problem)
