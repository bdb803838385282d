"""The command that changes an application: where its requests go, from where and how often they may come, how they are served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click

from app.access.application import FAIL, PARTIAL, Application, Provisioning
from app.access.applications import provisioning_keys
from app.cli.documents import author_option
from app.cli.refusals import told
from app.services import Services

_TRUTH = {"true": True, "false": False, "": None}


@click.command("change")
@click.argument("name")
@click.option("--display-name", help="What people see.")
@click.option(
    "--domain", "domains", multiple=True, help="Where its users go; several: the first one creates."
)
@click.option("--unreachable", type=click.Choice((FAIL, PARTIAL)), help="Lists where one of several is down.")
@click.option("--proxy-mode/--no-proxy-mode", default=None, help="Store nothing; send on to the connectors.")
@click.option("--connector", "connectors", multiple=True, help="An outbound connector; several in order.")
@click.option("--network", "networks", multiple=True, help="Where its requests may come from.")
@click.option("--rate", help='How many requests it may send, such as "25 per second".')
@click.option("--access-seconds", type=int, help="How long an access token lives.")
@click.option("--refresh-seconds", type=int, help="How long a refresh token lives.")
@click.option("--client", "switches", multiple=True, metavar="KEY=VALUE", help="Where its client differs.")
@author_option
@click.pass_obj
@told
def change(services: Services, /, name: str, author: str, **wanted: Any) -> None:
    """Change what is said of an application, all at once or, with a mistake, nothing. "" takes a value away."""
    application = services.applications.get(name)
    keys = _keys(application, services.applications.said(name), wanted)
    if not keys:
        raise click.UsageError("say what to change")
    services.applications.change(name, keys, author=author)


def _keys(application: Application, said: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Write what is wanted as keys of the document; None takes one away."""
    route = _route(application.provisioning, wanted)
    keys: dict[str, Any] = {}
    if route != application.provisioning:
        keys["provisioning"] = provisioning_keys(route)
    if wanted["networks"]:
        keys["networks"] = _listed(wanted["networks"]) or None
    keys |= {key: wanted[key] or None for key in ("display_name", "rate") if wanted[key] is not None}
    lifetimes = {key: wanted[key] for key in ("access_seconds", "refresh_seconds") if wanted[key]}
    return keys | _merged("tokens", said, lifetimes) | _merged("client", said, _switches(wanted["switches"]))


def _route(before: Provisioning, wanted: Mapping[str, Any]) -> Provisioning:
    changed: dict[str, Any] = {
        key: wanted[key] for key in ("unreachable", "proxy_mode") if wanted[key] is not None
    }
    if wanted["connectors"]:
        changed["connectors"] = tuple(_listed(wanted["connectors"]))
    if wanted["domains"]:
        names = _listed(wanted["domains"])
        changed |= {"domain": names[0] if names else None, "others": tuple(names[1:])}
    return replace(before, **changed)


def _merged(key: str, said: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """Put changes into a key that holds several values; what is left empty goes."""
    if not changed:
        return {}
    merged = {**said.get(key, {}), **changed}
    return {key: {name: value for name, value in merged.items() if value is not None} or None}


def _switches(texts: Sequence[str]) -> dict[str, Any]:
    pairs = (text.partition("=") for text in texts)
    return {name: _TRUTH.get(value, value) for name, _, value in pairs}


def _listed(values: Sequence[str]) -> list[str]:
    return [value for value in values if value]
