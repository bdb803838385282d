"""A resource: its type and its attributes as canonical JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.scim.schema import ResourceType, Value


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as the protocol sees it.

    ``attributes`` is canonical: names in the schema's spelling, extension attributes below their URN, and neither
    nulls nor empty lists nor empty complex values, which all mean "unassigned" (RFC 7643 §2.5). ``schemas`` is not
    among them: it is made when the resource is written out. ``id``, ``externalId`` and ``meta`` are.
    """

    type: ResourceType
    attributes: Mapping[str, Value]
