"""The composition root: settings in, wired services out. Nothing else builds a service, and nothing is global."""

from __future__ import annotations

import hmac
import json
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from app.access.administrators import Administrators
from app.access.application import APPLICATION
from app.access.applications import Applications, NoSuchApplication, Surroundings
from app.access.fetching import fetch, post
from app.access.identity_provider import IDENTITY_PROVIDER
from app.access.identity_providers import IdentityProviders
from app.access.key_sets import KeySets
from app.access.openid import OpenId
from app.access.openid import Surroundings as OpenIdSurroundings
from app.access.single_use import EXPIRED_USES, SingleUse
from app.access.throttle import EXPIRED_ATTEMPTS, Throttle
from app.access.tokens import EXPIRED_TOKENS, Tokens
from app.directory.clients import open_directory
from app.directory.servers.directory import Process
from app.directory.servers.recency import Recency
from app.mapping.documents import schema_map_kind
from app.outbound.connector import Offer
from app.outbound.discovery import discover
from app.outbound.document import connector_kind
from app.outbound.wiring import Parts, wire
from app.preparation.examples import MAP_EXAMPLES
from app.provisioning.capabilities import resource_types_of
from app.provisioning.configuration import Configurations
from app.provisioning.domain import DOMAIN
from app.provisioning.events import Done
from app.provisioning.guard import Sentry
from app.provisioning.health import Health
from app.provisioning.recovery import Recovery
from app.provisioning.routing import Destination, Router
from app.provisioning.scales import Populations
from app.provisioning.sign_in import SignIn
from app.provisioning.target import Target
from app.scim.schema import ResourceType
from app.scim.schema_documents import parse_resource_type, parse_schema
from app.services import Services
from app.settings import InvalidSettings, Settings
from app.store.allocations import EXPIRED_ALLOCATIONS, Allocations
from app.store.audit import Audit, AuditEvent
from app.store.checkup_claims import CheckupClaims
from app.store.database import Database
from app.store.documents import Documents
from app.store.external_ids import ExternalIds
from app.store.held_changes import OLD_COUNTS, OLD_HELD_CHANGES, HeldChanges
from app.store.import_runs import OLD_PARTS, OLD_RUNS, ImportRuns
from app.store.intents import Intents
from app.store.processes import this_process
from app.store.purge import Purge
from app.store.references import resolve
from app.store.secrets import SecretBox, Secrets
from app.store.snapshots import EXPIRED_SNAPSHOTS, Snapshots
from app.store.traffic import Traffic

EXPIRIES = (
    EXPIRED_TOKENS,
    EXPIRED_USES,
    EXPIRED_ATTEMPTS,
    EXPIRED_SNAPSHOTS,
    EXPIRED_ALLOCATIONS,
    OLD_COUNTS,
    OLD_HELD_CHANGES,
    OLD_RUNS,
    OLD_PARTS,
)
"""All that is kept for a time only."""
OUTBOX = "outbox"
"""Whose writes to a domain those of connectors are."""
SCHEMAS = Path(__file__).parents[1] / "ldap_schemas" / "scim"


def build(
    settings: Settings,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime] | None = None,
    recency: Recency | None = None,
) -> Services:
    """Wire the services; the store is migrated to this version first. Processes of one service share ``recency``."""
    clock = clock or _now
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.store_url)
    database.migrate()
    resource_types = load_resource_types(SCHEMAS, *settings.schemas)
    connectors = discover()
    kinds = [
        DOMAIN,
        schema_map_kind(resource_types),
        MAP_EXAMPLES,
        connector_kind(resource_types, connectors.types, broken=connectors.broken),
        APPLICATION,
        IDENTITY_PROVIDER,
    ]
    documents = Documents(database, kinds, clock=clock)
    secret_key = _secret_key(settings)
    box = SecretBox([secret_key])
    stored = Secrets(database, box, clock=clock)
    administrators = Administrators(
        database, clock=clock, random_text=_random_text, cache_key=secrets.token_bytes(32)
    )
    audit = Audit(database, clock=clock)
    intents = Intents(database, audit, clock=clock, random_hex=secrets.token_hex, holder=this_process)
    surroundings = Surroundings(environ=environ, clock=clock, random_hex=secrets.token_hex)
    configurations = Configurations(
        documents,
        resource_types,
        resolve=partial(resolve, environ=environ, stored=stored.get),
        connect=partial(open_directory, process=_process(settings, recency)),
        monotonic=time.monotonic,
    )
    tokens = Tokens(database, clock=clock, random_text=_random_text)
    applications = Applications(documents, stored, tokens, surroundings=surroundings)
    outbound = wire(
        Parts(
            database=database,
            documents=documents,
            resource_types=resource_types,
            domain_target=lambda domain, name: _stored(
                router,
                audit,
                domain,
                resource_type=name,
                sentry=Sentry(held_changes, populations, OUTBOX, OUTBOX),
            ),
            domain_offer=lambda domain: _offered(router, domain),
            types=connectors.types,
            resolve=partial(resolve, environ=environ, stored=stored.get),
            connectors_of=partial(_followers_of, applications),
            box=box,
            clock=clock,
            monotonic=time.monotonic,
            random_hex=secrets.token_hex,
        )
    )
    audit.follow(outbound.following)
    router = Router(
        configurations,
        ExternalIds(database),
        snapshots=Snapshots(database, clock=clock, random_hex=secrets.token_hex),
        cursor_key=hmac.digest(secret_key.encode(), b"cursor", "sha256"),
        allocations=Allocations(database, clock=clock),
        forwarding=outbound.proxies,
    )
    held_changes = HeldChanges(database, clock=clock, random_hex=secrets.token_hex)
    populations = Populations(time.monotonic)
    key_sets = KeySets(fetch=fetch, monotonic=time.monotonic)
    return Services(
        settings=settings,
        database=database,
        documents=documents,
        secrets=stored,
        audit=audit,
        intents=intents,
        administrators=administrators,
        applications=applications,
        clock=clock,
        session_key=hmac.digest(secret_key.encode(), b"session", "sha256").hex(),
        tokens=tokens,
        throttle=Throttle(database, clock=clock),
        key_sets=key_sets,
        identity_providers=IdentityProviders(documents),
        openid=OpenId(
            key_sets,
            SingleUse(database, clock=clock),
            OpenIdSurroundings(
                fetch=fetch,
                post=post,
                resolve=partial(resolve, environ=environ, stored=stored.get),
                clock=clock,
                random_text=_random_text,
            ),
        ),
        resource_types=resource_types,
        configurations=configurations,
        held_changes=held_changes,
        checkup_claims=CheckupClaims(database, clock=clock),
        import_runs=ImportRuns(database, box, clock=clock, random_hex=secrets.token_hex),
        populations=populations,
        health=Health(time.monotonic),
        traffic=Traffic(database, clock=clock),
        users=SignIn(configurations),
        outbound=outbound,
        purge=Purge(database, EXPIRIES, clock=clock, monotonic=time.monotonic),
        recovery=Recovery(intents, audit, configurations),
        worker=outbound.worker(router, audit),
        reconciliation=outbound.reconciliation(router),
        router=router,
    )


def _process(settings: Settings, recency: Recency | None) -> Process:
    # Some threads are kept for the other directories, whatever becomes of one.
    return Process(most_at_once=max(1, settings.threads * 3 // 4), recency=recency or Recency())


def load_resource_types(*directories: Path) -> Mapping[str, ResourceType]:
    """Read all schemas and resource types of directories of SCIM documents, by the types' names; the last one counts.

    Raises:
        InvalidSettings: if one is no directory, or a file is no JSON.
        DocumentError: if a document is wrong.
    """
    documents = {str(path): _read_json(path) for directory in directories for path in _files_in(directory)}
    types = {
        name: document for name, document in documents.items() if Path(name).name.startswith("resource-type-")
    }
    schemas = [
        parse_schema(document, source=name) for name, document in documents.items() if name not in types
    ]
    by_id = {schema.id.lower(): schema for schema in schemas}
    read = [parse_resource_type(document, by_id, source=name) for name, document in types.items()]
    return {resource_type.name: resource_type for resource_type in read}


def _files_in(directory: Path) -> list[Path]:
    if not directory.is_dir():
        raise InvalidSettings(f"schemas: {directory} is no directory")
    return sorted(directory.glob("*.json"))


def _read_json(file: Path) -> Mapping[str, object]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidSettings(f"{file}: {error}") from error
    if not isinstance(document, dict):
        raise InvalidSettings(f"{file}: a SCIM document is an object")
    return document


def _secret_key(settings: Settings) -> str:
    """Return the key for stored secrets; one is made, readable by the owner alone, where none is given."""
    if settings.secret_key:
        return settings.secret_key
    file = settings.data_dir / "secret.key"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    key = SecretBox.generate_key()
    with os.fdopen(descriptor, "w", encoding="ascii") as made:
        made.write(key + "\n")
    return key


def _stored(router: Router, audit: Audit, domain: str, *, resource_type: str, sentry: Sentry) -> Target:
    """Find the target of a domain that a connector writes to; writes are guarded and recorded as any others."""

    def record(done: Done) -> None:
        event = AuditEvent(
            actor=OUTBOX,
            action=done.action,
            outcome="failed" if done.error else "done",
            status=int(done.error.status) if done.error else 0,
            application=OUTBOX,
            domain=done.domain,
            resource_type=done.resource_type,
            resource_id=done.resource_id,
            plan=done.plan.render(),
            detail=done.error.detail if done.error else "",
        )
        audit.record(event)

    return router.target(resource_type, Destination(OUTBOX, domain), record=record, sentry=sentry)


def _offered(router: Router, domain: str) -> Offer:
    """Say what a domain that a connector writes to can do."""
    found = router.domain(Destination(OUTBOX, domain))
    types = {each.name: each for each in resource_types_of([found])}
    return Offer(etag=bool(found.dialect.version_attribute), types=types)


def _followers_of(applications: Applications, name: str) -> Sequence[str]:
    """Name the connectors that get what an application stores."""
    try:
        provisioning = applications.get(name).provisioning
    except NoSuchApplication:
        return ()
    return () if provisioning.proxy_mode else provisioning.connectors


def _now() -> datetime:
    return datetime.now(UTC)


def _random_text() -> str:
    return secrets.token_urlsafe(32)
