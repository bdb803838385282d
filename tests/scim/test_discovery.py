"""The service says what it can do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.scim.discovery import (
    AuthenticationScheme,
    Capabilities,
    Pagination,
    resource_type_document,
    schema_document,
    schemas_of,
    service_provider_config,
)
from app.scim.schema import Extension
from tests.scim.samples import GROUP, USER, read

BASE = "https://example.com/v2"
BEARER = AuthenticationScheme(
    "oauthbearertoken",
    "OAuth Bearer Token",
    "Authentication scheme using the OAuth Bearer Token Standard",
    "http://www.rfc-editor.org/info/rfc6750",
    "http://example.com/help/oauth.html",
    primary=True,
)
BASIC = AuthenticationScheme(
    "httpbasic",
    "HTTP Basic",
    "Authentication scheme using the HTTP Basic Standard",
    "http://www.rfc-editor.org/info/rfc2617",
    "http://example.com/help/httpBasic.html",
)
CAPABILITIES = Capabilities(
    Pagination(default_page_size=100, max_page_size=250, cursor_timeout_seconds=3600),
    max_results=200,
    authentication_schemes=(BEARER, BASIC),
    documentation_uri="http://example.com/help/scim.html",
)


def test_service_provider_config() -> None:
    """The example of RFC 7643 §8.5 comes out, with the pagination of RFC 9865 §4."""
    example = read("rfc/rfc7643-8.5-service-provider-config.json")
    example["authenticationSchemes"][1]["primary"] = False
    example["meta"] = {name: example["meta"][name] for name in ("location", "resourceType")}
    example |= read("rfc/rfc9865-4-pagination.json")
    by_cursor = replace(CAPABILITIES.pagination, default_method="cursor")

    assert service_provider_config(replace(CAPABILITIES, pagination=by_cursor), base_url=BASE) == example


def test_bulk_maximum() -> None:
    """The number of bulk operations is at least 1, even where there is no bulk."""
    document = service_provider_config(
        replace(CAPABILITIES, bulk=False, bulk_max_operations=0), base_url=BASE
    )

    assert document["bulk"] == {"supported": False, "maxOperations": 1, "maxPayloadSize": 1_048_576}


def test_resource_types() -> None:
    """The examples of RFC 7643 §8.6 come out."""
    demanding = (Extension(USER.extensions[0].schema, required=True),)
    user = replace(USER, description="User Account", extensions=demanding)
    documents = [
        resource_type_document(each, base_url=BASE) for each in (user, replace(GROUP, description="Group"))
    ]

    assert documents == read("rfc/rfc7643-8.6-resource-types.json")
    listed = read("rfc/rfc7644-4-resource-types.json")["Resources"]
    assert [
        {**each, "schemas": shown["schemas"]} for each, shown in zip(listed, documents, strict=True)
    ] == documents


@pytest.mark.parametrize("name", ["user", "group", "enterprise-user"])
def test_schemas(name: str) -> None:
    """A published schema is the document that it was read from, and where it is."""
    document = read(f"{name}.json")
    schema = next(schema for schema in schemas_of((USER, GROUP)) if schema.id == document["id"])

    assert schema_document(schema, base_url=BASE) == {
        **document,
        "meta": {"resourceType": "Schema", "location": f"{BASE}/Schemas/{schema.id}"},
    }


def test_schemas_once() -> None:
    """A schema that several resource types have is listed once."""
    assert schemas_of((USER, USER, GROUP)) == [*USER.schemas, GROUP.schema]
