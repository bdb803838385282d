"""SCIM 1.1 as a wording of SCIM 2: other URNs, a manager by another name, and plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.outbound.connectors.scim2.client import Wording
from app.scim.resource import is_complex, is_list
from app.scim.schema import Value

CORE: Final = "urn:scim:schemas:core:1.0"
ENTERPRISE: Final = "urn:scim:schemas:extension:enterprise:1.0"
ENTERPRISE2: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def outwards(document: Mapping[str, Value]) -> dict[str, Value]:
    """Write a SCIM 2 resource as SCIM 1.1."""
    enterprise = document.get(ENTERPRISE2)
    written = {name: value for name, value in document.items() if name != ENTERPRISE2}
    written["schemas"] = [CORE, ENTERPRISE] if is_complex(enterprise) else [CORE]
    if is_complex(enterprise):
        written[ENTERPRISE] = _renamed(enterprise, "value", "managerId")
    return written


def inwards(document: Mapping[str, Value]) -> dict[str, Value]:
    """Read what a SCIM 1.1 service shows: a resource, a list of them, an error, or what it can do."""
    resources, errors = document.get("Resources"), document.get("Errors")
    if is_list(resources):
        return {**document, "Resources": [inwards(each) for each in resources if is_complex(each)]}
    if is_list(errors):
        said = [each.get("description") for each in errors if is_complex(each)]
        return {"detail": "; ".join(str(text) for text in said if text)}
    enterprise = document.get(ENTERPRISE)
    shown = {name: value for name, value in document.items() if name not in {"schemas", ENTERPRISE}}
    if is_complex(enterprise):
        shown[ENTERPRISE2] = _renamed(enterprise, "managerId", "value")
    return shown


def _renamed(enterprise: Mapping[str, Value], old: str, new: str) -> dict[str, Value]:
    manager = enterprise.get("manager")
    if not is_complex(manager):
        return dict(enterprise)
    renamed = {new if name == old else name: value for name, value in manager.items()}
    return {**enterprise, "manager": renamed}


SCIM11: Final = Wording("application/json", "/ServiceProviderConfigs", None, outwards, inwards)
