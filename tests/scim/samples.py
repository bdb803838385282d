"""The resource types that the tests speak of: the shipped ones, and a robot that has every kind of attribute."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from app.scim.resource import Resource
from app.scim.schema import ResourceType, Schema, Value
from app.scim.schema_documents import parse_resource_type, parse_schema

ROOT: Final = Path(__file__).parents[2]
SHIPPED: Final = ROOT / "ldap_schemas" / "scim"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ROBOT_URN: Final = "urn:example:robots:2.0:Robot"
ARM: Final = "urn:example:robots:2.0:Arm"


def read(name: str) -> Any:
    """Read a JSON document beside the tests or among the shipped ones."""
    beside = Path(__file__).parent / name
    return json.loads((beside if beside.exists() else SHIPPED / name).read_text())


def _shipped_type(name: str) -> ResourceType:
    documents = [read(path.name) for path in SHIPPED.glob("*.json")]
    schemas = {document["id"]: parse_schema(document) for document in documents if "attributes" in document}
    return parse_resource_type(read(name), schemas)


def _robot() -> ResourceType:
    schemas: dict[str, Schema] = {name: parse_schema(read(f"data/{name}.json")) for name in ("robot", "arm")}
    by_urn = {schema.id: schema for schema in schemas.values()}
    return parse_resource_type(read("data/resource-type-robot.json"), by_urn)


USER: Final = _shipped_type("resource-type-user.json")
GROUP: Final = _shipped_type("resource-type-group.json")
ROBOT: Final = _robot()


def user(**attributes: Value) -> Resource:
    """Make a user of canonical attributes."""
    return Resource(USER, {"userName": "bjensen", **attributes})


def group(*members: str) -> Resource:
    """Make a group of members with these ids."""
    return Resource(
        GROUP, {"displayName": "Tour Guides", "members": [{"value": member} for member in members]}
    )


def robot(**attributes: Value) -> Resource:
    """Make a robot of canonical attributes."""
    return Resource(ROBOT, {"serial": "r2", **attributes})
