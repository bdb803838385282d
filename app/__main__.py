"""The ``landbridge`` command."""

from __future__ import annotations

import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask

from app import __version__, create_app
from app.bootstrap import build
from app.cli.activity import activity
from app.cli.administrators import administrators
from app.cli.adopting import adopt
from app.cli.applications import applications
from app.cli.completion import completion
from app.cli.connectors import connectors
from app.cli.documents import apply, delete, diff, export, get, revisions, rollback
from app.cli.domains import domains
from app.cli.examples import show_examples
from app.cli.exchanging import export_users, import_users
from app.cli.guard import guard
from app.cli.intents import intents
from app.cli.map_checks import MAP_COMMANDS
from app.cli.map_schema import show_schema
from app.cli.maps import maps
from app.cli.outbox import outbox, worker
from app.cli.preparing import PREPARING_COMMANDS
from app.cli.refusals import Unreachable
from app.cli.resources import USER_COMMANDS, groups
from app.cli.restoring import list_deleted, restore_user
from app.cli.resuming import list_imports, resume_import
from app.cli.status import requests, status
from app.cli.store import store
from app.cli.users import users
from app.directory.servers.recency import Recency
from app.pem import UnusableFile
from app.scim.schema_documents import DocumentError
from app.services import Services
from app.settings import InvalidSettings, Settings, read_settings, writing_to
from app.store.checkpoint import EVERY_SECONDS
from app.store.intents import LONGEST_LEASE_SECONDS
from app.store.keys import OtherKey
from app.store.start_up import apply_changed_files
from app.store.unusable import UnreachableStore, UnusableStore
from app.telemetry import configure_logging, get_logger
from app.web.certificate import check_authorities, ensure_certificate, given_certificate
from app.web.server import Listening, Server
from app.web.upkeep import ROUND_SECONDS, Upkeep, checkpoint, go_the_rounds

SETTINGS_FILE = Path("config/landbridge.yaml")
ALONE = frozenset({"completion"})
"""What needs no store."""
"""Commands give no signs of life. That one has ended is known on its own machine at once, and elsewhere after this time."""
_log = get_logger("landbridge")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="landbridge")
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), envvar="LANDBRIDGE_CONFIG"
)
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """Landbridge: SCIM 2.0 provisioning into LDAP and Active Directory."""
    try:
        settings = read_settings(os.environ, config or (SETTINGS_FILE if SETTINGS_FILE.exists() else None))
        configure_logging(
            settings.log_level if context.invoked_subcommand in {"serve", "worker"} else "warning"
        )
        if context.invoked_subcommand not in ALONE:
            context.obj = build(settings, environ=os.environ, lease_seconds=LONGEST_LEASE_SECONDS)
            context.call_on_close(context.obj.database.dispose)
        if context.invoked_subcommand not in {*ALONE, store.name}:
            context.obj.keys.agree()
    except UnreachableStore as error:
        raise Unreachable(str(error)) from error
    except (InvalidSettings, UnusableStore, OtherKey, DocumentError) as error:
        raise click.UsageError(str(error)) from error


@main.command()
@click.pass_obj
def serve(services: Services) -> None:
    """Serve SCIM, OAuth and the console over HTTPS until stopped."""
    settings = services.settings
    certificate, key = _certificate(settings)
    _apply_files(services)
    _make_first_administrator(services)
    services.database.dispose()
    listening = Listening(
        settings.host,
        settings.port,
        certificate,
        key,
        settings.workers,
        settings.threads,
        settings.log_level,
        settings.client_ca,
    )
    recency = Recency()
    Server(listening, lambda: _worker(settings, recency)).run()


def _worker(settings: Settings, recency: Recency) -> Flask:
    """Make the application of a worker process, which keeps house beside it."""
    services = build(settings, environ=os.environ, recency=recency)
    Upkeep(services).start()
    Upkeep(services, seconds=ROUND_SECONDS, work=go_the_rounds).start()
    Upkeep(services, seconds=EVERY_SECONDS, work=checkpoint).start()
    services.worker.start(settings.outbox_threads)
    return create_app(services)


def _apply_files(services: Services) -> None:
    """Put changed documents in force; what is wrong with one is said, and the last good one stays."""
    applied, problems = apply_changed_files(services.documents, services.settings.documents)
    for problem in problems:
        _log.error("document_refused", problem=str(problem))
    for outcome in applied.outcomes:
        _log.info("document_applied", kind=outcome.kind, name=outcome.name, result=outcome.result)
    for domain, reason in services.configurations.current().broken.items():
        _log.error("domain_unusable", domain=domain, reason=reason)


def _make_first_administrator(services: Services) -> None:
    settings = services.settings
    made = services.administrators.bootstrap(settings.admin_user, settings.admin_password)
    if made and not settings.admin_password:
        # Said once, to whoever started us, and not through the log.
        sys.stderr.write(f"The first administrator is {settings.admin_user} with the password {made}\n")


def _certificate(settings: Settings) -> tuple[Path, Path]:
    try:
        if settings.client_ca:
            check_authorities(settings.client_ca)
        if settings.tls_certificate:
            return given_certificate(settings.tls_certificate, settings.tls_key)
        names = list(dict.fromkeys(["localhost", "127.0.0.1", "::1", socket.gethostname()]))
        with writing_to(settings.data_dir):
            return ensure_certificate(settings.data_dir / "tls", host_names=names, now=datetime.now(UTC))
    except (UnusableFile, InvalidSettings) as error:
        raise click.UsageError(str(error)) from error


for command in (
    activity,
    administrators,
    adopt,
    applications,
    apply,
    completion,
    connectors,
    delete,
    diff,
    domains,
    export,
    get,
    groups,
    guard,
    intents,
    maps,
    outbox,
    revisions,
    rollback,
    requests,
    status,
    store,
    users,
    worker,
):
    main.add_command(command)

for command in PREPARING_COMMANDS:
    main.add_command(command)

for command in (*MAP_COMMANDS, show_schema):
    maps.add_command(command)

for command in (
    *USER_COMMANDS,
    export_users,
    import_users,
    list_deleted,
    list_imports,
    restore_user,
    resume_import,
):
    users.add_command(command)

show_examples(main)

if __name__ == "__main__":
    main()
