"""Opaque tokens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from app.access.tokens import Grant, Token
from app.store.tables import TokenRow
from tests.store.fakes import NOON

if TYPE_CHECKING:
    from tests.access.fakes import Access

GRANT = Grant(
    client_id="hr",
    owner_kind="administrator",
    subject="ann",
    scopes=frozenset({"b", "a"}),
    access_seconds=60,
    refresh_seconds=600,
)


def test_an_access_token_stands_for_its_grant(access: Access) -> None:
    """A token is known with all that it was issued for."""
    issued = access.tokens.issue(GRANT)

    token = access.tokens.verify(issued.access_token)

    assert token == Token(
        type="access",
        family=token.family if token else "",
        client_id="hr",
        owner_kind="administrator",
        subject="ann",
        scopes=frozenset({"a", "b"}),
        issued=NOON,
        expires=NOON + timedelta(seconds=60),
        revoked=None,
    )


def test_the_database_holds_digests_only(access: Access) -> None:
    """Whoever reads the database cannot use a token."""
    issued = access.tokens.issue(GRANT)

    with access.database.reading() as session:
        digests = session.scalars(select(TokenRow.digest)).all()
    assert not {issued.access_token, issued.refresh_token} & set(digests)


def test_a_refresh_token_is_no_access_token(access: Access) -> None:
    """Each type is good for its own purpose."""
    issued = access.tokens.issue(GRANT)

    assert access.tokens.verify(issued.refresh_token or "") is None
    assert access.tokens.verify(issued.access_token, "refresh") is None
    assert access.tokens.verify(issued.refresh_token or "", "refresh")


def test_a_grant_may_have_no_refresh_token(access: Access) -> None:
    """Without a lifetime there is none."""
    assert access.tokens.issue(replace(GRANT, refresh_seconds=None)).refresh_token is None


@pytest.mark.parametrize(("seconds", "is_good"), [(59, True), (60, False)])
def test_a_token_expires(access: Access, seconds: int, is_good: bool) -> None:  # noqa: FBT001 - a table's column
    """A token is good until its last second has passed."""
    issued = access.tokens.issue(GRANT)

    access.clock.advance(seconds)

    assert bool(access.tokens.verify(issued.access_token)) is is_good


@pytest.mark.parametrize("token", ["", "unknown", "ü" * 100_000, "' OR '1'='1"])
def test_an_unknown_token_is_nothing(access: Access, token: str) -> None:
    """What was not issued stands for nothing."""
    access.tokens.issue(GRANT)

    assert access.tokens.find(token) is None
    assert access.tokens.consume(token) is False


def test_a_revoked_access_token_leaves_the_others(access: Access) -> None:
    """Ending an access token ends no more than that."""
    issued = access.tokens.issue(GRANT)

    access.tokens.revoke(issued.access_token)

    assert access.tokens.verify(issued.access_token) is None
    assert access.tokens.verify(issued.refresh_token or "", "refresh")


def test_a_revoked_refresh_token_ends_its_family(access: Access) -> None:
    """With the refresh token go all tokens of its grant, and no others."""
    issued, other = access.tokens.issue(GRANT), access.tokens.issue(GRANT)

    access.tokens.revoke(issued.refresh_token or "")

    assert access.tokens.verify(issued.access_token) is None
    assert access.tokens.verify(other.access_token)


def test_a_refresh_token_works_once(access: Access) -> None:
    """Of several uses at the same time one succeeds."""
    issued = access.tokens.issue(GRANT)

    with ThreadPoolExecutor(4) as threads:
        uses = list(threads.map(access.tokens.consume, [issued.refresh_token or ""] * 4))

    assert sorted(uses) == [False, False, False, True]


def test_a_refresh_token_that_comes_again_ends_its_family(access: Access) -> None:
    """A second use means that somebody else has it too."""
    first = access.tokens.issue(GRANT)
    token = access.tokens.find(first.refresh_token or "")
    access.tokens.consume(first.refresh_token or "")
    second = access.tokens.issue(replace(GRANT, family=token.family if token else None))

    access.tokens.consume(first.refresh_token or "")

    assert access.tokens.verify(second.access_token) is None


def test_all_tokens_of_a_client_can_be_ended(access: Access) -> None:
    """A client that is deleted or robbed loses all its tokens."""
    mine, other = access.tokens.issue(GRANT), access.tokens.issue(replace(GRANT, client_id="crm"))

    access.tokens.revoke_client("hr")

    assert access.tokens.verify(mine.access_token) is None
    assert access.tokens.verify(other.access_token)


def test_expired_tokens_go_with_the_next_grant(access: Access) -> None:
    """The table does not grow without end, even where nobody purges it."""
    old, other = access.tokens.issue(GRANT), access.tokens.issue(replace(GRANT, client_id="crm"))
    access.clock.advance(60)

    access.tokens.issue(GRANT)

    assert access.tokens.find(old.access_token) is None
    assert access.tokens.find(old.refresh_token or "")
    assert access.tokens.find(other.access_token) is None
