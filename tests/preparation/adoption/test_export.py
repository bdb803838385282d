"""Exports are read user by user, whichever of the forms they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

import pytest

from app.preparation.adoption import json_stream
from app.preparation.adoption.export import InvalidExport, Layout, path_of, read_export
from tests.provisioning.conftest import RESOURCE_TYPES

USER = RESOURCE_TYPES["User"]
LAYOUT = Layout(USER, (path_of("userName", USER), path_of("externalId", USER)))
ANN = {"userName": "ann", "externalId": "1", "emails": [{"value": "a@example.org", "type": "work"}]}
JSON_ANN = '{"userName": "ann", "externalId": "1", "emails": [{"value": "a@example.org", "type": "work"}]}'


def read(text: str, layout: Layout = LAYOUT) -> list[Mapping[str, Any]]:
    """Read a text."""
    return [record.resource.attributes for record in read_export(StringIO(text), layout)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"[{JSON_ANN}, {JSON_ANN}]", id="array"),
        pytest.param(f'{{"totalResults": 2, "Resources": [{JSON_ANN},{JSON_ANN}]}}', id="list-response"),
        pytest.param(f"{JSON_ANN}\n{JSON_ANN}\n", id="a-line-each"),
        pytest.param(f"\ufeff \n[{JSON_ANN}\n,{JSON_ANN}]", id="with-a-mark"),
    ],
)
def test_json(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays, answers to lists and lines are the same users, however small the pieces are that they come in."""
    whole = read(text)
    monkeypatch.setattr(json_stream, "CHUNK", 3)

    assert whole == read(text) == [ANN, ANN]


def test_csv() -> None:
    """Columns are attributes, in any case; other columns do not matter, nor do empty cells."""
    text = 'USERNAME,externalId,emails.value,name.familyName,shoe\r\nann,1,a@example.org,,42\n"b,b",2,,B,\n'

    assert read(text) == [
        {"userName": "ann", "externalId": "1", "emails": [{"value": "a@example.org"}]},
        {"userName": "b,b", "externalId": "2", "name": {"familyName": "B"}},
    ]


def test_columns_by_other_names() -> None:
    """A column may be said to be an attribute; semicolons separate, too."""
    layout = Layout(USER, LAYOUT.wanted, {"userName": "UPN", "externalId": "Object id"})

    assert read(
        "UPN;Object id;urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department\na;1;X", layout
    ) == [
        {
            "userName": "a",
            "externalId": "1",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "X"},
        }
    ]


def test_no_more_is_read_than_asked_for() -> None:
    """The first user comes before the last one is read."""

    class Endless(StringIO):
        def read(self, _count: int | None = -1, /) -> str:
            return f"{JSON_ANN}\n" * 50

    found: Iterator[Any] = read_export(Endless(), LAYOUT)

    assert [next(found).number for _ in range(120)][-1] == 120


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("userName\nann\n", "no column holds externalId; the columns are userName", id="column"),
        pytest.param("", "no column holds userName, externalId", id="empty"),
        pytest.param("[1]", "user 1: the body must be a JSON object", id="no-object"),
        pytest.param(f"[{JSON_ANN}, {{", "not JSON: Expecting", id="cut"),
        pytest.param(f"[{JSON_ANN} {JSON_ANN}]", "an array ends without ]", id="no-comma"),
        pytest.param(f"[{JSON_ANN}]x", "not JSON: { is expected before 'x'", id="rest"),
        pytest.param('{"userName" 1}', "not JSON: : is expected", id="no-colon"),
        pytest.param('{"userName": "a" "b": 1}', "an object ends without }", id="object-without-comma"),
        pytest.param("[" * 100_000, "nested too deeply", id="deep"),
        pytest.param('[{"userName": 1}]', "user 1: userName", id="type"),
        pytest.param('userName,externalId\n"ann,1', "unexpected end of data", id="quote"),
    ],
)
def test_refused(text: str, message: str) -> None:
    """What is wrong is said, and at which user."""
    with pytest.raises(InvalidExport) as caught:
        read(text)

    assert message in str(caught.value)


def test_unknown_names() -> None:
    """A column that is not there, and an attribute that is none, are refused."""
    with pytest.raises(InvalidExport, match="there is no column UPN, only a, b"):
        read("a,b\n", Layout(USER, LAYOUT.wanted, {"userName": "UPN"}))
    with pytest.raises(InvalidExport, match="User has no attribute 'shoe'"):
        path_of("shoe", USER)
