"""How an application's client and users are served: the keys ``client`` and ``self_service`` of its document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from app.scim.client_profile import ClientProfile

if TYPE_CHECKING:
    from collections.abc import Mapping

SELF_SERVICE = (
    "displayName",
    "nickName",
    "profileUrl",
    "phoneNumbers",
    "addresses",
    "ims",
    "photos",
    "preferredLanguage",
    "locale",
    "timezone",
    "password",
)
"""What users may change of themselves where nothing else is said: nothing that others decide or trust by."""
_ATTRIBUTE = validate.Regexp(
    r"(urn:[^\s]+:)?[A-Za-z][A-Za-z0-9_$-]*\Z", error="names an attribute, without a part of it"
)


class ClientSchema(Schema):
    """The keys of ``client``."""

    create_on_replace = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={"description": "Whether a PATCH replace makes the element that its filter does not find."},
    )
    group_patch = fields.String(
        validate=validate.OneOf(("no_content", "resource")),
        metadata={
            "description": "What a PATCH of a group is answered with: no_content (204, the default), or the resource."
        },
    )
    unknown_members = fields.String(
        validate=validate.OneOf(("refuse", "ignore")),
        metadata={
            "description": "What becomes of members that do not exist: refuse (the default), or ignore."
        },
    )
    complete_answers = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={
            "description": "Whether answers to changes always have meta.version and meta.lastModified, "
            "also where that costs another search (Active Directory)."
        },
    )


def read_client(keys: Mapping[str, Any]) -> ClientProfile:
    """Make the value of a valid document's ``client``."""
    return ClientProfile(
        create_on_replace=keys.get("create_on_replace", False),
        shows_patched_groups=keys.get("group_patch") == "resource",
        ignores_unknown_members=keys.get("unknown_members") == "ignore",
        complete_answers=keys.get("complete_answers", False),
    )


def self_service_field() -> fields.List[str]:
    """Make the field for what users may change of themselves."""
    return fields.List(
        fields.String(validate=_ATTRIBUTE),
        metadata={
            "description": "The attributes that users may change of themselves at /Me; "
            f"by default {', '.join(SELF_SERVICE)}."
        },
    )
