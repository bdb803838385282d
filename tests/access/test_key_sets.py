"""Public keys of others: when they are fetched, and what is signed with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc import jwt

from app.access.key_sets import (
    ASK_AGAIN_SECONDS,
    KEEP_LOST_SECONDS,
    KEEP_SECONDS,
    InvalidJwt,
    KeySource,
    KeysUnavailable,
    check_times,
    peek,
)
from tests.access.fakes import Access
from tests.access.signing import NOW, Signer, unsigned, with_shared_secret

URL = "https://issuer.example/jwks.json"
SOURCE = KeySource(url=URL)


def _is_good(access: Access, token: str, source: KeySource = SOURCE) -> bool:
    try:
        return access.key_sets.claims(token, source) == {"a": 1}
    except InvalidJwt:
        return False


def test_keys_are_fetched_once(access: Access) -> None:
    """And again when they are old."""
    signer = Signer()
    access.served[URL] = signer.jwks()

    assert _is_good(access, signer.sign({"a": 1}))
    assert _is_good(access, signer.sign({"a": 1}))
    assert access.fetched == [URL]
    access.clock.advance(KEEP_SECONDS)
    assert _is_good(access, signer.sign({"a": 1}))
    assert access.fetched == [URL, URL]


def test_a_new_key_is_known_soon(access: Access) -> None:
    """An issuer may change its keys; who makes key ids up does not have us ask all the time."""
    old, new = Signer("old"), Signer("new")
    access.served[URL] = old.jwks()
    assert _is_good(access, old.sign({"a": 1}))

    access.served[URL] = new.jwks(old)
    assert not _is_good(access, new.sign({"a": 1}))
    access.clock.advance(ASK_AGAIN_SECONDS)
    assert _is_good(access, new.sign({"a": 1}))

    for number in range(5):
        assert not _is_good(access, Signer(f"none{number}").sign({"a": 1}))
    assert len(access.fetched) == 2


def test_a_key_that_is_gone_is_good_no_longer(access: Access) -> None:
    """What an issuer takes back ends with the next fetch."""
    old, new = Signer("old"), Signer("new")
    access.served[URL] = old.jwks()
    assert _is_good(access, old.sign({"a": 1}))

    access.served[URL] = new.jwks()
    access.clock.advance(KEEP_SECONDS)

    assert not _is_good(access, old.sign({"a": 1}))


def test_keys_that_cannot_be_had_are_kept_for_a_day(access: Access) -> None:
    """An issuer that is down for an hour stops nobody; one that is gone does."""
    signer = Signer()
    access.served[URL] = signer.jwks()
    assert _is_good(access, signer.sign({"a": 1}))

    del access.served[URL]
    access.clock.advance(KEEP_LOST_SECONDS - 1)
    assert _is_good(access, signer.sign({"a": 1}))
    access.clock.advance(ASK_AGAIN_SECONDS)
    with pytest.raises(KeysUnavailable):
        _is_good(access, signer.sign({"a": 1}))


@pytest.mark.parametrize("served", [None, b"", b"[]", b'{"keys": 1}', b'{"keys": [{"kty": "EC"}]}', b"\xff"])
def test_no_key_set(access: Access, served: bytes | None) -> None:
    """What is no key set opens nothing, and is not asked for at each request."""
    if served is not None:
        access.served[URL] = served

    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            _is_good(access, Signer().sign({"a": 1}))

    assert access.fetched == [URL]


def test_keys_from_a_file(access: Access, tmp_path: Path) -> None:
    """A file that changes is read again."""
    file, source = tmp_path / "jwks.json", KeySource(file=str(tmp_path / "jwks.json"))
    with pytest.raises(KeysUnavailable):
        _is_good(access, Signer().sign({"a": 1}), source)

    signer = Signer()
    file.write_bytes(signer.jwks())
    access.clock.advance(ASK_AGAIN_SECONDS)

    assert _is_good(access, signer.sign({"a": 1}), source)


def test_a_token_without_key_id(access: Access) -> None:
    """Each of the keys is tried."""
    first, second = Signer("one"), Signer("two")
    access.served[URL] = first.jwks(second)

    assert _is_good(access, jwt.encode({"alg": "ES256"}, {"a": 1}, second.key))


def test_forgeries(access: Access) -> None:
    """No signature, another's, a shared secret made of the public key, a changed claim."""
    signer = Signer()
    access.served[URL] = signer.jwks()
    head, _, signature = signer.sign({"a": 1}).split(".")
    forged = Signer().sign({"a": 1}).split(".")[1]
    secret = {"kty": "oct", "kid": "one", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQ"}
    secret_set = json.dumps({"keys": [signer.jwk(), secret]})

    assert not _is_good(access, Signer().sign({"a": 1}))
    assert not _is_good(access, unsigned({"a": 1}))
    assert not _is_good(access, with_shared_secret({"a": 1}, signer.key.as_pem(private=False)))
    assert not _is_good(access, f"{head}.{Signer().sign({'a': 1, 'b': 2}).split('.')[1]}.{signature}")
    assert not _is_good(access, f"{head}.{forged}.")
    assert not _is_good(
        access, with_shared_secret({"a": 1}, b"secret-secret-secret"), KeySource(keys=secret_set)
    )


@pytest.mark.parametrize("text", ["", "a.b.c", "..", "é.b.c", "a" * 20_000, "e30.e30.e30"])
def test_no_jwt(access: Access, text: str) -> None:
    """Any text may come as a token; nothing is fetched for it."""
    with pytest.raises(InvalidJwt):
        access.key_sets.claims(text, SOURCE)
    with pytest.raises(InvalidJwt):
        peek(text)

    assert access.fetched == []


@pytest.mark.parametrize(
    ("claims", "holds"),
    [
        pytest.param({"exp": NOW + 1}, True, id="good"),
        pytest.param({"exp": NOW - 59}, True, id="clocks-differ"),
        pytest.param({"exp": NOW - 60}, False, id="over"),
        pytest.param({}, False, id="without-end"),
        pytest.param({"exp": NOW + 600, "nbf": NOW + 61}, False, id="not-yet"),
        pytest.param({"exp": NOW + 600, "iat": NOW + 61}, False, id="issued-later"),
        pytest.param({"exp": NOW + 600, "nbf": NOW + 60, "iat": NOW}, True, id="just-begun"),
        pytest.param({"exp": str(NOW + 600)}, False, id="text"),
        pytest.param({"exp": True}, False, id="boolean"),
    ],
)
def test_times(claims: dict[str, object], holds: bool) -> None:  # noqa: FBT001 - an expectation
    """A token has an end, and holds between its times, give or take a minute."""
    try:
        check_times(claims, now=NOW)
    except InvalidJwt:
        assert not holds
    else:
        assert holds
