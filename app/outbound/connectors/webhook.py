"""Any HTTP service as a connector: a request for each change, signed.

    settings:
      url: https://hooks.example.com/people
      secret: {env: HOOK_SECRET}
      format: template
      body: {who: "{userName}", mail: "{emails[work]}", what: "{$action}"}

Requests are signed as Standard Webhooks has it: ``webhook-id`` is the same however often one is sent,
``webhook-signature`` is an HMAC of it, of ``webhook-timestamp`` and of the body. With ``format: set`` the body is a
Security Event Token of RFC 9967 (a JWT, pushed as RFC 8935 has it), signed with the same secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import OctKey
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.outbound.connector import Message, Surroundings
from app.outbound.connectors.http import Answer, Http, refusal
from app.outbound.connectors.message_template import InvalidBody, check_body, fill_body
from app.outbound.connectors.scim2.settings import Scim2Settings
from app.outbound.connectors.scim2.type import access_of
from app.outbound.errors import Misconfigured, OutcomeUnknown
from app.scim.patch_operations import PATCH_URN
from app.scim.schema import Value
from app.store.document import Document, Lookup, Problem
from app.store.references import SecretReference

EVENTS: Final = {
    "create": "urn:ietf:params:scim:event:prov:create:full",
    "update": "urn:ietf:params:scim:event:prov:put:full",
    "patch": "urn:ietf:params:scim:event:prov:patch:full",
    "delete": "urn:ietf:params:scim:event:prov:delete",
    "disable": "urn:ietf:params:scim:event:prov:deactivate",
}
LEAST_SECRET_BYTES: Final = 24
_LOST: Final = frozenset(
    {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}
)


class WebhookSettings(Scim2Settings):
    """A URL, and what is sent there. Reaching it is described as for SCIM 2 services."""

    class Meta:
        """These have no meaning here."""

        exclude = ("endpoints", "update")

    secret = SecretReference()
    format = fields.String(validate=validate.OneOf(("json", "template", "set")), load_default="json")
    body = fields.Raw(load_default=None)
    issuer = fields.String(load_default=None)
    audience = fields.String(load_default=None)

    @validates_schema
    def _check_format(self, values: Mapping[str, Any], **_: Any) -> None:
        chosen = values.get("format")
        if (chosen == "template") is (values.get("body") is None):
            raise ValidationError({"body": ["goes with format: template, and with no other"]})
        if chosen == "set" and not (values.get("issuer") and values.get("secret")):
            raise ValidationError({"issuer": ["issuer and secret are needed for format: set"]})
        try:
            check_body(values.get("body"))
        except InvalidBody as error:
            raise ValidationError({"body": [str(error)]}) from error


class Webhook:
    """Opens HTTP services."""

    settings: type[Schema] = WebhookSettings

    def problems(self, document: Document, lookup: Lookup) -> Iterable[Problem]:
        del document, lookup
        return ()

    def open(self, settings: Mapping[str, Any], surroundings: Surroundings) -> Hook:
        secret = surroundings.resolve(settings["secret"]) if settings.get("secret") else None
        if secret is not None and len(secret.encode()) < LEAST_SECRET_BYTES:
            raise Misconfigured(f"its secret has fewer than {LEAST_SECRET_BYTES} bytes")
        return Hook(settings, Http(access_of(settings, surroundings)), secret, clock=surroundings.clock)


class Hook:
    """One HTTP service."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        http: Http,
        secret: str | None,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._http = http
        self._secret = secret
        self._clock = clock

    def send(self, message: Message) -> str | None:
        media_type, content = self._content(message)
        moment = str(int(self._clock().timestamp()))
        headers = {"Content-Type": media_type, "webhook-id": message.key, "webhook-timestamp": moment}
        if self._secret is not None:
            headers["webhook-signature"] = signature(self._secret, message.key, moment, content)
        answer = self._http.send("POST", "", headers=headers, content=content)
        if answer.is_success:
            return _named(answer)
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise Misconfigured(f"it refuses our credentials (status {answer.status})")
        if answer.status in _LOST:
            raise OutcomeUnknown(f"it answered {answer.status}")
        raise refusal(answer, _said(answer))

    def close(self) -> None:
        self._http.close()

    def _content(self, message: Message) -> tuple[str, bytes]:
        match self._settings["format"]:
            case "set":
                return "application/secevent+jwt", self._event_token(message).encode()
            case "template":
                return "application/json", _json(fill_body(self._settings["body"], message))
            case _:
                return "application/json", _json(message.document())

    def _event_token(self, message: Message) -> str:
        data = _event_data(message)
        claims = {
            "iss": self._settings["issuer"],
            "iat": int(self._clock().timestamp()),
            "jti": message.key,
            "txn": message.key,
            "sub_id": _subject(message),
            "events": {EVENTS[message.action]: {"data": data} if data else {}},
        }
        if self._settings["audience"]:
            claims["aud"] = self._settings["audience"]
        return jwt.encode(
            {"alg": "HS256", "typ": "secevent+jwt"}, claims, OctKey.import_key(self._secret or "")
        )


def _subject(message: Message) -> dict[str, Value]:
    """Say whom an event is about. RFC 9967 §2.1: by our path, whatever the receiver calls the resource."""
    uri = f"{message.resource_type.endpoint}/{message.resource_id}"
    external_id = message.resource.attributes.get("externalId") if message.resource else None
    known: dict[str, Value] = {"externalId": external_id} if isinstance(external_id, str) else {}
    return {"format": "scim", "uri": uri, **known}


def _event_data(message: Message) -> Value:
    """Return the request that an event stands for. RFC 9967 §2.2: as bulk requests have it."""
    if message.operations:
        return {"schemas": [PATCH_URN], "Operations": list(message.operations)}
    return message.document().get("resource")


def signature(secret: str, key: str, moment: str, content: bytes) -> str:
    """Sign a request as Standard Webhooks has it."""
    signed = f"{key}.{moment}.".encode() + content
    return "v1," + base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _said(answer: Answer) -> dict[str, Any]:
    """Read an answer: an object, where it is one."""
    try:
        said = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    # RFC 8935 §2.3 has its own word for what SCIM calls the detail.
    return {"detail": said.get("description"), **said}


def _named(answer: Answer) -> str | None:
    found = _said(answer).get("id")
    return found if isinstance(found, str) and found else None
