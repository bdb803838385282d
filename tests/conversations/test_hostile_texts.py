"""Hostile texts survive creating, reading, filtering, renaming and deleting, or are refused for a reason that is told."""

from typing import Any
from unicodedata import normalize

import pytest

from tests.web.scim.bridge import PATCH, Bridge, problem, read

TEXTS = (
    '* ( ) \\ , + " = < > ; #',
    "*)(uid=*",
    "#lead",
    " lead and trail ",
    "a  b",
    "a\0b",
    "\\00",
    "😀 x",
    "\u05e2\u05d1\u05e8\u05d9\u05ea \u200fabc",
    "\u202eevil",
    "é e\u0301",
    "line\nline\ttab",
    "' OR 1=1 --",
    "x" * 10_000,
)


def quoted(text: str) -> str:
    """Write a text as a filter has it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "\\u0000")
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'


def found(bridge: Bridge, attribute: str, text: str) -> list[dict[str, Any]]:
    """Search by a POST, whose filter may be long."""
    answer = bridge.send("POST", "/Users/.search", {"filter": f"{attribute} eq {quoted(text)}"})
    assert answer.status_code == 200, answer.text
    resources: list[dict[str, Any]] = read(answer)["Resources"]
    return resources


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_value(bridge: Bridge, text: str) -> None:
    """A text is what it was, and is found by what it is; others are not found by it."""
    bridge.user("other", displayName="a", title="b")
    answer = bridge.send("POST", "/Users", {"userName": "jo", "displayName": text})
    if answer.status_code == 400:
        assert is_refusable(bridge, text)
        assert problem(answer) == (400, "invalidValue")
        assert read(answer)["detail"].startswith("displayName: ")
        assert bridge.found("/Users") == ["other"]
        if len(text) < 1000:
            assert found(bridge, "displayName", text) == []
        return
    made = read(answer)

    assert made["displayName"] == text
    assert read(bridge.get(f"/Users/{made['id']}")) == made
    if len(text) < 1000 and is_findable(bridge, text):
        assert [each["id"] for each in found(bridge, "displayName", text)] == [made["id"]]


@pytest.mark.directory
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_name(bridge: Bridge, text: str) -> None:
    """A user has any name, gets another one, keeps its id all the while, and is gone in the end."""
    if is_ad(bridge):
        pytest.skip("account names there have rules of their own, which say themselves what breaks them")
    answer = bridge.send("POST", "/Users", {"userName": text})
    if len(text) > 8000:
        # slapd refuses longer names of entries.
        assert problem(answer) == (400, "invalidValue")
        assert read(answer)["detail"].startswith("userName: ")
        return
    made = read(answer)

    assert made["userName"] == text
    if len(text) < 1000:
        assert [each["id"] for each in found(bridge, "userName", text)] == [made["id"]]
    for name in ("plain", text):
        body = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "userName", "value": name}]}
        renamed = read(bridge.send("PATCH", f"/Users/{made['id']}", body))
        assert (renamed["userName"], renamed["id"]) == (name, made["id"])
    assert bridge.send("DELETE", f"/Users/{made['id']}").status_code == 204
    assert bridge.found("/Users") == []


def is_refusable(bridge: Bridge, text: str) -> bool:
    """Tell whether a directory may refuse a text."""
    return is_ad(bridge) and ("\0" in text or len(text) > 256)


def is_findable(bridge: Bridge, text: str) -> bool:
    """Tell whether a directory finds a text: Samba does not find one that has a letter and its mark apart."""
    return not is_ad(bridge) or normalize("NFC", text) == text


def is_ad(bridge: Bridge) -> bool:
    """Tell which product stands behind the service."""
    return bridge.services.configurations.current().domains["PRIMARY"].dialect.name == "active-directory"
