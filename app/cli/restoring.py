"""The commands for users who were deleted, and are kept: deleted, restore."""

from __future__ import annotations

import click

from app.access.application import RESIDENT
from app.cli.documents import author_option
from app.cli.maps import DnParam
from app.cli.output import output_option, show
from app.cli.recording import COMMAND
from app.cli.refusals import NotThere, told
from app.cli.users import domain_option
from app.directory.dn import Dn
from app.mapping.model import SchemaMap
from app.provisioning.domain import Domain
from app.provisioning.leftovers import leftovers, restore
from app.provisioning.routing import Destination
from app.provisioning.trail import Origin
from app.services import Services


@click.command("deleted")
@domain_option
@click.argument("name", default="")
@output_option
@click.pass_obj
@told
def list_deleted(services: Services, domain: str, name: str, output: str) -> None:
    """List users who were deleted and can be had back: all, or those called NAME."""
    found = [
        each
        for each in leftovers(*_user_store(services, domain))
        if not name or each.name.lower() == name.lower()
    ]
    content = [{"id": each.id, "name": each.name, "dn": str(each.plan.dn)} for each in found]
    show(output, content, head=("ID", "NAME", "ENTRY"), rows=[tuple(each.values()) for each in content])


@click.command("restore")
@domain_option
@click.option(
    "--to",
    "container",
    type=DnParam(),
    help="Where the entry is to be, below the domain's base; where it was, if known.",
)
@click.argument("resource_id", metavar="ID")
@author_option
@click.pass_obj
@told
def restore_user(
    services: Services, domain: str, container: Dn | None, resource_id: str, author: str
) -> None:
    """Bring the deleted user with ID back, disabled, as far as the directory has kept what it was."""
    record = services.journal(Origin(author, COMMAND))
    held, schema_map = _user_store(services, domain)
    to = None if container is None else Dn((*container.rdns, *held.base.rdns))
    restored = restore(held, schema_map, resource_id, record=record, to=to)
    click.echo(f"{restored.name} is back, disabled: {restored.plan.dn}")


def _user_store(services: Services, domain: str) -> tuple[Domain, SchemaMap]:
    held = services.router.domain(Destination(RESIDENT, domain))
    if "User" not in held.maps:
        raise NotThere(f"{domain} has no users")
    return held, held.maps["User"]
