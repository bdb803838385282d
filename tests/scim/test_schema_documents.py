"""Schema documents are read, checked and written."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from app.scim.schema import Attribute, ResourceType, Schema
from app.scim.schema_documents import (
    DocumentError,
    dump_resource_type,
    dump_schema,
    parse_resource_type,
    parse_schema,
)
from tests.scim.samples import GROUP, USER, read

URN = "urn:example:2.0:Thing"
SHIPPED_SCHEMAS = ("user.json", "group.json", "enterprise-user.json")


@pytest.mark.parametrize("name", SHIPPED_SCHEMAS)
def test_shipped_schema_survives(name: str) -> None:
    """A shipped schema document is written as it was read."""
    document = read(name)

    assert dump_schema(parse_schema(document)) == document


@pytest.mark.parametrize(
    ("name", "resource_type"), [("resource-type-user.json", USER), ("resource-type-group.json", GROUP)]
)
def test_shipped_resource_type_survives(name: str, resource_type: ResourceType) -> None:
    """A shipped resource type document is written as it was read."""
    document = read(name)

    read_back = parse_resource_type(
        document, {schema.id: schema for schema in USER.schemas} | {GROUP.schema.id: GROUP.schema}
    )

    assert asdict(read_back) == asdict(resource_type)
    assert dump_resource_type(read_back) == document


def test_two_that_say_the_same() -> None:
    """Two schemas are never compared attribute by attribute: each is a key of its own in caches."""
    document = read("user.json")

    assert len({parse_schema(document), parse_schema(document)}) == 2


def test_defaults() -> None:
    """What a schema document leaves out has the defaults of RFC 7643 §2.2."""
    schema = parse_schema({"id": URN, "name": "Thing", "attributes": [{"name": "size"}]})

    assert asdict(schema) == asdict(Schema(URN, "Thing", (Attribute("size"),)))


@pytest.mark.parametrize(
    ("attribute", "complaint"),
    [
        pytest.param(
            {"name": "a", "type": "text"}, "attributes[0].type: must be one of: string, boolean", id="type"
        ),
        pytest.param({"name": "a b"}, "attributes[0].name: is not an attribute name", id="name"),
        pytest.param(
            {"name": "a", "required": "yes"}, "attributes[0].required: Not a valid boolean.", id="flag"
        ),
        pytest.param({"name": "a", "colour": 1}, "attributes[0].colour: Unknown field.", id="unknown key"),
        pytest.param({"name": "Meta"}, "attributes[0].name: 'Meta' is common to all resources", id="common"),
        pytest.param(
            {"name": "a", "type": "complex"}, "attributes[0] (a): a complex attribute needs", id="no subs"
        ),
        pytest.param(
            {"name": "a", "subAttributes": [{"name": "b"}]}, "only a complex attribute has", id="subs"
        ),
        pytest.param(
            {"name": "a", "type": "complex", "subAttributes": [{"name": "b"}, {"name": "B"}]},
            "attributes[0].subAttributes[1].name: is declared twice",
            id="twice",
        ),
        pytest.param(
            {
                "name": "a",
                "type": "complex",
                "subAttributes": [{"name": "b", "type": "complex", "subAttributes": [{"name": "c"}]}],
            },
            "attributes[0] (a): a sub-attribute is never complex",
            id="nested",
        ),
        pytest.param({"name": "a", "mutability": "writeOnly"}, "needs returned: never", id="secret"),
    ],
)
def test_bad_attribute(attribute: dict[str, object], complaint: str) -> None:
    """A mistake in an attribute is told with the document and the key."""
    document = {"id": URN, "name": "Thing", "attributes": [attribute]}

    with pytest.raises(DocumentError) as raised:
        parse_schema(document, source="thing.json")

    assert raised.value.source == "thing.json"
    assert complaint in str(raised.value)


def test_not_a_document() -> None:
    """What is not an object at all is told so."""
    with pytest.raises(DocumentError) as raised:
        parse_schema([], source="thing.json")  # type: ignore[arg-type]  # a file may hold anything

    assert str(raised.value) == "thing.json: the document: Invalid input type."


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        pytest.param(
            {"endpoint": "/bulk"}, "thing.json: endpoint: is an endpoint of the protocol itself", id="taken"
        ),
        pytest.param(
            {"endpoint": "Things"}, "thing.json: endpoint: must be a slash and one segment", id="slash"
        ),
        pytest.param({"schema": "urn:x:y"}, "thing.json: schema: there is no schema 'urn:x:y'", id="schema"),
        pytest.param(
            {"schemaExtensions": [{"schema": "urn:x:y"}]},
            "thing.json: schemaExtensions[0].schema: there is no schema 'urn:x:y'",
            id="extension",
        ),
    ],
)
def test_bad_resource_type(changes: dict[str, object], complaint: str) -> None:
    """A mistake in a resource type is told with the document and the key."""
    document = {"name": "Thing", "endpoint": "/Things", "schema": URN, **changes}

    with pytest.raises(DocumentError) as raised:
        parse_resource_type(document, {URN: Schema(URN, "Thing", ())}, source="thing.json")

    assert str(raised.value) == complaint
