"""What somebody may write into a dead letter, and the secrets that stay."""

from typing import Any

import pytest

from app.outbound.edited import carried
from app.outbound.task import HIDDEN, Action
from app.scim.errors import InvalidValue

TITLE = {"op": "replace", "path": "title", "value": "Boss"}
SECRET = {"op": "replace", "path": "password", "value": "secret-1"}
SEEN = {**SECRET, "value": HIDDEN}


@pytest.mark.parametrize(
    ("action", "payload", "whole", "expected"),
    [
        pytest.param(
            "create",
            {"resource": {"userName": "mo"}},
            {"resource": {"userName": "jo", "password": "secret-1"}},
            {"resource": {"userName": "mo", "password": "secret-1"}},
            id="left out",
        ),
        pytest.param(
            "replace",
            {"resource": {"userName": "mo", "password": "new"}},
            {"resource": {"password": "secret-1"}},
            {"resource": {"userName": "mo", "password": "new"}},
            id="another",
        ),
        pytest.param(
            "create",
            {"resource": {"password": HIDDEN}},
            {"resource": {"password": "secret-1"}},
            {"resource": {"password": "secret-1"}},
            id="kept",
        ),
        pytest.param("sync", {"password": HIDDEN}, {"password": "s"}, {"password": "s"}, id="sync"),
        pytest.param("sync", {"password": "t"}, {"password": "s"}, {"password": "t"}, id="sync, another"),
        pytest.param("sync", {}, {"password": "s"}, {}, id="sync, none"),
        pytest.param("delete", {}, {}, {}, id="delete"),
    ],
)
def test_secrets_stay(
    action: Action, payload: dict[str, Any], whole: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Nobody sees them, and they are kept unless somebody writes others."""
    assert carried(action, payload, shown={}, whole=whole) == expected


def test_operations_keep_their_secrets() -> None:
    """By their paths, in whichever order they are now, and in whichever case."""
    again = {**SEEN, "path": "Password"}

    found = carried(
        "patch",
        {"operations": [again, {**TITLE, "value": "Chief"}]},
        shown={"operations": [TITLE, SEEN]},
        whole={"operations": [TITLE, SECRET]},
    )

    assert found == {"operations": [{**again, "value": "secret-1"}, {**TITLE, "value": "Chief"}]}


@pytest.mark.parametrize(
    ("action", "payload", "said"),
    [
        pytest.param("create", {}, "resource: a create carries this", id="nothing"),
        pytest.param("create", {"resource": {}}, "missing or empty", id="empty"),
        pytest.param("patch", {"operations": []}, "missing or empty", id="no operations"),
        pytest.param("patch", {"resource": {"a": "b"}}, "resource: a patch does not carry", id="another's"),
        pytest.param("delete", {"resource": {"a": "b"}}, "a delete does not carry", id="delete"),
        pytest.param("create", {"resource": "jo"}, "resource: is not as", id="text"),
        pytest.param("sync", {"password": 7}, "password: is not as", id="number"),
        pytest.param("patch", {"operations": [SEEN]}, "no encrypted value to keep", id="no secret"),
        pytest.param("create", {"resource": {"password": HIDDEN}}, "no encrypted value", id="no password"),
        pytest.param("sync", {"password": HIDDEN}, "password: there is no encrypted", id="sync, no password"),
    ],
)
def test_what_cannot_be_carried_is_refused(action: Action, payload: dict[str, Any], said: str) -> None:
    """A task that would do nothing, or set a password to the word for it, is none."""
    with pytest.raises(InvalidValue, match=said):
        carried(action, payload, shown={}, whole={})
