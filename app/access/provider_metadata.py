"""What an OpenID provider says of itself (OpenID Connect Discovery 1.0): where to send people, codes and questions for keys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_END = "end_session_endpoint"
_BASIC, _POST = "client_secret_basic", "client_secret_post"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The part that a client needs."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    auth_method: str
    """How to prove oneself at the token endpoint with a secret."""
    names_itself: bool
    """Whether its answers say from whom they are (RFC 9207)."""
    end_session_endpoint: str = ""
    """Where to send who wants to sign out there, too (RP-Initiated Logout 1.0 §2.1); empty where it offers that to nobody."""


def url_of(issuer: str) -> str:
    """Return where an issuer's metadata are (§4)."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def read_metadata(content: bytes, *, issuer: str) -> Metadata:
    """Read them; raise ValueError where they are another issuer's, or would lead away from HTTPS."""
    found = json.loads(content)
    # §4.3: the issuer must be just the one that was asked for.
    if not isinstance(found, dict) or found.get("issuer") != issuer:
        raise ValueError("the metadata are not those of the issuer")
    return Metadata(
        issuer,
        _endpoint(found, "authorization_endpoint"),
        _endpoint(found, "token_endpoint"),
        _endpoint(found, "jwks_uri"),
        _auth_method(found.get("token_endpoint_auth_methods_supported")),
        found.get("authorization_response_iss_parameter_supported") is True,
        _endpoint(found, _END) if found.get(_END) else "",
    )


def _endpoint(found: Mapping[str, Any], name: str) -> str:
    url = found.get(name)
    parts = urlsplit(url) if isinstance(url, str) and url.isprintable() else urlsplit("")
    if parts.scheme != "https" or not parts.netloc:
        raise ValueError(f"{name} is no HTTPS URL")
    return str(url)


def _auth_method(supported: object) -> str:
    # Basic is what OpenID Connect Core §9 starts from; in a body no character of a secret is misread.
    return _POST if isinstance(supported, list) and _POST in supported else _BASIC
