"""The commands for user store domains: test, add.

What is tried and proposed is left to ``app.preparation``; here it is asked, confirmed and told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from app.cli.documents import author_option
from app.cli.findings import tell
from app.cli.output import TABLE, output_option, show
from app.cli.recording import note
from app.cli.refusals import told
from app.preparation.domain_proposal import DomainProposal, Wanted
from app.preparation.trial import Trial
from app.provisioning.accounts import DIALECTS
from app.services import Services
from app.store.references import Reference

_MARKS = {
    "passed": click.style("passed ", fg="green"),
    "failed": click.style("failed ", fg="red"),
    "warning": click.style("warning", fg="yellow"),
    "skipped": "skipped",
}


@click.group("domain")
def domains() -> None:
    """User store domains: the directories that users are provisioned to."""


@domains.command("test")
@click.argument("name", metavar="DOMAIN")
@output_option
@click.pass_context
@told
def test_domain(context: click.Context, /, *, name: str, output: str) -> None:
    """Test the connection to DOMAIN's directory, step by step. Exit with 1 where a step fails."""
    services: Services = context.obj
    trial = services.domain_proposals.test_domain(name)
    if output == TABLE:
        _tell(trial)
    else:
        show(output, [step.as_json() for step in trial.steps])
    context.exit(0 if trial.passed else 1)


@domains.command("add")
@click.argument("name", metavar="DOMAIN")
@click.option("--url", "urls", multiple=True, help="A server: ldaps://host, ldap://host, ldapi://%2Fpath.")
@click.option("--bind-dn", help="The service account.")
@click.option("--password-env", help="The environment variable that holds its password.")
@click.option("--password-file", help="The file that holds its password.")
@click.option("--password-stored", help="The name under which Landbridge keeps its password already.")
@click.option(
    "--base",
    default="",
    help="Below which entry users live. Asked for; with --yes or --dry-run what the directory says.",
)
@click.option("--product", type=click.Choice(list(DIALECTS)), help="Detected, unless said.")
@click.option("--ca-file", help="The certificate of the authority that the servers' certificates are from.")
@click.option("--start-tls", is_flag=True, help="Begin TLS on ldap://.")
@click.option("--map", "maps", multiple=True, help="User=MAP or Group=MAP: a map in force, to be used.")
@click.option("--dry-run", is_flag=True, help="Print the documents, and put nothing in force.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@author_option
@click.pass_context
@told
def add(  # noqa: PLR0913 - click hands over one argument for each option
    context: click.Context,
    /,
    *,
    name: str,
    urls: tuple[str, ...],
    base: str,
    product: str | None,
    maps: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    author: str,
    **connection: Any,
) -> None:
    """Connect a directory as DOMAIN: test the connection, detect the product, propose maps, write the document.

    What is not given is asked for. A password that is typed is kept encrypted by Landbridge.
    """
    services: Services = context.obj
    servers = urls or (click.prompt("The directory's URL, such as ldaps://ldap.example.org", err=True),)
    bind, secrets = _bind(name, connection)
    wanted = Wanted(
        name, servers, bind, _tls(connection), base, product or "", dict(map(_pair, maps)), secrets
    )
    proposals = services.domain_proposals
    if not (base or yes or dry_run):
        wanted = replace(wanted, base=_asked_base(proposals.test(wanted)))
    proposal = proposals.propose(wanted)
    _tell(proposal.trial, to_errors=True)
    if not proposal.documents:
        context.exit(1)
    click.echo(f"\n{proposal.detected}\n", err=True)
    tell(proposal.findings, about=f"The doctor on {name}", to_errors=True)
    click.echo(proposal.text(), nl=False)
    if not dry_run:
        if not yes:
            click.confirm("\nPut this in force?", abort=True, err=True)
        _put(services, proposal, secrets, author)
        click.echo(f"{name} is in force; landbridge prepare {name} shows what its directory lacks", err=True)


def _asked_base(trial: Trial) -> str:
    """Ask below which entry users live, and propose what the directory says; nothing where it does not answer."""
    if trial.root is None:
        return ""
    contexts = [str(each) for each in trial.root.contexts]
    return str(click.prompt("Below which entry users live", default=next(iter(contexts), None), err=True))


def _put(services: Services, proposal: DomainProposal, secrets: Mapping[Reference, str], author: str) -> None:
    for reference, secret in secrets.items():
        services.secrets.put(reference.name, secret)
    services.domain_proposals.put(proposal, author=author)
    for document in proposal.documents:
        note(services, author, action="create", resource_type=document.kind, resource_id=document.name)


def _bind(name: str, given: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[Reference, str]]:
    """Say who Landbridge is to the directory, and what was typed that is to be kept."""
    dn = given["bind_dn"] or click.prompt("The service account's DN", err=True)
    sources = {source: given[f"password_{source}"] for source in ("env", "file", "stored")}
    told = {source: place for source, place in sources.items() if place}
    if len(told) > 1:
        raise click.UsageError("give one of --password-env, --password-file and --password-stored")
    if told:
        return {"dn": dn, "password": told}, {}
    typed = click.prompt("Its password, which is kept encrypted", hide_input=True, err=True)
    place = Reference("stored", place_of(name))
    return {"dn": dn, "password": place.to_json()}, {place: typed}


def place_of(name: str) -> str:
    """Name the place where a domain's password is kept."""
    return f"domains/{name}/bind"


def _tls(given: Mapping[str, Any]) -> Mapping[str, Any]:
    told = {"ca_file": given["ca_file"], "start_tls": given["start_tls"]}
    return {key: value for key, value in told.items() if value}


def _pair(text: str) -> tuple[str, str]:
    kind, is_pair, name = text.partition("=")
    if not (kind and is_pair and name):
        raise click.UsageError(f"{text} is not TYPE=MAP")
    return kind, name


def _tell(trial: Trial, *, to_errors: bool = False) -> None:
    width = max(len(step.name) for step in trial.steps)
    for step in trial.steps:
        click.echo(f"{_MARKS[step.outcome]}  {step.name:{width}}  {step.told}".rstrip(), err=to_errors)
