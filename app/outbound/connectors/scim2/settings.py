"""The settings of a SCIM 2.0 service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.store.references import SecretReference, TextOrReference

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NEEDS: Mapping[str, frozenset[str]] = {
    "none": frozenset(),
    "basic": frozenset({"username", "password"}),
    "bearer": frozenset({"token"}),
    "api_key": frozenset({"header", "value"}),
    "client_credentials": frozenset({"token_url", "client_id", "client_secret"}),
}
_MAY_HAVE: Mapping[str, frozenset[str]] = {"client_credentials": frozenset({"scope"})}


class AuthenticationSchema(Schema):
    """How we make ourselves known."""

    method = fields.String(required=True, validate=validate.OneOf(tuple(_NEEDS)))
    username = TextOrReference()
    password = SecretReference()
    token = SecretReference()
    header = fields.String(validate=validate.Regexp(r"[A-Za-z0-9-]{1,100}\Z"))
    value = SecretReference()
    token_url = fields.String()
    client_id = TextOrReference()
    client_secret = SecretReference()
    scope = fields.String()

    @validates_schema
    def _check(self, values: Mapping[str, Any], **_: Any) -> None:
        method = values.get("method", "none")
        given, needed = values.keys() - {"method"}, _NEEDS.get(method, frozenset())
        missing, idle = needed - given, given - needed - _MAY_HAVE.get(method, frozenset())
        if missing or idle:
            raise ValidationError(
                {name: [f"is needed for {method}"] for name in missing}
                | {name: [f"has no meaning beside {method}"] for name in idle}
            )


class TlsSchema(Schema):
    """How the service's certificate is trusted."""

    ca_file = TextOrReference(load_default=None)
    verify = fields.Boolean(truthy={True}, falsy={False}, load_default=True)


class Scim2Settings(Schema):
    """A SCIM 2.0 service: where it is, and its ways."""

    url = fields.String(required=True)
    authentication = fields.Nested(AuthenticationSchema, load_default=lambda: {"method": "none"})
    endpoints = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.Regexp(r"/[^?#\s]*\Z", error="begins with a slash")),
        load_default=dict,
    )
    update = fields.String(validate=validate.OneOf(("auto", "patch", "put")), load_default="auto")
    tls = fields.Nested(TlsSchema, load_default=lambda: TlsSchema().load({}))
    allow_http = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    proxy = fields.String(load_default=None)
    timeout_seconds = fields.Float(load_default=15.0, validate=validate.Range(0.1, 300))

    @validates_schema
    def _check_urls(self, values: Mapping[str, Any], **_: Any) -> None:
        urls = {"url": values.get("url"), "token_url": values.get("authentication", {}).get("token_url")}
        for key, url in urls.items():
            problem = url and _problem_of(url, allow_http=values.get("allow_http", False))
            if problem:
                raise ValidationError(
                    {key: [problem]} if key == "url" else {"authentication": {key: [problem]}}
                )


def _problem_of(url: str, *, allow_http: bool) -> str | None:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "is no URL"
    if parts.scheme not in {"https", "http"} or not host:
        return "is no URL of a host by https"
    if parts.username is not None or parts.query or parts.fragment:
        return "is a base: without credentials, query and fragment"
    if parts.scheme == "http" and host not in _LOOPBACK and not allow_http:
        return "sends credentials in the clear: use https, or say allow_http: true"
    return None
