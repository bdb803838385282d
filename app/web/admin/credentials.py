"""The client secrets and the long-lived tokens of an application. Each is shown in the answer that makes it, and never again."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields, validate

from app.access.administrators import Role
from app.access.named_tokens import NamedToken
from app.web.admin.bodies import read
from app.web.admin.guard import me
from app.web.admin.recording import note
from app.web.admin.routes import Answer, Operation
from app.web.current import services

_DAYS = validate.Range(1, 3650)


class SecretSchema(Schema):
    """One more secret."""

    days = fields.Integer(strict=True, validate=_DAYS)


class RotationSchema(Schema):
    """A secret in the place of the others."""

    grace_hours = fields.Integer(strict=True, validate=validate.Range(0, 8760), load_default=0)


class TokenSchema(Schema):
    """One more token."""

    name = fields.String(required=True)
    days = fields.Integer(strict=True, validate=_DAYS, load_default=365)
    scope = fields.String()


def list_secrets(name: str) -> Answer:
    """List where an application's client secrets are kept, and how long each is good."""
    return [
        {"id": each.id, "kept_in": each.value.to_json(), "expires": _iso(each.expires)}
        for each in services().applications.get(name).client_secrets
    ]


def add_secret(name: str) -> Answer:
    """Make one more client secret, beside the others."""
    days = read(SecretSchema).get("days")
    lifetime = timedelta(days=days) if days else None
    made = services().applications.add_secret(name, author=me().name, lifetime=lifetime)
    note("create", "Client secret", name)
    return {"client_secret": made, "id": services().applications.get(name).client_secrets[0].id}


def rotate_secret(name: str) -> Answer:
    """Make a new client secret; the others end now, or after a grace."""
    hours = read(RotationSchema)["grace_hours"]
    grace = timedelta(hours=hours) if hours else None
    services().applications.rotate_secret(name, author=me().name, grace=grace)
    note("rotate", "Client secret", name)
    return {"client_secret": services().applications.client_secret(name)}


def remove_secret(name: str, secret_id: str) -> None:
    """End a client secret."""
    services().applications.remove_secret(name, secret_id, author=me().name)
    note("remove", "Client secret", f"{name}: {secret_id}")


def list_tokens(name: str) -> Answer:
    """List an application's long-lived tokens, without the tokens themselves."""
    return [_shown(each) for each in services().named_tokens.list(services().applications.get(name))]


def create_token(name: str) -> Answer:
    """Make a long-lived token."""
    wanted, application = read(TokenSchema), services().applications.get(name)
    made = services().named_tokens.create(
        application, wanted["name"], lifetime=timedelta(days=wanted["days"]), scopes=wanted.get("scope")
    )
    note("create", "Token", f"{name}: {wanted['name']}")
    newest = next(each for each in services().named_tokens.list(application) if each.name == wanted["name"])
    return {"token": made, **_shown(newest)}


def revoke_token(name: str, token_id: str) -> None:
    """End a long-lived token."""
    ended = services().named_tokens.revoke(services().applications.get(name), token_id)
    note("revoke", "Token", f"{name}: {ended.name}")


_SECRETS, _TOKENS = "/applications/<name>/secrets", "/applications/<name>/tokens"
OPERATIONS = (
    Operation(method="GET", path=_SECRETS, role=Role.VIEWER, view=list_secrets),
    Operation(
        method="POST",
        path=_SECRETS,
        role=Role.ADMINISTRATOR,
        view=add_secret,
        body=SecretSchema,
        status=HTTPStatus.CREATED,
    ),
    Operation(
        method="POST",
        path=f"{_SECRETS}/rotate",
        role=Role.ADMINISTRATOR,
        view=rotate_secret,
        body=RotationSchema,
    ),
    Operation(method="DELETE", path=f"{_SECRETS}/<secret_id>", role=Role.ADMINISTRATOR, view=remove_secret),
    Operation(method="GET", path=_TOKENS, role=Role.VIEWER, view=list_tokens),
    Operation(
        method="POST",
        path=_TOKENS,
        role=Role.ADMINISTRATOR,
        view=create_token,
        body=TokenSchema,
        status=HTTPStatus.CREATED,
    ),
    Operation(method="DELETE", path=f"{_TOKENS}/<token_id>", role=Role.ADMINISTRATOR, view=revoke_token),
)


def _shown(token: NamedToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "issued": _iso(token.issued),
        "expires": _iso(token.expires),
        "last_used": _iso(token.last_used),
        "state": token.state(services().clock()),
    }


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
