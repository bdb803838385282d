"""SCIM messages to one service and back: media type, errors, and what the service says it can do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Final
from urllib.parse import quote

from app.outbound.connectors.http import Answer, Http, refusal
from app.outbound.connectors.scim2.schemas import Kept, read_kept
from app.outbound.errors import Misconfigured, OutcomeUnknown
from app.scim.errors import InvalidSyntax, ScimError, ServiceUnavailable, TooManyRequests
from app.scim.json_text import parse_json
from app.scim.resource import is_complex
from app.scim.schema import Value

MEDIA_TYPE: Final = "application/scim+json"
CAPABILITIES_SECONDS: Final = 3600.0
_SHOWN_CHARACTERS: Final = 300
_OURS: Final = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}
)


def _as_it_is(document: Mapping[str, Value]) -> Mapping[str, Value]:
    return document


@dataclass(frozen=True, slots=True)
class Wording:
    """How messages are written that mean the same."""

    media_type: str = MEDIA_TYPE
    config_path: str = "/ServiceProviderConfig"
    schemas_path: str | None = "/Schemas"
    """None where schemas are described in another way."""
    outwards: Callable[[Mapping[str, Value]], Mapping[str, Value]] = _as_it_is
    inwards: Callable[[Mapping[str, Value]], Mapping[str, Value]] = _as_it_is


SCIM2: Final = Wording()


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a service says of itself in its ServiceProviderConfig (RFC 7643 §5)."""

    patch: bool = True
    filter: bool = True
    etag: bool = False
    sort: bool = False
    cursor: bool = False


class Scim2Client:
    """Sends SCIM requests."""

    def __init__(self, http: Http, *, monotonic: Callable[[], float], wording: Wording = SCIM2) -> None:
        self._wording = wording
        self._http = http
        self._monotonic = monotonic
        self._lock = Lock()
        self._abilities: Abilities | None = None
        self._asked = float("-inf")
        self._kept: Kept = {}
        self._kept_asked = False

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Value] | None = None,
        parameters: Mapping[str, str] | None = None,
        version: str | None = None,
    ) -> tuple[Value, Answer]:
        """Send a request; return the JSON of the answer, None where it has none. Raises ScimError."""
        headers = {"Accept": f"{self._wording.media_type}, application/json;q=0.9"}
        if body is not None:
            body, headers["Content-Type"] = self._wording.outwards(body), self._wording.media_type
        if version is not None:
            headers["If-Match"] = version
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        answer = self._http.send(method, path, parameters=parameters, headers=headers, content=content)
        if not answer.is_success:
            raise _refusal(method, answer, self._wording)
        document = _document(method, answer)
        return self._wording.inwards(document) if is_complex(document) else document, answer

    def abilities(self) -> Abilities:
        """Return what the service can do. One that does not say is taken for an ordinary one."""
        with self._lock:
            if self._abilities is None or self._monotonic() - self._asked > CAPABILITIES_SECONDS:
                self._abilities = self._ask()
                self._kept_asked = False
                self._asked = self._monotonic()
            return self._abilities

    def kept(self) -> Kept:
        """Return which attributes the service keeps, by schema, as far as it says; empty where it does not."""
        self.abilities()
        with self._lock:
            if not self._kept_asked:
                self._kept, self._kept_asked = self._ask_kept(), True
            return self._kept

    def _ask_kept(self) -> Kept:
        if self._wording.schemas_path is None:
            return {}
        try:
            document, _ = self.send("GET", self._wording.schemas_path)
        except ScimError as error:
            if isinstance(error, ServiceUnavailable | TooManyRequests):
                raise
            return {}
        return read_kept(document)

    def _ask(self) -> Abilities:
        try:
            document, _ = self.send("GET", self._wording.config_path)
        except Misconfigured:
            raise
        except ScimError as error:
            if error.status in {
                HTTPStatus.NOT_FOUND,
                HTTPStatus.METHOD_NOT_ALLOWED,
                HTTPStatus.NOT_IMPLEMENTED,
            }:
                return Abilities()
            raise
        if not is_complex(document):
            return Abilities()
        pagination = document.get("pagination")
        return Abilities(
            patch=_supports(document, "patch", default=True),
            filter=_supports(document, "filter", default=True),
            etag=_supports(document, "etag", default=False),
            sort=_supports(document, "sort", default=False),
            cursor=is_complex(pagination) and pagination.get("cursor") is True,
        )


def segment(text: str) -> str:
    """Write a text as one segment of a path."""
    return quote(text, safe="")


def _supports(document: Mapping[str, Value], name: str, *, default: bool) -> bool:
    below = document.get(name)
    supported = below.get("supported") if is_complex(below) else None
    return supported if isinstance(supported, bool) else default


def _refusal(method: str, answer: Answer, wording: Wording) -> ScimError:
    if answer.status in _OURS:
        return Misconfigured(f"it refuses our credentials or rights (status {answer.status})")
    said = _error_body(answer)
    said = wording.inwards(said) if is_complex(said) else said
    error = refusal(answer, said)
    error.detail = error.detail[:_SHOWN_CHARACTERS]
    is_lost = answer.status in {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}
    if is_lost and method != "GET":
        return OutcomeUnknown(f"something before it answered {answer.status}")
    return error


def _error_body(answer: Answer) -> Value:
    try:
        return parse_json(answer.content)
    except InvalidSyntax:
        return None


def _document(method: str, answer: Answer) -> Value:
    if not answer.content.strip():
        return None
    try:
        return parse_json(answer.content)
    except InvalidSyntax as error:
        if method == "GET":
            raise Misconfigured("it answers with something else than JSON: is the URL right?") from error
        # It has been done; how it looks now can be asked for.
        return None
