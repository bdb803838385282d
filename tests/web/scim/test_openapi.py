"""The OpenAPI document tells of the endpoints as they are."""

import json
from typing import Any

import pytest

from tests.web.scim.bridge import ENTERPRISE, HOST, Bridge, problem, read

pytestmark = pytest.mark.directory


@pytest.fixture
def document(shared_bridge: Bridge) -> dict[str, Any]:
    """Read the document as a known caller."""
    return read(shared_bridge.at("").get("/openapi.json"))


def test_the_document_is_for_known_callers(shared_bridge: Bridge) -> None:
    """It says what /Schemas says."""
    assert problem(shared_bridge.stranger().at("").get("/openapi.json")) == (401, None)


def test_every_endpoint_is_described(shared_bridge: Bridge, document: dict[str, Any]) -> None:
    """Each path answers, with the methods that stand there."""
    for path, operations in document["paths"].items():
        url = path.replace("{id}", "2819c223-7f76-453a-919d-413861904646")
        allowed = shared_bridge.send("OPTIONS", url).headers["Allow"].lower().split(", ")
        described = {name for name in operations if name != "parameters"}
        assert described == set(allowed) - {"head", "options"}
    assert document["servers"] == [{"url": f"{HOST}/scim2"}]


def test_classes_are_those_that_check_requests(document: dict[str, Any]) -> None:
    """Only what the maps hold, and what they demand."""
    schemas = document["components"]["schemas"]

    assert schemas["UserCreate"]["required"] == ["userName"]
    assert "nickName" not in schemas["User"]["properties"]
    assert schemas["User"]["properties"]["active"]["type"] == "boolean"
    assert "department" in schemas["User"]["properties"][ENTERPRISE]["properties"]
    assert schemas["Group"]["properties"]["members"]["items"]["properties"]["value"]["type"] == "string"


def test_references_within_the_document_lead_somewhere(document: dict[str, Any]) -> None:
    """No name is used that is not declared."""
    text = json.dumps(document)
    used = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert used <= document["components"]["schemas"].keys()
