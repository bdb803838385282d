"""JSON text is read, or refused as InvalidSyntax."""

from __future__ import annotations

import pytest

from app.scim.errors import InvalidSyntax
from app.scim.json_text import parse_json
from app.scim.schema import Value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param('{"a": [1, 2.5, null]}', {"a": [1, 2.5, None]}, id="text"),
        pytest.param('{"a": "é"}'.encode(), {"a": "é"}, id="bytes"),
        pytest.param(b"\xef\xbb\xbf{}", {}, id="byte order mark"),
        pytest.param(f"[{'[],' * 99}{{}}]", [*([[]] * 99), {}], id="wide"),
    ],
)
def test_parse(text: bytes | str, value: Value) -> None:
    """JSON is read from text and from UTF-8."""
    assert parse_json(text) == value


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        pytest.param(
            "{\n nope}",
            "not JSON: Expecting property name enclosed in double quotes (line 2, column 2)",
            id="broken",
        ),
        pytest.param("", "not JSON: Expecting value (line 1, column 1)", id="empty"),
        pytest.param(b'"\xff"', "the text is not UTF-8 (byte 2)", id="not UTF-8"),
        pytest.param("[" * 100_000, "the JSON is nested too deeply", id="deep"),
        pytest.param("[" * 66 + "]" * 66, "the JSON is nested too deeply", id="a little deep"),
        pytest.param("1" * 10_000, "the JSON has a number with too many digits", id="long number"),
        pytest.param("[NaN]", "not JSON: NaN is not a number", id="NaN"),
    ],
)
def test_refused(text: bytes | str, detail: str) -> None:
    """Whatever is not JSON is told where it goes wrong."""
    with pytest.raises(InvalidSyntax) as raised:
        parse_json(text)

    assert raised.value.detail == detail
