"""The commands for users as they stand in a user store domain: list, show."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from app.access.application import RESIDENT
from app.cli.output import JSON, YAML, output_option, show, text_of
from app.cli.refusals import NotThere, told
from app.provisioning.events import Done
from app.provisioning.routing import Destination
from app.provisioning.target import Query, Target
from app.scim.calling import full_name
from app.scim.codec import ResourceCodec
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.services import Services

_HEAD = ("USER NAME", "NAME", "EMAIL", "ACTIVE")

domain_option = click.option("--domain", default="PRIMARY", show_default=True, help="The user store domain.")


@click.group()
def users() -> None:
    """Users of a domain, as SCIM clients see them."""


@users.command("list")
@domain_option
@output_option
@click.option("--filter", "text", help="A SCIM filter, such as 'userName sw \"a\"'.")
@click.option(
    "--count", type=click.IntRange(0, 10_000), default=100, show_default=True, help="How many at most."
)
@click.pass_obj
@told
def list_users(services: Services, domain: str, output: str, text: str | None, count: int) -> None:
    """List users."""
    user = services.resource_types["User"]
    condition = resolve(parse(text), user) if text else None
    page = _target(services, domain).search(Query(filter=condition, count=count))
    rows = [_row(found) for found in page.resources]
    show(output, [_document(found) for found in page.resources], head=_HEAD, rows=rows)
    click.echo(f"{len(page.resources)} of {page.total}", err=True)


@users.command("show")
@domain_option
@click.argument("name")
@output_option
@click.pass_obj
@told
def show_user(services: Services, domain: str, name: str, output: str) -> None:
    """Show the user called NAME: as JSON, or as YAML."""
    user = services.resource_types["User"]
    condition = resolve(parse(f"userName eq {json.dumps(name)}"), user)
    page = _target(services, domain).search(Query(filter=condition, count=1))
    if not page.resources:
        raise NotThere(f"there is no user {name} in {domain}")
    click.echo(text_of(_document(page.resources[0]), YAML if output == YAML else JSON), nl=False)


def _target(services: Services, domain: str) -> Target:
    return services.router.target("User", Destination(RESIDENT, domain), record=_unexpected)


def _unexpected(done: Done) -> None:
    raise AssertionError(f"{done.action} by a command that only reads")


def _document(resource: Resource) -> object:
    return ResourceCodec(resource.type).dump(resource)


def _row(user: Resource) -> Sequence[str]:
    return _text(user, "userName"), full_name(user), _text(user, "emails.value"), _text(user, "active")


def _text(resource: Resource, name: str) -> str:
    attribute, _, sub = name.partition(".")
    value = resource.get(AttributePath(attribute, sub or None))
    values = value if isinstance(value, list) else [] if value is None else [value]
    return ", ".join(str(found).lower() if isinstance(found, bool) else str(found) for found in values)
