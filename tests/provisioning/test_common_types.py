"""Discovery claims nothing that one of several domains cannot do."""

from dataclasses import replace

from app.mapping.documents import build_map
from app.provisioning.capabilities import published
from app.provisioning.common_types import common_type
from app.scim.schema import Attribute, ResourceType
from app.store.loading import load
from tests.provisioning.conftest import MAPS, RESOURCE_TYPES


def shipped(name: str) -> ResourceType:
    """Return what a shipped map publishes."""
    documents = {document.name: document for document in load([MAPS]).documents}
    return published(build_map(documents[name], RESOURCE_TYPES))


def attribute(resource_type: ResourceType, name: str) -> Attribute:
    """Return an attribute."""
    found = resource_type.attribute(name)
    assert found is not None
    return found


def test_common() -> None:
    """What both maps hold is left, whole attributes and parts alike."""
    one, two = shipped("openldap-user"), shipped("openldap-user-by-name")

    both = common_type([one, two])

    names = {each.name for each in both.schema.attributes}
    assert names == {each.name for each in one.schema.attributes} & {
        each.name for each in two.schema.attributes
    }
    assert "addresses" not in names
    kinds = attribute(both, "phoneNumbers").sub_attribute("type")
    assert kinds is not None
    assert set(kinds.canonical_values) == {"work", "mobile"}
    assert common_type([one]) == one


def test_stricter() -> None:
    """What one of them only shows cannot be written, and what one of them needs is required."""
    one = shipped("openldap-user")
    title = replace(attribute(one, "title"), mutability="readOnly", required=True)
    changed = tuple(title if each.name == "title" else each for each in one.schema.attributes)
    other = replace(one, schema=replace(one.schema, attributes=changed), extensions=())

    for both in (common_type([one, other]), common_type([other, one])):
        assert (attribute(both, "title").mutability, attribute(both, "title").required) == ("readOnly", True)
        assert both.extensions == ()
