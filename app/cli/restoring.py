"""The commands for users who were deleted, and are kept: deleted, restore."""

from __future__ import annotations

import click

from app.access.application import RESIDENT
from app.cli.documents import author_option
from app.cli.users import domain_option
from app.directory.dn import Dn, InvalidDn
from app.mapping.model import SchemaMap
from app.provisioning.domain import Domain
from app.provisioning.events import Done
from app.provisioning.leftovers import leftovers, restore
from app.provisioning.routing import Destination
from app.scim.errors import ScimError
from app.services import Services
from app.store.audit import AuditEvent


@click.command("deleted")
@domain_option
@click.argument("name", default="")
@click.pass_obj
def list_deleted(services: Services, domain: str, name: str) -> None:
    """List users who were deleted and can be had back: all, or those called NAME."""
    try:
        for found in leftovers(*_user_store(services, domain)):
            if not name or found.name.lower() == name.lower():
                click.echo(f"{found.id}\t{found.name}\t{found.plan.dn}")
    except ScimError as error:
        raise click.ClickException(error.detail) from error


@click.command("restore")
@domain_option
@click.option(
    "--to", "container", help="Where the entry is to be, below the domain's base; where it was, if known."
)
@click.argument("resource_id", metavar="ID")
@author_option
@click.pass_obj
def restore_user(
    services: Services, domain: str, container: str | None, resource_id: str, author: str
) -> None:
    """Bring the deleted user with ID back, disabled, as far as the directory has kept what it was."""

    def record(done: Done) -> None:
        services.audit.record(_event(done, author))

    try:
        held, schema_map = _user_store(services, domain)
        to = None if container is None else Dn((*Dn.parse(container).rdns, *held.base.rdns))
        restored = restore(held, schema_map, resource_id, record=record, to=to)
    except (ScimError, InvalidDn) as error:
        raise click.ClickException(error.detail if isinstance(error, ScimError) else str(error)) from error
    click.echo(f"{restored.name} is back, disabled: {restored.plan.dn}")


def _user_store(services: Services, domain: str) -> tuple[Domain, SchemaMap]:
    held = services.router.domain(Destination(RESIDENT, domain))
    if "User" not in held.maps:
        raise click.ClickException(f"{domain} has no users")
    return held, held.maps["User"]


def _event(done: Done, author: str) -> AuditEvent:
    return AuditEvent(
        actor=author,
        action=done.action,
        outcome="failed" if done.error else "done",
        domain=done.domain,
        resource_type=done.resource_type,
        resource_id=done.resource_id,
        plan=done.plan.render(),
        detail=done.error.detail if done.error else "",
    )
