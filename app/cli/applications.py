"""The commands for applications: their grants, APIs, route, secrets and tokens. What they may be is left to ``app.access``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from getpass import getuser
from socket import getfqdn

import click

from app.access.application import ALL, GRANTS, Application
from app.access.client_templates import TEMPLATES
from app.access.onboarding import Onboarded, pasted
from app.access.scopes import API_SCOPES
from app.cli.application_changes import change
from app.cli.documents import TIME, author_option
from app.cli.output import TABLE, output_option, show, show_one, table, text_of
from app.cli.recording import note
from app.cli.refusals import told
from app.services import Services
from app.store.documents import InvalidDocuments

_SHOWN = {"display_name", "client_id", "client_secrets", "enabled", "grants", "apis", "provisioning"}


@click.group("applications")
def applications() -> None:
    """Applications: the systems that may call Landbridge, each with credentials of its own."""


applications.add_command(change)


@applications.command("list")
@output_option
@click.pass_obj
def list_applications(services: Services, output: str) -> None:
    """List applications."""
    found = services.applications.list()
    rows = [(each.name, each.client_id or "", _state(each), _route(each)) for each in found]
    head = ("NAME", "CLIENT ID", "STATE", "PROVISIONS TO")
    content = [_document(each) | _terms(services, each.name) for each in found]
    show(output, content, head=head, rows=rows)


@applications.command("create")
@click.argument("name")
@click.option("--display-name", default="", help="What people see.")
@click.option("--domain", help="The user store domain that its users go to.")
@click.option(
    "--grant", "grants", multiple=True, type=click.Choice(GRANTS), help="An OAuth grant it may use."
)
@click.option("--api", "apis", multiple=True, help="An API with all its scopes, or API=SCOPE,SCOPE.")
@click.option(
    "--template",
    "kind",
    type=click.Choice(list(TEMPLATES)),
    help="A kind of client: the application gets what it needs, and you see what to paste there.",
)
@author_option
@output_option
@click.pass_obj
@told
def create(  # noqa: PLR0913 - one for each option
    services: Services,
    name: str,
    *,
    display_name: str,
    domain: str | None,
    grants: Sequence[str],
    apis: Sequence[str],
    kind: str | None,
    author: str,
    output: str,
) -> None:
    """Create an application, and show what to tell its client."""
    if kind:
        if grants or apis:
            raise click.UsageError("--template says which grants and APIs there are")
        template = TEMPLATES[kind]
        onboarded = services.onboarding.create(
            template, name, author=author, display_name=display_name, domain=domain
        )
        _tell_client(services, onboarded, output)
        return
    authorised = dict(map(_api, apis))
    made = services.applications.create(name, author=author, display_name=display_name)
    try:
        if domain:
            services.applications.set_provisioning(
                name, replace(made.provisioning, domain=domain), author=author
            )
        if grants:
            services.applications.set_grants(name, grants, author=author)
        if authorised:
            services.applications.set_apis(name, authorised, author=author)
    except InvalidDocuments:
        services.applications.delete(name, author=author)
        raise
    secret = services.applications.client_secret(name)
    show_one(output, {"client id": made.client_id, "client secret": secret})


def _tell_client(services: Services, made: Onboarded, output: str) -> None:
    secrets = {
        "token": made.token,
        "client_secret": services.applications.client_secret(made.application.name) or "",
    }
    if made.token:
        about = f"{made.application.name}: {made.template.token_name}"
        note(services, getuser(), action="create", resource_type="Token", resource_id=about)
    values = pasted(made.template, made.application, _service_url(services), secrets)
    content = {each.place.label: each.text for each in values}
    if output != TABLE:
        click.echo(text_of(content, output), nl=False)
        return
    click.echo(table(("FIELD", "WHAT GOES THERE"), content.items()), nl=False)
    click.echo(made.template.note or made.template.purpose, err=True)


def _service_url(services: Services) -> str:
    settings = services.settings
    return (settings.public_url or f"https://{getfqdn()}:{settings.port}").rstrip("/")


@applications.command("grants")
@click.argument("name")
@click.argument("grants", nargs=-1, type=click.Choice(GRANTS))
@author_option
@click.pass_obj
@told
def set_grants(services: Services, name: str, grants: Sequence[str], author: str) -> None:
    """Say which OAuth grants an application may use."""
    services.applications.set_grants(name, grants, author=author)


@applications.command("apis")
@click.argument("name")
@click.argument("apis", nargs=-1)
@author_option
@click.pass_obj
@told
def set_apis(services: Services, name: str, apis: Sequence[str], author: str) -> None:
    """Say which APIs an application is authorised for, each with all its scopes or as API=SCOPE,SCOPE."""
    services.applications.set_apis(name, dict(map(_api, apis)), author=author)


@applications.command("enable")
@click.argument("name")
@author_option
@click.pass_obj
@told
def enable(services: Services, name: str, author: str) -> None:
    """Let an application in."""
    services.applications.set_enabled(name, enabled=True, author=author)


@applications.command("disable")
@click.argument("name")
@author_option
@click.pass_obj
@told
def disable(services: Services, name: str, author: str) -> None:
    """Keep an application out, at once, with all tokens that it has."""
    services.applications.set_enabled(name, enabled=False, author=author)


@applications.command("delete")
@click.argument("name")
@author_option
@click.confirmation_option(prompt="Delete the application with its secrets and tokens?")
@click.pass_obj
@told
def delete(services: Services, name: str, author: str) -> None:
    """Delete an application with its stored secrets. Users that it provisioned stay."""
    services.applications.delete(name, author=author)


@applications.group("secrets")
def secrets() -> None:
    """The client secrets of an application. Each valid one will do."""


@secrets.command("list")
@click.argument("name")
@output_option
@click.pass_obj
@told
def list_secrets(services: Services, name: str, output: str) -> None:
    """List an application's secrets, without the secrets themselves."""
    secrets = services.applications.get(name).client_secrets
    rows = [(secret.id, str(secret.value), _until(secret.expires, services.clock())) for secret in secrets]
    content = [{"id": each.id, "kept_in": each.value.to_json(), "expires": each.expires} for each in secrets]
    show(output, content, head=("ID", "KEPT IN", "EXPIRES"), rows=rows)


@secrets.command("add")
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good; for good by default.")
@author_option
@click.pass_obj
@told
def add_secret(services: Services, name: str, days: int | None, author: str) -> None:
    """Make one more secret and show it."""
    lifetime = timedelta(days=days) if days else None
    click.echo(services.applications.add_secret(name, author=author, lifetime=lifetime))


@secrets.command("rotate")
@click.argument("name")
@click.option("--grace-hours", type=click.IntRange(1, 8760), help="How long the old ones go on working.")
@author_option
@click.pass_obj
@told
def rotate_secret(services: Services, name: str, grace_hours: int | None, author: str) -> None:
    """Make a new secret and show it. The others end now, or after a grace."""
    grace = timedelta(hours=grace_hours) if grace_hours else None
    services.applications.rotate_secret(name, author=author, grace=grace)
    click.echo(services.applications.client_secret(name))


@secrets.command("remove")
@click.argument("name")
@click.argument("secret_id", metavar="ID")
@author_option
@click.pass_obj
@told
def remove_secret(services: Services, name: str, secret_id: str, author: str) -> None:
    """End one secret."""
    services.applications.remove_secret(name, secret_id, author=author)


@applications.group("tokens")
def tokens() -> None:
    """Long-lived tokens for clients that can do nothing but send one, such as Entra ID and Okta."""


@tokens.command("list")
@click.argument("name")
@output_option
@click.pass_obj
@told
def list_tokens(services: Services, name: str, output: str) -> None:
    """List an application's tokens, without the tokens themselves."""
    now, found = services.clock(), services.named_tokens.list(services.applications.get(name))
    rows = [
        (token.id, token.name, token.state(now), f"{token.expires:{TIME}}", _used(token.last_used))
        for token in found
    ]
    content = [{**asdict(each), "scopes": sorted(each.scopes), "state": each.state(now)} for each in found]
    show(output, content, head=("ID", "NAME", "STATE", "EXPIRES", "LAST USED"), rows=rows)


@tokens.command("create")
@click.argument("name")
@click.argument("token_name", metavar="TOKEN")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long it is good."
)
@click.option("--scope", help="What it is good for; all that the application has by default.")
@author_option
@click.pass_obj
@told
def create_token(  # noqa: PLR0913 - one for each option
    services: Services, name: str, token_name: str, *, days: int, scope: str | None, author: str
) -> None:
    """Make a token called TOKEN and show it, this once."""
    application = services.applications.get(name)
    made = services.named_tokens.create(application, token_name, lifetime=timedelta(days=days), scopes=scope)
    note(services, author, action="create", resource_type="Token", resource_id=f"{name}: {token_name}")
    click.echo(made)


@tokens.command("revoke")
@click.argument("name")
@click.argument("token_id", metavar="ID")
@author_option
@click.pass_obj
@told
def revoke_token(services: Services, name: str, token_id: str, author: str) -> None:
    """End a token, at once."""
    ended = services.named_tokens.revoke(services.applications.get(name), token_id)
    note(services, author, action="revoke", resource_type="Token", resource_id=f"{name}: {ended.name}")


def _api(text: str) -> tuple[str, str | list[str]]:
    name, equals, scopes = text.partition("=")
    if name not in API_SCOPES:
        raise click.BadParameter(f"{name} is none of {', '.join(API_SCOPES)}")
    return name, scopes.split(",") if equals else ALL


def _document(application: Application) -> dict[str, object]:
    return {
        "name": application.name,
        "display_name": application.display_name,
        "client_id": application.client_id,
        "enabled": application.enabled,
        "grants": sorted(application.grants),
        "scopes": sorted(application.scopes),
        "domain": application.provisioning.domain,
        "domains": list(application.provisioning.domains),
        "proxy_mode": application.provisioning.proxy_mode,
        "connectors": list(application.provisioning.connectors),
    }


def _terms(services: Services, name: str) -> dict[str, object]:
    """Return what else is said of an application in its document."""
    said = services.applications.said(name)
    return {key: said[key] for key in said.keys() - _SHOWN}


def _state(application: Application) -> str:
    return "enabled" if application.enabled else "disabled"


def _route(application: Application) -> str:
    route = application.provisioning
    ways = ["proxy mode"] if route.proxy_mode else [*route.domains]
    return ", ".join([*ways, *route.connectors])


def _until(expires: datetime | None, now: datetime) -> str:
    if expires is None:
        return "never"
    return f"{expires.astimezone(UTC):{TIME}}" + ("" if now < expires else " (expired)")


def _used(time: datetime | None) -> str:
    return f"{time:{TIME}}" if time else "never"
