"""The commands that create, change and delete one user or one group of a domain, as the console does; groups, too, list and show.

What is said is SCIM: resources and PATCH bodies as JSON. Many at once are left to ``exchanging``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import click

from app.access.application import RESIDENT
from app.cli.documents import author_option
from app.cli.output import JSON, YAML, output_option, show, text_of
from app.cli.recording import COMMAND
from app.cli.refusals import NotThere, Refusal, told
from app.cli.users import domain_option
from app.provisioning.guard import Sentry
from app.provisioning.routing import Destination
from app.provisioning.target import Query, Target, everything, nothing
from app.provisioning.trail import Origin
from app.scim.codec import ResourceCodec
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.json_text import parse_json
from app.scim.patch_operations import parse_patch
from app.scim.resource import Resource
from app.scim.schema import ResourceType, Value
from app.services import Services

_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
_file_option = click.option("-f", "--file", type=_FILE, required=True, help="The JSON; - for standard input.")


@dataclass(frozen=True, slots=True)
class Kind:
    """What is created and changed, and by which attribute people name it."""

    type_name: str
    one: str
    named_by: str


USER, GROUP = Kind("User", "user", "userName"), Kind("Group", "group", "displayName")


@dataclass(frozen=True, slots=True)
class Store:
    """The resources of a kind in a domain, on somebody's behalf."""

    services: Services
    kind: Kind
    domain: str
    author: str

    @property
    def type(self) -> ResourceType:
        """Return their resource type."""
        return self.services.resource_types[self.kind.type_name]

    @property
    def target(self) -> Target:
        """Return where they are; what is written there is weighed and recorded."""
        services, destination = self.services, Destination(RESIDENT, self.domain)
        limits = services.applications.resident().guard
        sentry = Sentry(services.held_changes, services.populations, self.author, COMMAND, limits)
        record = services.journal(Origin(self.author, COMMAND))
        return services.router.target(self.kind.type_name, destination, record=record, sentry=sentry)

    def find(self, name: str) -> Resource:
        """Return the one that is called so, or has that id; raise NotThere, and Refusal where several are called so."""
        named = f"{self.kind.named_by} eq {json.dumps(name)} or id eq {json.dumps(name)}"
        found = self.target.search(Query(filter=resolve(parse(named), self.type), count=2), wants=everything)
        if len(found.resources) > 1:
            raise Refusal(f"{found.total} {self.kind.one}s are called {name}: name the one by its id")
        if not found.resources:
            raise NotThere(f"there is no {self.kind.one} {name} in {self.domain}")
        return found.resources[0]

    def patch(self, name: str, body: Value) -> None:
        """Change the one that is called so."""
        patch = parse_patch(body, self.type)
        self.target.patch(str(self.find(name).attributes["id"]), patch, wants=nothing)

    def tell(self, resource: Resource, output: str) -> None:
        """Show one as SCIM clients see it."""
        dumped = ResourceCodec(self.type).dump(resource)
        click.echo(text_of(dumped, YAML if output == YAML else JSON), nl=False)


def commands_of(kind: Kind) -> tuple[click.Command, ...]:
    """Make the commands that create, change and delete one of a kind."""
    return _creating(kind), _patching(kind), _deleting(kind)


def _creating(kind: Kind) -> click.Command:
    @click.command(
        "create", help=f"Create the {kind.one} that a file has as SCIM JSON, and show what became of it."
    )
    @domain_option
    @_file_option
    @output_option
    @author_option
    @click.pass_obj
    @told
    def create(services: Services, domain: str, file: Path, output: str, author: str) -> None:
        store = Store(services, kind, domain, author)
        resource = ResourceCodec(store.type).load(_read(file), purpose="create")
        store.tell(store.target.create(resource, wants=everything), output)

    return create


def _patching(kind: Kind) -> click.Command:
    @click.command(
        "patch", help=f"Change the {kind.one} called NAME, or with that id, by a SCIM PATCH body in a file."
    )
    @domain_option
    @click.argument("name")
    @_file_option
    @author_option
    @click.pass_obj
    @told
    def patch(services: Services, domain: str, name: str, file: Path, author: str) -> None:
        Store(services, kind, domain, author).patch(name, _read(file))

    return patch


def _deleting(kind: Kind) -> click.Command:
    @click.command(
        "delete",
        help=f"Delete the {kind.one} called NAME, or with that id, as the domain says what that means.",
    )
    @domain_option
    @click.argument("name")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @author_option
    @click.pass_obj
    @told
    def delete(services: Services, *, domain: str, name: str, yes: bool, author: str) -> None:
        store = Store(services, kind, domain, author)
        doomed = store.find(name)
        if not yes:
            click.confirm(f"Delete {name} from {domain}?", abort=True, err=True)
        store.target.delete(str(doomed.attributes["id"]))

    return delete


@click.command("enable")
@domain_option
@click.argument("name")
@author_option
@click.pass_obj
@told
def enable_user(services: Services, domain: str, name: str, author: str) -> None:
    """Enable the user called NAME, or with that id."""
    Store(services, USER, domain, author).patch(name, _replacing("active", value=True))


@click.command("disable")
@domain_option
@click.argument("name")
@author_option
@click.pass_obj
@told
def disable_user(services: Services, domain: str, name: str, author: str) -> None:
    """Disable the user called NAME, or with that id."""
    Store(services, USER, domain, author).patch(name, _replacing("active", value=False))


@click.command("password")
@domain_option
@click.argument("name")
@click.password_option(help="Better left to the prompt: a command line can be seen by others.")
@author_option
@click.pass_obj
@told
def set_password(services: Services, *, domain: str, name: str, password: str, author: str) -> None:
    """Give the user called NAME, or with that id, another password."""
    Store(services, USER, domain, author).patch(name, _replacing("password", value=password))


@click.group()
def groups() -> None:
    """Groups of a domain, as SCIM clients see them."""


@groups.command("list")
@domain_option
@output_option
@click.option("--filter", "text", help="A SCIM filter, such as 'displayName sw \"a\"'.")
@click.option(
    "--count", type=click.IntRange(0, 10_000), default=100, show_default=True, help="How many at most."
)
@click.pass_obj
@told
def list_groups(services: Services, domain: str, output: str, text: str | None, count: int) -> None:
    """List groups, without their members."""
    store = Store(services, GROUP, domain, "")
    condition = resolve(parse(text), store.type) if text else None
    page = store.target.search(
        Query(filter=condition, count=count), wants=lambda path: path.attribute != "members"
    )
    content = [
        {"id": each.attributes["id"], "displayName": each.attributes["displayName"]}
        for each in page.resources
    ]
    rows = [tuple(map(str, each.values())) for each in content]
    show(output, content, head=("ID", "NAME"), rows=rows)
    click.echo(f"{len(page.resources)} of {page.total}", err=True)


@groups.command("show")
@domain_option
@click.argument("name")
@output_option
@click.pass_obj
@told
def show_group(services: Services, domain: str, name: str, output: str) -> None:
    """Show the group called NAME, or with that id, and its members: as JSON, or as YAML."""
    store = Store(services, GROUP, domain, "")
    store.tell(store.find(name), output)


def _replacing(path: str, *, value: Value) -> Value:
    return {"Operations": [{"op": "replace", "path": path, "value": value}]}


def _read(file: Path) -> Value:
    with click.open_file(str(file), "rb") as opened:
        return parse_json(opened.read())


USER_COMMANDS = (*commands_of(USER), enable_user, disable_user, set_password)
for _command in commands_of(GROUP):
    groups.add_command(_command)
