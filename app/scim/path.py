"""Attribute paths: how filters, projections, PATCH operations and maps name an attribute (RFC 7644 §3.10)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AttributePath:
    """An attribute, or a sub-attribute of one: ``name.givenName``, ``urn:…:enterprise:2.0:User:manager.value``.

    ``schema`` is the extension's URN and None for core attributes. Once resolved against a resource type, names
    stand in the schema's own spelling, so that equal paths are equal values.
    """

    attribute: str
    sub_attribute: str | None = None
    schema: str | None = None

    def __str__(self) -> str:
        """Write the path as RFC 7644 does."""
        prefix = f"{self.schema}:" if self.schema else ""
        suffix = f".{self.sub_attribute}" if self.sub_attribute else ""
        return f"{prefix}{self.attribute}{suffix}"
