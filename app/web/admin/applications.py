"""Applications: making, changing and deleting them. Their secrets and tokens are in ``credentials``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import request
from marshmallow import Schema, fields, validate

from app.access.administrators import Role
from app.access.application import FAIL, GRANTS, PARTIAL, Application, Provisioning
from app.access.applications import provisioning_keys
from app.access.client_templates import TEMPLATES, Template
from app.access.onboarding import pasted, template_of
from app.access.scopes import API_SCOPES
from app.store.documents import InvalidDocuments
from app.web.admin.bodies import read, text
from app.web.admin.errors import UNPROCESSABLE, InvalidRequest
from app.web.admin.guard import me
from app.web.admin.recording import note
from app.web.admin.routes import TEXT, Answer, Operation
from app.web.current import services

KIND = "Application"
_TRUE, _FALSE = {True}, {False}


class ProvisioningSchema(Schema):
    """Where its requests go."""

    domain = fields.String(allow_none=True)
    domains = fields.List(fields.String(), validate=validate.Length(min=1))
    unreachable = fields.String(validate=validate.OneOf((FAIL, PARTIAL)))
    proxy_mode = fields.Boolean(truthy=_TRUE, falsy=_FALSE)
    connectors = fields.List(fields.String())


class TermsSchema(Schema):
    """On which terms it is let in and served: as its document says it, or null for nothing said."""

    networks = fields.List(fields.String(), allow_none=True)
    rate = fields.String(allow_none=True)
    tokens = fields.Dict(keys=fields.String(), allow_none=True)
    client = fields.Dict(keys=fields.String(), allow_none=True)
    self_service = fields.List(fields.String(), allow_none=True)
    guard = fields.Dict(keys=fields.String(), allow_none=True)
    user_roles = fields.Dict(keys=fields.String(), allow_none=True)
    client_keys = fields.Dict(keys=fields.String(), allow_none=True)
    client_certificates = fields.List(fields.Dict(keys=fields.String()), allow_none=True)
    token_issuers = fields.List(fields.Dict(keys=fields.String()), allow_none=True)


class ChangeSchema(TermsSchema):
    """What may be changed of an application, all of it or nothing. What is left out stays."""

    display_name = fields.String()
    enabled = fields.Boolean(truthy=_TRUE, falsy=_FALSE)
    grants = fields.List(fields.String(validate=validate.OneOf(GRANTS)))
    apis = fields.Dict(keys=fields.String(validate=validate.OneOf(tuple(API_SCOPES))), values=fields.Raw())
    provisioning = fields.Nested(ProvisioningSchema)


class CreateSchema(ChangeSchema):
    """A new application."""

    name = fields.String(required=True)
    template = fields.String(validate=validate.OneOf(tuple(TEMPLATES)))
    description = fields.String(load_default="")


def list_applications() -> Answer:
    """List applications."""
    return [_shown(each) for each in services().applications.list()]


def create() -> Answer:
    """Create an application; its secret is shown in the answer."""
    wanted = read(CreateSchema)
    if "template" in wanted:
        return _created_from(TEMPLATES[wanted["template"]], wanted)
    made = services().applications.create(
        wanted["name"],
        author=me().name,
        display_name=wanted.get("display_name", ""),
        description=wanted["description"],
    )
    _finish(made, wanted)
    note("create", KIND, made.name)
    secret = services().applications.client_secret(made.name)
    return {**_shown(services().applications.get(made.name)), "client_secret": secret}


def connection(name: str) -> Answer:
    """Say what to paste where into the application's client, or into another kind of client; without secrets."""
    application = services().applications.get(name)
    asked = text("client")
    if asked is not None and asked not in TEMPLATES:
        raise InvalidRequest(f"client is one of {', '.join(TEMPLATES)}")
    template = TEMPLATES[asked] if asked else template_of(application)
    return _values(application, template, {})


def show(name: str) -> Answer:
    """Show an application."""
    return _shown(services().applications.get(name))


def change(name: str) -> Answer:
    """Change parts of an application."""
    wanted, application = read(ChangeSchema), services().applications.get(name)
    _change(application, wanted)
    note("update", KIND, name, detail=", ".join(sorted(wanted)))
    return _shown(services().applications.get(name))


def delete(name: str) -> None:
    """Delete an application with its stored secrets."""
    services().applications.delete(name, author=me().name)
    note("delete", KIND, name)


_ONE = "/applications/<name>"
OPERATIONS = (
    Operation(method="GET", path="/applications", role=Role.VIEWER, view=list_applications),
    Operation(
        method="POST",
        path="/applications",
        role=Role.ADMINISTRATOR,
        view=create,
        body=CreateSchema,
        status=HTTPStatus.CREATED,
    ),
    Operation(method="GET", path=_ONE, role=Role.VIEWER, view=show),
    Operation(
        method="GET", path=f"{_ONE}/connection", role=Role.VIEWER, view=connection, query={"client": TEXT}
    ),
    Operation(method="PATCH", path=_ONE, role=Role.ADMINISTRATOR, view=change, body=ChangeSchema),
    Operation(method="DELETE", path=_ONE, role=Role.ADMINISTRATOR, view=delete),
)


def _created_from(template: Template, wanted: Mapping[str, Any]) -> Answer:
    if {"grants", "apis"} & wanted.keys():
        raise InvalidRequest("template says which grants and apis there are", status=UNPROCESSABLE)
    provisioning = wanted.get("provisioning", {})
    made = services().onboarding.create(
        template,
        wanted["name"],
        author=me().name,
        display_name=wanted.get("display_name", ""),
        domain=provisioning.get("domain"),
    )
    _finish(made.application, {key: value for key, value in wanted.items() if key != "display_name"})
    note("create", KIND, made.application.name, detail=template.title)
    secret = services().applications.client_secret(made.application.name) or ""
    return {
        **_shown(services().applications.get(made.application.name)),
        **_values(made.application, template, {"token": made.token, "client_secret": secret}),
    }


def _values(application: Application, template: Template, secrets: Mapping[str, str]) -> Mapping[str, Any]:
    root = (services().settings.public_url or request.host_url).rstrip("/")
    return {
        "template": template.name,
        "values": [
            {"field": each.place.label, "value": each.text or None, "hint": each.place.hint}
            for each in pasted(template, application, root, secrets)
        ],
    }


def _finish(made: Application, wanted: Mapping[str, Any]) -> None:
    """Say the rest of a new application; leave nothing of it where something is wrong."""
    try:
        _change(made, wanted)
    except (InvalidDocuments, InvalidRequest):
        services().applications.delete(made.name, author=me().name)
        raise


def _change(application: Application, wanted: Mapping[str, Any]) -> None:
    keys = {key: value for key, value in wanted.items() if key in ChangeSchema().fields}
    if "provisioning" in keys:
        keys["provisioning"] = provisioning_keys(_route(application.provisioning, keys["provisioning"]))
    if keys:
        services().applications.change(application.name, keys, author=me().name)


def _route(before: Provisioning, said: Mapping[str, Any]) -> Provisioning:
    """Put what is said into where requests go; one domain and several take each other's place."""
    if {"domain", "domains"} <= said.keys():
        raise InvalidRequest("provisioning names one domain, or domains", status=UNPROCESSABLE)
    wanted: dict[str, Any] = {key: value for key, value in said.items() if key != "domains"}
    if "connectors" in wanted:
        wanted["connectors"] = tuple(wanted["connectors"])
    if {"domain", "domains"} & said.keys():
        wanted["domain"], *others = said.get("domains", [said.get("domain")])
        wanted["others"] = tuple(others)
    return replace(before, **wanted)


def _shown(application: Application) -> Mapping[str, Any]:
    said = services().applications.said(application.name)
    return {
        "name": application.name,
        "display_name": application.display_name,
        "description": application.description,
        "enabled": application.enabled,
        "client_id": application.client_id,
        "grants": sorted(application.grants),
        "apis": {api: sorted(scopes) for api, scopes in application.apis.items()},
        "provisioning": {
            "domain": application.provisioning.domain,
            "domains": list(application.provisioning.domains),
            "unreachable": application.provisioning.unreachable,
            "proxy_mode": application.provisioning.proxy_mode,
            "connectors": list(application.provisioning.connectors),
        },
        **{key: said.get(key) for key in TermsSchema().fields},
    }
