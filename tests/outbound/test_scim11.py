"""SCIM 1.1 is worded otherwise."""

from typing import Any

from app.outbound.connectors.scim2.scim11 import CORE, ENTERPRISE, ENTERPRISE2, inwards, outwards
from tests.web.scim.bridge import USER

SCIM2: dict[str, Any] = {
    "schemas": [USER, ENTERPRISE2],
    "userName": "jo",
    ENTERPRISE2: {"department": "R&D", "manager": {"value": "7", "displayName": "Mo"}},
}
SCIM1: dict[str, Any] = {
    "schemas": [CORE, ENTERPRISE],
    "userName": "jo",
    ENTERPRISE: {"department": "R&D", "manager": {"managerId": "7", "displayName": "Mo"}},
}


def test_a_resource_goes_out_and_comes_back() -> None:
    """The URNs and the manager's id have other names."""
    assert outwards(SCIM2) == SCIM1
    assert inwards(SCIM1) == {name: value for name, value in SCIM2.items() if name != "schemas"}


def test_lists_and_errors() -> None:
    """The resources of a list are read one by one; errors are told in one sentence."""
    assert inwards({"totalResults": 1, "Resources": [SCIM1]})["Resources"] == [inwards(SCIM1)]
    assert inwards({"Errors": [{"description": "No.", "code": "409"}]}) == {"detail": "No."}
    assert outwards({"schemas": [USER], "userName": "jo"}) == {"schemas": [CORE], "userName": "jo"}
