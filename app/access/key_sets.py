"""Public keys of others (RFC 7517), and what is signed with them.

Keys come from a URL, a file or the document itself. They are kept for a while, fetched anew when somebody signs with one
that is not known, and kept on when they cannot be had; what they are fetched with comes from outside.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from marshmallow import Schema, ValidationError, fields, validates_schema

if TYPE_CHECKING:
    from joserfc.jwk import Key
    from joserfc.jwt import Token

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
"""With public keys only: a secret that both sides know has no place in a key set."""
PUBLIC_TYPES = frozenset({"RSA", "EC", "OKP"})
MAX_BYTES = 262_144
MAX_TOKEN_LENGTH = 16_384
KEEP_SECONDS = 600.0
KEEP_LOST_SECONDS = 86_400.0
LATEST = 253_402_300_800
"""The year 10000, in which no clock here can be."""
ASK_AGAIN_SECONDS = 60.0
"""How long a source is left alone after it was asked, whoever may sign with what."""

Fetch = Callable[[str, str | None], bytes]
"""Fetches a URL, trusting the authorities in a file where one is named; raises KeysUnavailable."""
_log = structlog.get_logger(__name__)


class KeysUnavailable(Exception):
    """The keys cannot be had, so nobody can say whether something is signed with them."""


class InvalidJwt(Exception):
    """A text is no JWT, or none that was signed with one of the keys."""


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where keys are; one of the three is given."""

    url: str | None = None
    file: str | None = None
    keys: str | None = None
    """A key set as JSON."""
    ca_file: str | None = None
    """Whom to trust where ``url`` is."""


@dataclass(frozen=True, slots=True)
class _Kept:
    keys: KeySet | None
    fetched: float
    asked: float


class KeySets:
    """The keys of all sources. ``monotonic`` counts seconds."""

    def __init__(self, *, fetch: Fetch, monotonic: Callable[[], float]) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._kept: dict[KeySource, _Kept] = {}
        self._locks: dict[KeySource, Lock] = {}

    def claims(self, token: str, source: KeySource) -> Mapping[str, Any]:
        """Return what a JWT says, as ``verified`` does, without its header."""
        return self.verified(token, source).claims

    def verified(self, token: str, source: KeySource) -> Token:
        """Return a JWT that was signed with a source's key. Nothing is said of whether what it says holds.

        Raises:
            InvalidJwt: if it was not.
            KeysUnavailable: if the source's keys cannot be had.
        """
        key_id = _header(token).get("kid")
        keys = self._keys(source, key_id)
        candidates = [key for key in keys if key_id is None or key.kid == key_id]
        for key in candidates:
            try:
                return jwt.decode(token, key, algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                continue
        raise InvalidJwt("the token is not signed with a known key")

    def _keys(self, source: KeySource, key_id: object) -> list[Key]:
        # Whoever waits for one issuer keeps nobody else waiting.
        with self._locks.setdefault(source, Lock()):
            kept = self._kept.get(source)
            if kept is None or self._is_due(kept, key_id):
                kept = self._kept[source] = self._asked(source, kept)
        if kept.keys is None:
            raise KeysUnavailable("the keys of the issuer cannot be had at present")
        return [key for key in kept.keys if key.key_type in PUBLIC_TYPES and not key.is_private]

    def _is_due(self, kept: _Kept, key_id: object) -> bool:
        now = self._monotonic()
        if now - kept.asked < ASK_AGAIN_SECONDS:
            return False
        is_unknown = kept.keys is None or (key_id is not None and all(key.kid != key_id for key in kept.keys))
        return is_unknown or now - kept.fetched >= KEEP_SECONDS

    def _asked(self, source: KeySource, kept: _Kept | None) -> _Kept:
        now = self._monotonic()
        try:
            return _Kept(read_keys(self._read(source)), now, now)
        except (KeysUnavailable, ValueError) as error:
            _log.warning("keys_unavailable", source=source.url or source.file, reason=str(error))
        if kept is None or now - kept.fetched >= KEEP_LOST_SECONDS:
            return _Kept(None, now, now)
        return _Kept(kept.keys, kept.fetched, now)

    def _read(self, source: KeySource) -> bytes:
        if source.url is not None:
            return self._fetch(source.url, source.ca_file)
        if source.keys is not None:
            return source.keys.encode()
        try:
            with Path(source.file or "").open("rb") as file:
                return file.read(MAX_BYTES)
        except OSError as error:
            raise KeysUnavailable(f"the file {source.file} cannot be read: {error.strerror}") from error


def read_keys(text: bytes) -> KeySet:
    """Read a key set; raise ValueError."""
    try:
        found = json.loads(text)
        return KeySet.import_key_set({"keys": [key for key in found["keys"] if key["kty"] in PUBLIC_TYPES]})
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise ValueError("is no JSON Web Key Set") from error


def peek(token: str) -> Mapping[str, Any]:
    """Return what a JWT claims, which anybody may have written; raise InvalidJwt."""
    _header(token)
    try:
        claims = json.loads(extract_compact(token.encode()).payload)
    except (JoseError, ValueError) as error:
        raise InvalidJwt("the token is no JWT") from error
    if not isinstance(claims, dict):
        raise InvalidJwt("the token is no JWT")
    return claims


def check_times(claims: Mapping[str, Any], *, now: float, leeway: float = 60.0) -> None:
    """See that claims hold now (RFC 7519 §4.1.4 to §4.1.6); raise InvalidJwt. An end must be given."""
    times = {name: claims.get(name) for name in ("exp", "nbf", "iat")}
    if any(not _is_time(time) for time in times.values()) or times["exp"] is None:
        raise InvalidJwt("the token's times are wrong")
    begins = max(times["nbf"] or 0, times["iat"] or 0)
    if not begins - leeway <= now < times["exp"] + leeway:
        raise InvalidJwt("the token is not valid at this time")


def audiences(claims: Mapping[str, Any]) -> frozenset[str]:
    """Return for whom a JWT is (RFC 7519 §4.1.3)."""
    found = claims.get("aud")
    values: Iterable[object] = found if isinstance(found, list) else [found]
    return frozenset(value for value in values if isinstance(value, str))


class KeySourceSchema(Schema):
    """Where public keys are, as a document says it."""

    url = fields.Url(schemes={"https"}, require_tld=False, metadata={"description": "A JWKS over HTTPS."})
    file = fields.String(metadata={"description": "A JWKS in a file."})
    ca_file = fields.String(metadata={"description": "PEM file of the authorities to trust at the url."})
    keys = fields.List(fields.Dict(), metadata={"description": "The public keys themselves, as JWKs."})

    @validates_schema
    def _check(self, values: Mapping[str, Any], **_: Any) -> None:
        if len(values.keys() - {"ca_file"}) != 1:
            raise ValidationError("is one of url, file and keys")
        if "ca_file" in values and "url" not in values:
            raise ValidationError({"ca_file": ["has no meaning without url"]})
        if "keys" not in values:
            return
        try:
            found = read_keys(json.dumps(values).encode())
        except ValueError as error:
            raise ValidationError({"keys": [str(error)]}) from error
        if any(key.is_private for key in found):
            raise ValidationError({"keys": ["holds a private key; only the public part belongs here"]})


def read_source(keys: Mapping[str, Any]) -> KeySource:
    """Make a source of what a valid document says."""
    if "keys" in keys:
        return KeySource(keys=json.dumps({"keys": keys["keys"]}, sort_keys=True))
    return KeySource(keys.get("url"), keys.get("file"), ca_file=keys.get("ca_file"))


def _header(token: str) -> Mapping[str, Any]:
    try:
        if len(token) > MAX_TOKEN_LENGTH:
            raise InvalidJwt("the token is too long")
        return extract_compact(token.encode("ascii")).headers()
    except (JoseError, ValueError) as error:
        raise InvalidJwt("the token is no JWT") from error


def _is_time(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LATEST
