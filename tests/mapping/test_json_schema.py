"""The JSON Schema says what the classes say that read maps: shipped, documented and wrong ones."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from app.mapping.json_schema import json_schema
from app.mapping.language import SchemaMapSchema
from tests.scim.samples import ROOT

FILE = ROOT / "config" / "schema-map.schema.json"
DOC = (ROOT / "docs" / "map-language.md").read_text()
HEAD = {
    "kind": "SchemaMap",
    "name": "m",
    "resource_type": "User",
    "entry": {"object_classes": ["person"], "scope": "(uid=*)", "rdn": "uid"},
}
SHIPPED = sorted((ROOT / "config" / "maps").glob("*.yaml"))
SOUND = [
    *(yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)),
    *(
        {**HEAD, "attributes": yaml.safe_load(text)}
        for text in re.findall(r"```yaml attributes\n(.*?)```", DOC, re.DOTALL)
    ),
]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    """Give a validator of the file that is shipped."""
    schema = json.loads(FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_file_is_up_to_date() -> None:
    """The shipped file is what the classes say; ``landbridge map schema`` writes it."""
    assert json.loads(FILE.read_text()) == json_schema()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_maps(validator: jsonschema.Draft202012Validator, path: Any) -> None:
    """Every shipped map is valid."""
    for document in yaml.safe_load_all(path.read_text()):
        assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("document", SOUND)
def test_documented_maps(validator: jsonschema.Draft202012Validator, document: Any) -> None:
    """Every example of the documentation is valid."""
    assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"attributes": {"userName": 5}},
        {"attributes": {"userName": {}}},
        {"attributes": {"userName": {"attribute": "uid", "reference": "x"}}},
        {"attributes": {"userName": {"attribut": "uid"}}},
        {"attributes": {"userName": {"attribute": "u id"}}},
        {"attributes": {"userName": {"attribute": "uid", "direction": "up"}}},
        {"attributes": {"userName": {"attribute": "uid", "transform": "rot13"}}},
        {"attributes": {"userName": {"attribute": "uid", "transform": {"bits": {"mask": 0}}}}},
        {"attributes": {"userName": {"attribute": "uid", "default": []}}},
        {"attributes": {"userName": {"attribute": "uid", "default": {"text": "x", "expression": "x"}}}},
        {"attributes": {"userName": "uid"}, "unmapped": "lose"},
        {"attributes": {"userName": "uid"}, "entry": {}},
        {"attributes": {"userName": "uid"}, "entry": {**HEAD["entry"], "object_classes": []}},  # type: ignore[dict-item]  # JSON
        {"attributes": {"userName": "uid"}, "nobody": 1},
        {},
    ],
)
def test_wrong_maps(validator: jsonschema.Draft202012Validator, changed: dict[str, Any]) -> None:
    """What the classes refuse, the JSON Schema refuses."""
    document = {**HEAD, **changed}
    body = {key: value for key, value in document.items() if key not in {"kind", "name"}}

    assert SchemaMapSchema().validate(body)
    assert not validator.is_valid(document)


def test_maps_that_extend(validator: jsonschema.Draft202012Validator) -> None:
    """A map that extends another may leave everything out."""
    assert validator.is_valid({"kind": "SchemaMap", "name": "m", "extends": "x"})
    assert validator.is_valid({"kind": "SchemaMap", "name": "m", "extends": "x", "entry": {"parent": "ou=X"}})
