"""Connector documents: what they may say, and what is told of what they may not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.outbound.connectors.scim2.type import Scim2
from app.outbound.document import connector_kind
from app.store.database import Database
from app.store.document import Document
from app.store.documents import Documents
from tests.provisioning.conftest import RESOURCE_TYPES
from tests.store.fakes import DOMAIN, FrozenClock

URL = "https://crm.example.com/scim/v2"
BEARER = {"method": "bearer", "token": {"env": "TOKEN"}}


@pytest.fixture
def documents(tmp_path: Path) -> Iterator[Documents]:
    """Keep documents of connectors."""
    database = Database(f"sqlite:///{tmp_path}/store.db")
    database.migrate()
    yield Documents(
        database, [DOMAIN, connector_kind(RESOURCE_TYPES, {"scim2": Scim2()})], clock=FrozenClock()
    )
    database.dispose()


def crm(settings: dict[str, Any] | None = None, **body: Any) -> Document:
    """Describe a connector."""
    return Document(
        "Connector",
        "crm",
        {"type": "scim2", "settings": {"url": URL, "authentication": BEARER, **(settings or {})}, **body},
    )


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="bearer"),
        pytest.param({"authentication": {"method": "none"}, "url": "http://127.0.0.1:8080"}, id="loopback"),
        pytest.param({"url": "http://crm.example.com", "allow_http": True}, id="plain, and meant"),
        pytest.param(
            {
                "authentication": {
                    "method": "client_credentials",
                    "token_url": "https://login.example.com/token",
                    "client_id": "us",
                    "client_secret": {"env": "SECRET"},
                }
            },
            id="client credentials",
        ),
    ],
)
def test_good_ones_are_taken(documents: Documents, settings: dict[str, Any]) -> None:
    """Each way of authentication can be written."""
    assert documents.problems([crm(settings)]) == ()


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        pytest.param(crm(type="nothing"), "type: is none of scim2", id="type"),
        pytest.param(
            crm({"url": "http://crm.example.com"}), "settings.url: sends credentials in the clear", id="plain"
        ),
        pytest.param(crm({"url": "ftp://x"}), "settings.url: is no URL of a host by https", id="no URL"),
        pytest.param(
            crm({"url": "https://a:b@crm.example.com"}), "settings.url: is a base: without", id="credentials"
        ),
        pytest.param(
            crm({"authentication": {"method": "bearer", "token": "secret"}}),
            "settings.authentication.token: is a secret and does not stand here in plain",
            id="secret",
        ),
        pytest.param(
            crm({"authentication": {"method": "basic"}}),
            "settings.authentication.password: is needed for basic",
            id="no password",
        ),
        pytest.param(
            crm({"authentication": {**BEARER, "scope": "x"}}),
            "settings.authentication.scope: has no meaning beside bearer",
            id="idle",
        ),
        pytest.param(crm(resource_types=["Car"]), "resource_types.0: is none of", id="resource type"),
        pytest.param(crm(matching={"User": "nothing"}), "matching.User: User has no attribute", id="match"),
        pytest.param(crm(scope={"User": {"filter": "title"}}), "scope.User: ", id="filter"),
        pytest.param(
            crm(
                scope={
                    "User": {
                        "filter": 'urn:landbridge:scim:schemas:extension:account:1.0:User:anyName sw "jo"'
                    }
                }
            ),
            "anyName is for searches alone",
            id="a search's own attribute",
        ),
        pytest.param(
            crm(attributes={"User": {"places": {"title": "emails"}}}),
            "attributes.User.places.title: cannot hold emails",
            id="map",
        ),
        pytest.param(crm(domains=["HQ"]), "domains.0: there is no domain HQ", id="domain"),
        pytest.param(crm(limits={"attempts": 0}), "limits.attempts: Must be", id="limit"),
        pytest.param(crm(blocking="yes"), "blocking: Not a valid boolean", id="boolean"),
    ],
)
def test_bad_ones_are_refused_with_the_key(documents: Documents, document: Document, problem: str) -> None:
    """What is wrong is told with its key."""
    found = [str(each).removeprefix("Connector: crm: ") for each in documents.problems([document])]

    assert any(problem in each for each in found), found
