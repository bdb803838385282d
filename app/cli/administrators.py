"""The commands for those who administer Landbridge: list, add, password, role, enable, disable, remove."""

from __future__ import annotations

import click

from app.access.administrators import Role
from app.cli.documents import author_option
from app.cli.output import output_option, show
from app.cli.recording import note
from app.cli.refusals import told
from app.services import Services

_role = click.Choice([role.value for role in Role])
_password = click.password_option(help="Better left to the prompt: a command line can be seen by others.")


@click.group()
def administrators() -> None:
    """People and programs that administer Landbridge."""


@administrators.command("list")
@output_option
@click.pass_obj
def list_administrators(services: Services, output: str) -> None:
    """List administrators with their roles."""
    content = [
        {"name": each.name, "role": each.role.value, "state": "enabled" if each.enabled else "disabled"}
        for each in services.administrators.list()
    ]
    show(output, content, head=("NAME", "ROLE", "STATE"), rows=[tuple(each.values()) for each in content])


@administrators.command("add")
@click.argument("name")
@click.option("--role", type=_role, required=True, help="What it may do.")
@_password
@author_option
@click.pass_obj
@told
def add(services: Services, name: str, role: str, password: str, author: str) -> None:
    """Make another administrator."""
    services.administrators.add(name, password, Role(role))
    note(services, author, action="create", resource_type="Administrator", resource_id=name)


@administrators.command("password")
@click.argument("name")
@_password
@author_option
@click.pass_obj
@told
def set_password(services: Services, name: str, password: str, author: str) -> None:
    """Give an administrator another password. Its sessions and tokens end."""
    services.administrators.set_password(name, password)
    note(services, author, action="change", resource_type="Password", resource_id=name)


@administrators.command("role")
@click.argument("name")
@click.argument("role", type=_role)
@author_option
@click.pass_obj
@told
def set_role(services: Services, name: str, role: str, author: str) -> None:
    """Give an administrator another role."""
    services.administrators.set_role(name, Role(role))
    note(services, author, action="change", resource_type="Role", resource_id=name)


@administrators.command("enable")
@click.argument("name")
@author_option
@click.pass_obj
@told
def enable(services: Services, name: str, author: str) -> None:
    """Let an administrator in."""
    services.administrators.set_enabled(name, enabled=True)
    note(services, author, action="enable", resource_type="Administrator", resource_id=name)


@administrators.command("disable")
@click.argument("name")
@author_option
@click.pass_obj
@told
def disable(services: Services, name: str, author: str) -> None:
    """Keep an administrator out, at once."""
    services.administrators.set_enabled(name, enabled=False)
    note(services, author, action="disable", resource_type="Administrator", resource_id=name)


@administrators.command("remove")
@click.argument("name")
@click.confirmation_option(prompt="Remove the administrator?")
@author_option
@click.pass_obj
@told
def remove(services: Services, name: str, author: str) -> None:
    """Remove an administrator."""
    services.administrators.remove(name)
    note(services, author, action="remove", resource_type="Administrator", resource_id=name)
