"""The shipped schema documents have the characteristics of RFC 7643 §8.7.1, and differ from it where it is wrong itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from app.scim.schema import Attribute, Schema
from tests.scim.samples import ENTERPRISE, GROUP, USER, read

RFC: Final[dict[str, dict[str, dict[str, Any]]]] = read("rfc/rfc7643-8.7.1-characteristics.json")
USER_URN: Final = USER.schema.id
GROUP_URN: Final = GROUP.schema.id
SCHEMAS: Final = {USER_URN: USER.schema, GROUP_URN: GROUP.schema, ENTERPRISE: USER.extensions[0].schema}
CASE_EXACT: Final = {"caseExact": True}
BY_THE_TEXT: Final[dict[str, dict[str, dict[str, Any]]]] = {
    USER_URN: {
        # §2.3.7: a reference is case exact; §2.3.6: and so is what is binary.
        "profileUrl": CASE_EXACT,
        "photos.value": CASE_EXACT,
        "x509Certificates.value": CASE_EXACT,
        # §4.1.1: a password is compared as it is, never without case.
        "password": CASE_EXACT,
        # §4.1.2: only groups contain users.
        "groups.$ref": {**CASE_EXACT, "referenceTypes": ["Group"]},
        # §2.4: multi-valued complex attributes have a primary value.
        "addresses.primary": {
            "type": "boolean",
            "multiValued": False,
            "required": False,
            "mutability": "readWrite",
            "returned": "default",
        },
    },
    GROUP_URN: {
        # §4.2: "displayName … REQUIRED", and the description in §8.7.1 says so too.
        "displayName": {"required": True},
        "members.$ref": CASE_EXACT,
        # §2.4: multi-valued complex attributes have a display name, which is read-only.
        "members.display": {
            "type": "string",
            "multiValued": False,
            "required": False,
            "caseExact": False,
            "mutability": "readOnly",
            "returned": "default",
            "uniqueness": "none",
        },
    },
    # §3.1: an id is case exact, and so is what holds one.
    ENTERPRISE: {"manager.value": CASE_EXACT, "manager.$ref": CASE_EXACT},
}
"""Where §8.7.1 contradicts the text of RFC 7643, the text counts."""


@pytest.mark.parametrize("urn", SCHEMAS)
def test_characteristics(urn: str) -> None:
    """Each attribute is what the RFC says, and there is none more or less."""
    expected = {name: dict(row) for name, row in RFC[urn].items()}
    for name, row in BY_THE_TEXT[urn].items():
        expected[name] = {**expected.get(name, {}), **row}

    assert dict(_rows(SCHEMAS[urn])) == expected


@pytest.mark.parametrize("urn", SCHEMAS)
def test_differences_are_needed(urn: str) -> None:
    """No difference is listed that there is not."""
    for name, row in BY_THE_TEXT[urn].items():
        assert {**RFC[urn].get(name, {}), **row} != RFC[urn].get(name)


def test_every_schema_is_compared() -> None:
    """All that §8.7.1 has are shipped."""
    assert RFC.keys() == SCHEMAS.keys()


def _rows(schema: Schema) -> Iterator[tuple[str, dict[str, Any]]]:
    for attribute in schema.attributes:
        yield attribute.name, _row(attribute)
        for sub in attribute.sub_attributes:
            yield f"{attribute.name}.{sub.name}", _row(sub)


def _row(attribute: Attribute) -> dict[str, Any]:
    """Write the characteristics; §2.2 gives booleans and complex attributes no case, and nothing to be unique."""
    row: dict[str, Any] = {
        "type": attribute.type,
        "multiValued": attribute.multi_valued,
        "required": attribute.required,
        "mutability": attribute.mutability,
        "returned": attribute.returned,
    }
    if attribute.type not in {"boolean", "complex"}:
        row |= {"caseExact": attribute.case_exact, "uniqueness": attribute.uniqueness}
    if attribute.canonical_values:
        row["canonicalValues"] = list(attribute.canonical_values)
    if attribute.reference_types:
        row["referenceTypes"] = list(attribute.reference_types)
    return row
