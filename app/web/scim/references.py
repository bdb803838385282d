"""References that clients write by URI alone: ``{"$ref": "https://…/Users/26118915"}`` is the one with that id."""

from __future__ import annotations

from app.scim.resource import is_complex, is_list
from app.scim.schema import Value
from app.web.scim.locations import REF


def with_ids(body: Value) -> Value:
    """Give each reference that has only a URI the id that the URI ends with."""
    if is_list(body):
        return [with_ids(element) for element in body]
    if not is_complex(body):
        return body
    below = {
        name: with_ids(value) if isinstance(value, dict | list) else value for name, value in body.items()
    }
    uri = below.get(REF)
    if isinstance(uri, str) and uri and not below.get("value"):
        below["value"] = uri.rstrip("/").rpartition("/")[2]
    return below
