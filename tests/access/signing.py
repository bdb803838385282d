"""Others who sign: their keys, their key sets and their tokens."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.store.fakes import NOON

NOW = int(NOON.timestamp())


@dataclass
class Signer:
    """Somebody with a key. Keys are made quickly, on a curve."""

    key_id: str = "one"
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"use": "sig"}))

    def jwk(self) -> dict[str, Any]:
        """Return the public key."""
        return {**self.key.as_dict(private=False), "kid": self.key_id}

    def jwks(self, *others: Signer) -> bytes:
        """Return a key set, with the keys of others in it."""
        return json.dumps({"keys": [each.jwk() for each in (self, *others)]}).encode()

    def sign(self, claims: dict[str, Any], **header: object) -> str:
        """Sign claims; those that are None are left out."""
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": self.key_id, **header}, kept, self.key)


def with_shared_secret(claims: dict[str, Any], secret: bytes) -> str:
    """Sign with what both sides know, as an attacker does who knows the public key."""
    text = _compact({"alg": "HS256", "kid": "one"}, claims)
    return f"{text}.{_base64(hmac.digest(secret, text.encode(), 'sha256'))}"


def unsigned(claims: dict[str, Any]) -> str:
    """Claim without signing."""
    return _compact({"alg": "none", "kid": "one"}, claims) + "."


def _compact(*parts: dict[str, Any]) -> str:
    return ".".join(_base64(json.dumps(part).encode()) for part in parts)


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
