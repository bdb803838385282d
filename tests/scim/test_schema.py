"""Schemas and resource types know their attributes."""

from __future__ import annotations

from tests.scim.samples import ENTERPRISE, GROUP, ROBOT, USER


def test_lookup_ignores_case() -> None:
    """Attributes, sub-attributes and extensions are found in any case."""
    name = USER.attribute("NAME")

    assert name is USER.schema.attribute("name")
    assert name is not None
    assert name.sub_attribute("GIVENNAME") == name.sub_attribute("givenName")
    assert USER.extension(ENTERPRISE.upper()) is USER.extensions[0]
    assert USER.attribute("none") is None
    assert USER.extension("urn:none") is None


def test_common_attributes() -> None:
    """Every resource type has the common attributes of RFC 7643 §3.1."""
    assert [attribute.name for attribute in GROUP.core_attributes] == [
        *("schemas", "id", "externalId", "meta"),
        *("displayName", "members"),
    ]


def test_resource_types_are_keys() -> None:
    """Resource types with the same name and schema land in the same place of a cache, and others do not."""
    assert len({USER, GROUP, ROBOT, USER}) == 3
