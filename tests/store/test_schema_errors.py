"""Keys of validation errors, as a document writes them."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, fields

from app.store.schema_errors import messages


class Leaf(Schema):
    """A schema with keys that marshmallow uses too."""

    value = fields.Integer(required=True, strict=True)
    key = fields.String()


class Tree(Schema):
    """A schema with every way to nest."""

    one = fields.Nested(Leaf)
    many = fields.Nested(Leaf, many=True)
    listed = fields.List(fields.Nested(Leaf))
    named = fields.Dict(keys=fields.String(), values=fields.Nested(Leaf))
    deep = fields.Dict(
        values=fields.Dict(keys=fields.Integer(), values=fields.List(fields.Integer(strict=True)))
    )
    other = fields.Integer(data_key="as-written")


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        pytest.param({"one": {}}, [("one", "value")], id="missing value"),
        pytest.param({"one": {"value": 1, "key": 2}}, [("one", "key")], id="wrong key"),
        pytest.param({"many": [{"value": 1}, {}]}, [("many", 1, "value")], id="many"),
        pytest.param({"listed": [{"value": "x"}]}, [("listed", 0, "value")], id="list"),
        pytest.param({"named": {"value": {"value": "x"}}}, [("named", "value", "value")], id="dict"),
        pytest.param({"named": {"a": {}}}, [("named", "a", "value")], id="missing in dict"),
        pytest.param({"named": {"a": 1}}, [("named", "a")], id="wrong in dict"),
        pytest.param({"deep": {"a": {"1": ["x"]}}}, [("deep", "a", "1", 0)], id="dict in dict"),
        pytest.param({"deep": {"a": {"x": [1]}}}, [("deep", "a", "x")], id="wrong key of a dict"),
        pytest.param({"as-written": "x"}, [("as-written",)], id="other name"),
        pytest.param({"value": 1}, [("value",)], id="unknown"),
    ],
)
def test_a_message_has_the_key_of_the_document(data: dict[str, Any], keys: list[object]) -> None:
    """The steps between a Dict field's key and its value are left out, and no others."""
    schema = Tree()

    assert [key for key, _ in messages(schema.validate(data), schema)] == keys
