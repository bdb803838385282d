"""Requests on one resource type of a SCIM 2.0 service, with its own ids.

Nothing that a service answers is believed that cannot be: an answer about another resource than was asked for is an
error, and one that says too little is followed by a look.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from app.outbound.connectors.http import Answer
from app.outbound.connectors.scim2.client import Scim2Client, segment
from app.outbound.connectors.scim2.pages import list_parameters, page_of
from app.outbound.errors import Misconfigured, OutcomeUnknown
from app.provisioning.target import Page, Query, Wants, everything
from app.scim.codec import ResourceCodec
from app.scim.errors import InvalidFilter, InvalidSyntax, InvalidValue, PreconditionFailed
from app.scim.patch import apply
from app.scim.patch_operations import PATCH_URN, PatchOperation
from app.scim.path import AttributePath
from app.scim.replace import replace as replacement
from app.scim.resource import Resource, is_complex
from app.scim.schema import ResourceType, Value

_OWN: Final = frozenset({"id", "meta"})
_LARGE: Final = ("members", "groups")


class Scim2Target:
    """One resource type at one service."""

    def __init__(
        self, client: Scim2Client, resource_type: ResourceType, *, endpoint: str, update: str
    ) -> None:
        self._client = client
        self._type = resource_type
        self._codec = ResourceCodec(resource_type)
        self._endpoint = endpoint.rstrip("/")
        self._update = update

    def create(self, resource: Resource, *, wants: Wants = everything) -> Resource:
        document, answer = self._client.send("POST", self._endpoint, body=self._body(resource))
        created = self._told(document) or self._located(answer)
        if created is None:
            raise OutcomeUnknown("it created a resource and did not say which")
        return self._complete(created, wants)

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        document, _ = self._client.send(
            "GET", self._path(resource_id), parameters=_excluded(self._type, wants)
        )
        return self._expected(self._told(document), resource_id)

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        abilities = self._client.abilities()
        if query.filter is not None and not abilities.filter:
            raise InvalidFilter("it cannot filter, as its ServiceProviderConfig says")
        parameters = {**list_parameters(query, abilities), **_excluded(self._type, wants)}
        document, _ = self._client.send("GET", self._endpoint, parameters=parameters)
        return page_of(document, query, abilities=abilities, read=self._read)

    def replace(
        self, resource_id: str, resource: Resource, *, version: str | None = None, wants: Wants = everything
    ) -> Resource:
        body = {**self._body(resource), "id": resource_id}
        document, _ = self._client.send("PUT", self._path(resource_id), body=body, version=_tag(version))
        return self._after(document, resource_id, wants)

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
    ) -> Resource:
        if not self._patches():
            before = self.read(resource_id)
            after = replacement(before, apply(before, operations, create_on_replace=True))
            return self.replace(resource_id, after, version=version or version_of(before), wants=wants)
        body: dict[str, Value] = {
            "schemas": [PATCH_URN],
            "Operations": [_operation(operation) for operation in operations],
        }
        document, _ = self._client.send("PATCH", self._path(resource_id), body=body, version=_tag(version))
        return self._after(document, resource_id, wants)

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        self._client.send("DELETE", self._path(resource_id), version=_tag(version))

    def _patches(self) -> bool:
        return self._update == "patch" or (self._update == "auto" and self._client.abilities().patch)

    def _path(self, resource_id: str) -> str:
        return f"{self._endpoint}/{segment(resource_id)}"

    def _body(self, resource: Resource) -> dict[str, Value]:
        document = self._codec.dump(resource, secrets=True)
        return {name: value for name, value in document.items() if name not in _OWN}

    def _read(self, document: Value) -> Resource:
        try:
            resource = self._codec.load(document, purpose="read")
        except (InvalidSyntax, InvalidValue) as error:
            raise Misconfigured(f"it shows a {self._type.name} that is none: {error.detail}") from error
        if not isinstance(resource.attributes.get("id"), str):
            raise Misconfigured(f"it shows a {self._type.name} without an id")
        return _with_version(resource)

    def _told(self, document: Value) -> Resource | None:
        """Read the resource that an answer shows, if it shows one with its id."""
        return self._read(document) if is_complex(document) and "id" in document else None

    def _located(self, answer: Answer) -> Resource | None:
        """Find a created resource by where the answer says that it is (RFC 7644 §3.3)."""
        _, slash, last = answer.headers.get("Location", "").rstrip("/").rpartition("/")
        return Resource(self._type, {"id": unquote(last)}) if slash and last else None

    def _complete(self, created: Resource, wants: Wants) -> Resource:
        # The answer to a POST may be the id and nothing else.
        known = created.attributes.keys() - _OWN
        return created if known else self.read(str(created.attributes["id"]), wants=wants)

    def _after(self, document: Value, resource_id: str, wants: Wants) -> Resource:
        # RFC 7644 §3.5.2: a PATCH may be answered with 204.
        shown = self._told(document)
        return self.read(resource_id, wants=wants) if shown is None else self._expected(shown, resource_id)

    def _expected(self, resource: Resource | None, resource_id: str) -> Resource:
        if resource is None:
            raise Misconfigured(f"it shows no {self._type.name} where one was asked for")
        if resource.attributes["id"] != resource_id:
            raise Misconfigured(f"it shows another {self._type.name} than the one that was asked for")
        return resource


def version_of(resource: Resource) -> str | None:
    """Return a resource's version, as the methods of a target take it."""
    meta = resource.attributes.get("meta")
    version = meta.get("version") if is_complex(meta) else None
    return version[1:-1] if isinstance(version, str) else None


def _with_version(resource: Resource) -> Resource:
    """Wrap the service's entity tag, weak or strong or none at all, into one that every client gives back."""
    meta = resource.attributes.get("meta")
    if not is_complex(meta) or not isinstance(meta.get("version"), str):
        return resource
    wrapped = urlsafe_b64encode(str(meta["version"]).encode()).decode().rstrip("=")
    return Resource(resource.type, {**resource.attributes, "meta": {**meta, "version": f'"{wrapped}"'}})


def _tag(version: str | None) -> str | None:
    """Return the service's own entity tag."""
    if version is None:
        return None
    try:
        return urlsafe_b64decode(version + "=" * (-len(version) % 4)).decode()
    except ValueError as error:
        raise PreconditionFailed.by("If-Match") from error


def _operation(operation: PatchOperation) -> dict[str, Value]:
    written: dict[str, Value] = {"op": operation.op, "path": str(operation.target)}
    return written if operation.value is None else {**written, "value": operation.value}


def _excluded(resource_type: ResourceType, wants: Wants) -> dict[str, str]:
    """Leave out what is large and not wanted."""
    unwanted = [name for name in _LARGE if resource_type.attribute(name) and not wants(AttributePath(name))]
    return {"excludedAttributes": ",".join(unwanted)} if unwanted else {}
