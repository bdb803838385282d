"""Names that programs use, in words for people."""

from __future__ import annotations

import re
from datetime import datetime

from app.access.scopes import ADMIN, BULK, LOGIN
from app.store.audit import AuditEvent

_KNOWN = {
    "userName": "User name",
    "name.formatted": "Full name",
    "name.familyName": "Family name",
    "name.givenName": "Given name",
    "active": "Active",
    "addresses": "Address",
    "emails": "Email",
    "phoneNumbers": "Phone",
    "profileUrl": "Profile URL",
    "client_credentials": "Client credentials",
    "refresh_token": "Refresh token",
    "password": "Password",
    "tokens.access_seconds": "Seconds that an access token lives",
    "tokens.refresh_seconds": "Seconds that a refresh token lives",
    BULK: "Send several operations in one request",
    LOGIN: "Read and change one's own account",
    ADMIN: "Administer Landbridge, as far as the owner's role allows",
    "openldap": "OpenLDAP",
    "active-directory": "Active Directory",
    "389ds": "389 Directory Server",
    "ad-lds": "AD LDS",
    "SchemaMap": "Map",
    "MapExamples": "Examples",
    "Domain": "User store",
}
_SCOPE = re.compile(r"internal_(?P<what>user|group)_mgt_(?P<verb>\w+)")
_PLACE = re.compile(
    r"(?:(?P<urn>urn:.+):)?(?P<attribute>[^\[.]+)(?:\[(?P<type>[^\]]+)\])?(?:\.(?P<part>.+))?"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def label(name: str) -> str:
    """Name a grant, a scope, or a place in a resource as people would."""
    if name in _KNOWN:
        return _KNOWN[name]
    if found := _SCOPE.fullmatch(name):
        return f"{found['verb'].capitalize()} {found['what']}s"
    return _place(name)


def what(event: AuditEvent) -> str:
    """Say what was done, without to which one: "Create user"."""
    kind = event.resource_type
    is_acronym = kind[:2].isupper()
    return f"{event.action.capitalize()} {kind if is_acronym else kind.lower()}"


def day(time: datetime) -> str:
    """Write the day of a time."""
    return f"{time:%Y-%m-%d}"


def hour(time: datetime) -> str:
    """Write the time of day."""
    return f"{time:%H:%M:%S}"


def _place(name: str) -> str:
    found = _PLACE.fullmatch(name)
    if found is None:
        return name
    kind = f" ({found['type']})" if found["type"] else ""
    attribute = _KNOWN.get(found["attribute"]) or _words(found["attribute"])
    if not found["part"] or found["part"] in {"value", "formatted"}:
        return attribute + kind
    # The parts of an address speak for themselves.
    part = _words(found["part"])
    return f"{part}{kind}" if kind else f"{attribute}: {part.lower()}"


def _words(camel: str) -> str:
    return _CAMEL.sub(" ", camel).capitalize()
