"""SCIM 2.0 services as a kind of connector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import httpx
from marshmallow import Schema

from app.outbound.connector import Offer, Surroundings
from app.outbound.connectors.http import Access, HeaderCredentials, Http
from app.outbound.connectors.oauth import Client, ClientCredentials
from app.outbound.connectors.scim2.client import SCIM2, Scim2Client, Wording
from app.outbound.connectors.scim2.schemas import kept_attributes
from app.outbound.connectors.scim2.scim11 import SCIM11
from app.outbound.connectors.scim2.settings import Scim2Settings
from app.outbound.connectors.scim2.target import Scim2Target
from app.scim.schema import ResourceType
from app.store.document import Document, Lookup, Problem


class Scim2:
    """Opens SCIM 2.0 services."""

    settings: type[Schema] = Scim2Settings

    def problems(self, document: Document, lookup: Lookup) -> Iterable[Problem]:
        del document, lookup
        return ()

    def open(self, settings: Mapping[str, Any], surroundings: Surroundings) -> Scim2Service:
        return Scim2Service(settings, surroundings)


class Scim11(Scim2):
    """Opens SCIM 1.1 services. Their PATCH is another one than that of SCIM 2, so that they are changed by PUT."""

    def open(self, settings: Mapping[str, Any], surroundings: Surroundings) -> Scim2Service:
        return Scim2Service({**settings, "update": "put"}, surroundings, wording=SCIM11)


class Scim2Service:
    """One SCIM 2.0 service."""

    def __init__(
        self, settings: Mapping[str, Any], surroundings: Surroundings, *, wording: Wording = SCIM2
    ) -> None:
        http = Http(access_of(settings, surroundings))
        self._client = Scim2Client(http, monotonic=surroundings.monotonic, wording=wording)
        self._endpoints: Mapping[str, str] = settings["endpoints"]
        self._update: str = settings["update"]

    def target(self, resource_type: ResourceType) -> Scim2Target:
        endpoint = self._endpoints.get(resource_type.name, resource_type.endpoint)
        return Scim2Target(self._client, resource_type, endpoint=endpoint, update=self._update)

    def offer(self, resource_types: Iterable[ResourceType]) -> Offer:
        """Go by what the service says of itself; what it says nothing of is taken for whole."""
        able, kept = self._client.abilities(), self._client.kept()
        types = {each.name: kept_attributes(each, kept) for each in resource_types} if kept else {}
        return Offer(filter=able.filter, sort=able.sort, etag=able.etag, types=types)

    def close(self) -> None:
        self._client.close()


def access_of(settings: Mapping[str, Any], surroundings: Surroundings) -> Access:
    """Read how a service is reached."""
    tls = settings["tls"]
    return Access(
        url=settings["url"],
        ca_file=surroundings.resolve(tls["ca_file"]) if tls["ca_file"] else None,
        verify=tls["verify"],
        timeout_seconds=settings["timeout_seconds"],
        proxy=settings["proxy"],
        credentials=_credentials(settings["authentication"], surroundings),
    )


def _credentials(keys: Mapping[str, Any], surroundings: Surroundings) -> httpx.Auth | None:
    resolve = surroundings.resolve
    match keys["method"]:
        case "basic":
            return httpx.BasicAuth(resolve(keys["username"]), resolve(keys["password"]))
        case "bearer":
            return HeaderCredentials("Authorization", f"Bearer {resolve(keys['token'])}")
        case "api_key":
            return HeaderCredentials(keys["header"], resolve(keys["value"]))
        case "client_credentials":
            client = Client(
                keys["token_url"],
                resolve(keys["client_id"]),
                resolve(keys["client_secret"]),
                keys.get("scope"),
            )
            return ClientCredentials(client, monotonic=surroundings.monotonic)
        case _:
            return None
