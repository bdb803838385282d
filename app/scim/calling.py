"""What people call a user by, of all that a resource may say."""

from __future__ import annotations

from app.scim.path import AttributePath
from app.scim.resource import Resource

_WHOLE = (AttributePath("displayName"), AttributePath("name", "formatted"))
_PARTS = (AttributePath("name", "givenName"), AttributePath("name", "familyName"))


def full_name(user: Resource) -> str:
    """Return the name that a user is shown by, or what can be made of its parts; empty where there is none."""
    whole = (user.get(path) for path in _WHOLE)
    parts = (user.get(path) for path in _PARTS)
    return next((str(name) for name in whole if name), "") or " ".join(str(part) for part in parts if part)
