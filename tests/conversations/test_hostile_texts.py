"""Hostile texts survive creating, reading, filtering, renaming and deleting, or are refused for a reason that is told."""

from typing import Any

import pytest

from tests.web.scim.bridge import PATCH, Bridge, problem, read

TEXTS = (
    '* ( ) \\ , + " = < > ; # ?',
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
NAMES = (
    *TEXTS,
    # As hostile, without what no account of Active Directory may have in its name.
    "( ) # ' -- & ! ~ ` ^ % $ @ { }",
    ")(uid ",
    "x" * 64,
)
NO_ACCOUNT_NAME = '"/\\[]:;|=,+*?<>' + "".join(map(chr, range(32)))
"""Active Directory: the characters that no sAMAccountName has."""
LONGEST_NAME = {"openldap": 8000, "active-directory": 64}
"""slapd refuses longer names of entries, Active Directory a longer cn."""
PLACES = (("/Users", "userName"), ("/Groups", "displayName"))


@pytest.fixture
def bridge(shared_bridge: Bridge) -> Bridge:
    """Give OpenLDAP; Active Directory has its turn in tests/prepared, on a domain that a command has prepared."""
    shared_bridge.directory.clear()
    return shared_bridge


def quoted(text: str) -> str:
    """Write a text as a filter has it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "\\u0000")
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'


def found(bridge: Bridge, attribute: str, text: str, *, path: str = "/Users") -> list[str]:
    """Search by a POST, whose filter may be long; return ids."""
    answer = bridge.send("POST", f"{path}/.search", {"filter": f"{attribute} eq {quoted(text)}"})
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in read(answer)["Resources"]]


def is_told(answer: Any, attribute: str) -> None:
    """A refusal names the attribute, says why, and tells nothing of the directory's inside."""
    assert problem(answer) == (400, "invalidValue")
    detail = read(answer)["detail"]
    assert detail.startswith(f"{attribute}: ")
    assert len(detail) < 300
    assert "dc=" not in detail.lower()


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_value(bridge: Bridge, text: str) -> None:
    """A text is what it was, and is found by what it is; others are not found by it."""
    bridge.user("other", displayName="a", title="b")
    answer = bridge.send("POST", "/Users", {"userName": "jo", "displayName": text})
    if is_ad(bridge) and ("\0" in text or len(text) > 256):
        is_told(answer, "displayName")
        assert bridge.found("/Users") == ["other"]
        assert found(bridge, "displayName", text) == []
        return
    made = read(answer)

    assert made["displayName"] == text
    assert read(bridge.get(f"/Users/{made['id']}")) == made
    assert found(bridge, "displayName", text) == [made["id"]]


@pytest.mark.parametrize("text", NAMES, ids=range(len(NAMES)))
@pytest.mark.parametrize(("path", "attribute"), PLACES, ids=["user", "group"])
def test_a_name(bridge: Bridge, path: str, attribute: str, text: str) -> None:
    """Who has any name is found by it, gets another one, keeps its id all the while, and is gone in the end.

    What the directory cannot have as a name is refused by the attribute, for the new and for the old, and nothing changes.
    """
    if not is_name(bridge, path, text):
        is_refused_everywhere(bridge, path, attribute, text)
        return
    made = read(bridge.send("POST", path, {attribute: text}))
    one = f"{path}/{made['id']}"

    assert made[attribute] == text
    assert read(bridge.get(one))[attribute] == text
    assert found(bridge, attribute, text, path=path) == [made["id"]]
    for name in ("plain", text):
        renamed = bridge.send("PATCH", f"{one}?attributes={attribute}", renaming(attribute, name))
        assert (read(renamed)[attribute], read(renamed)["id"]) == (name, made["id"])
        assert found(bridge, attribute, name, path=path) == [made["id"]]
    assert bridge.send("DELETE", one).status_code == 204
    assert found(bridge, attribute, text, path=path) == []
    assert bridge.found(path) == []


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        pytest.param(" or ".join(f'userName eq "u{number}"' for number in range(2500)), "", id="many"),
        pytest.param("(" * 31 + 'userName eq "u7"' + ")" * 31, "", id="deep"),
        pytest.param(f'userName eq "{"x" * 65_000}" or userName eq "u7"', "", id="long value"),
        pytest.param("(" * 33 + 'userName eq "u7"' + ")" * 33, "(column 33)", id="too deep"),
        pytest.param(f'userName eq "{"x" * 65_600}"', "more than 65536 characters", id="too long"),
    ],
)
def test_a_long_filter(bridge: Bridge, condition: str, told: str) -> None:
    """A filter is answered up to the limits of length and depth, by the directory itself, and refused beyond them."""
    made = bridge.user("u7")

    answer = bridge.send("POST", "/Users/.search", {"filter": condition})

    if told:
        assert problem(answer) == (400, "invalidFilter")
        assert told in read(answer)["detail"]
    else:
        assert [each["id"] for each in read(answer)["Resources"]] == [made["id"]]


def is_refused_everywhere(bridge: Bridge, path: str, attribute: str, text: str) -> None:
    """Try a name that cannot be in a POST, a PATCH and a PUT."""
    made = read(bridge.send("POST", path, {attribute: "plain"}))
    one = f"{path}/{made['id']}"

    is_told(bridge.send("POST", path, {attribute: text}), attribute)
    is_told(bridge.send("PATCH", one, renaming(attribute, text)), attribute)
    is_told(bridge.send("PUT", one, {attribute: text}), attribute)

    assert read(bridge.get(one)) == made
    assert bridge.found(path) == ["plain"]
    assert found(bridge, attribute, text, path=path) == []


def renaming(attribute: str, name: str) -> dict[str, object]:
    """Write a PATCH."""
    return {"schemas": [PATCH], "Operations": [{"op": "replace", "path": attribute, "value": name}]}


def is_name(bridge: Bridge, path: str, text: str) -> bool:
    """Tell whether a text can be a name there."""
    if is_ad(bridge):
        # A group's name is its account name, and a user's is not, in the map of these tests.
        never = NO_ACCOUNT_NAME if path == "/Groups" else "\0"
        return len(text) <= LONGEST_NAME["active-directory"] and not set(text) & set(never)
    return len(text) <= LONGEST_NAME["openldap"]


def is_ad(bridge: Bridge) -> bool:
    """Tell which product stands behind the service."""
    return bridge.services.configurations.current().domains["PRIMARY"].dialect.name == "active-directory"
