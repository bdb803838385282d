"""Long-lived tokens that have names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.access.application import Application
from app.access.named_tokens import NamedTokenError, NoSuchToken
from app.access.tokens import KEEP_NAMED, NOTE_USE_EVERY, Grant
from tests.access.fakes import Access
from tests.store.fakes import NOON

USERS = "internal_user_mgt_view"
GROUPS = "internal_group_mgt_view"
YEAR = timedelta(days=365)


@pytest.fixture
def application(access: Access) -> Application:
    """Make an application that may look."""
    access.applications.create("entra", author="ann")
    apis = {"SCIM2 Users API": [USERS], "SCIM2 Groups API": [GROUPS]}
    return access.applications.set_apis("entra", apis, author="ann")


def test_a_token_stands_for_its_application(access: Access, application: Application) -> None:
    """It opens what the application may do, and nothing that the application lost since."""
    token = access.named_tokens.create(application, "Entra ID", lifetime=YEAR)

    caller = access.callers.by_token(token)
    access.applications.set_apis("entra", {"SCIM2 Users API": [USERS]}, author="ann")
    later = access.callers.by_token(token)

    assert caller
    assert caller.subject == "entra"
    assert caller.scopes == {USERS, GROUPS}
    assert later
    assert later.scopes == {USERS}


def test_a_token_may_be_good_for_less(access: Access, application: Application) -> None:
    """Least privilege: a token need not have all that its application has."""
    token = access.named_tokens.create(application, "lookup", lifetime=YEAR, scopes=f"{USERS} {USERS}_more")

    caller = access.callers.by_token(token)

    assert caller
    assert caller.scopes == {USERS}


def test_a_list_tells_all_but_the_token(access: Access, application: Application) -> None:
    """What is kept cannot be sent; when it was used last is noted, but not at each request."""
    token = access.named_tokens.create(application, "Entra ID", lifetime=YEAR)
    access.callers.by_token(token)
    access.clock.advance(NOTE_USE_EVERY.total_seconds() - 1)
    access.callers.by_token(token)

    [listed] = access.named_tokens.list(application)

    assert token not in repr(listed)
    assert listed.id not in token
    assert (listed.name, listed.issued, listed.expires) == ("Entra ID", NOON, NOON + YEAR)
    assert listed.last_used == NOON
    access.clock.advance(1)
    access.callers.by_token(token)
    assert access.named_tokens.list(application)[0].last_used == NOON + NOTE_USE_EVERY


def test_a_revoked_token_ends_at_once(access: Access, application: Application) -> None:
    """Others stay; the list still has it, and its name is free."""
    tokens = {name: access.named_tokens.create(application, name, lifetime=YEAR) for name in ("a", "b")}
    [first, _] = access.named_tokens.list(application)

    access.named_tokens.revoke(application, first.id)

    assert access.callers.by_token(tokens["a"]) is None
    assert access.callers.by_token(tokens["b"])
    assert {each.name: each.state(NOON) for each in access.named_tokens.list(application)} == {
        "a": "revoked",
        "b": "active",
    }
    assert access.named_tokens.create(application, "a", lifetime=YEAR)


def test_an_expired_token_is_shown_for_a_while(access: Access, application: Application) -> None:
    """People shall see why their client is refused; in the end it is forgotten."""
    token = access.named_tokens.create(application, "Entra ID", lifetime=timedelta(days=1))
    other = Grant(client_id="x", owner_kind="application", subject="x", scopes=frozenset(), access_seconds=1)
    access.clock.advance(86_400)
    access.tokens.issue(other)

    assert access.callers.by_token(token) is None
    assert access.named_tokens.list(application)[0].state(access.clock()) == "expired"

    access.clock.advance(KEEP_NAMED.total_seconds())
    access.tokens.issue(other)
    assert access.named_tokens.list(application) == []


def test_another_application_s_token_is_out_of_reach(access: Access, application: Application) -> None:
    """An application's tokens are its own."""
    access.named_tokens.create(application, "Entra ID", lifetime=YEAR)
    [token] = access.named_tokens.list(application)
    other = access.applications.create("okta", author="ann")

    with pytest.raises(NoSuchToken):
        access.named_tokens.revoke(other, token.id)

    assert access.named_tokens.list(other) == []


@pytest.mark.parametrize("token_id", ["", "%", "_", "none"])
def test_an_unknown_token(access: Access, application: Application, token_id: str) -> None:
    """Wild cards are no ids."""
    access.named_tokens.create(application, "Entra ID", lifetime=YEAR)

    with pytest.raises(NoSuchToken):
        access.named_tokens.revoke(application, token_id)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param(("", YEAR, None), "name has", id="no-name"),
        pytest.param(("x" * 101, YEAR, None), "name has", id="long-name"),
        pytest.param(("a\n", YEAR, None), "name has", id="line-end"),
        pytest.param(("taken", YEAR, None), "taken already", id="taken"),
        pytest.param(("a", timedelta(0), None), "lives for", id="no-time"),
        pytest.param(("a", 11 * YEAR, None), "lives for", id="too-long"),
        pytest.param(("a", YEAR, "openid"), "none of these scopes", id="no-scope"),
    ],
)
def test_what_will_not_do(
    access: Access, application: Application, asked: tuple[str, timedelta, str | None], words: str
) -> None:
    """A token is refused with the reason, and none is made."""
    access.named_tokens.create(application, "taken", lifetime=YEAR)
    name, lifetime, scopes = asked

    with pytest.raises(NamedTokenError, match=words):
        access.named_tokens.create(application, name, lifetime=lifetime, scopes=scopes)

    assert len(access.named_tokens.list(application)) == 1


def test_an_application_without_client_id_has_none(access: Access, application: Application) -> None:
    """The resident application's callers have names and passwords."""
    with pytest.raises(NamedTokenError, match="no client_id"):
        access.named_tokens.create(replace(application, client_id=None), "a", lifetime=YEAR)
