"""The composition root: settings in, wired services out. Nothing else builds a service, and nothing is global."""

from __future__ import annotations

import hmac
import json
import os
import random
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
from app.outbound.discovery import Discovered, discover
from app.outbound.document import connector_kind
from app.outbound.wiring import Outbound, Parts, wire
from app.preparation.examples import MAP_EXAMPLES
from app.provisioning.capabilities import resource_types_of
from app.provisioning.configuration import Configurations
from app.provisioning.domain import DOMAIN
from app.provisioning.guard import Sentry
from app.provisioning.health import Health
from app.provisioning.journal import StoreJournal
from app.provisioning.recovery import Recovery
from app.provisioning.routing import Destination, Router
from app.provisioning.scales import Populations
from app.provisioning.sign_in import SignIn
from app.provisioning.target import Target
from app.provisioning.trail import Origin
from app.scim.schema import ResourceType
from app.scim.schema_documents import parse_resource_type, parse_schema
from app.services import Services
from app.settings import InvalidSettings, Settings, writing_to
from app.store.allocations import EXPIRED_ALLOCATIONS, Allocations
from app.store.audit import Audit
from app.store.checkup_claims import CheckupClaims
from app.store.database import Database
from app.store.documents import Documents
from app.store.external_ids import ExternalIds
from app.store.held_changes import OLD_COUNTS, OLD_HELD_CHANGES, HeldChanges
from app.store.import_runs import OLD_PARTS, OLD_RUNS, ImportRuns
from app.store.intents import LEASE_SECONDS, Intents
from app.store.keys import Keys
from app.store.processes import this_process
from app.store.purge import Purge
from app.store.references import Reference, resolve
from app.store.secrets import InvalidKey, SecretBox, Secrets
from app.store.snapshots import EXPIRED_SNAPSHOTS, Snapshots
from app.store.traffic import Traffic
from app.store.unusable import UnusableStore

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
    lease_seconds: float = LEASE_SECONDS,
) -> Services:
    """Wire the services; the store is migrated to this version first. Processes of one service share ``recency``.

    A write that nobody has given a sign of life of for ``lease_seconds`` is seen to by others.

    Raises:
        InvalidSettings, UnusableStore, DocumentError: if it cannot be done as things are.
    """
    ground = _ground(settings, environ, clock or _now)
    database, documents, clock = ground.database, ground.documents, ground.clock
    audit = Audit(database, clock=clock)
    intents = Intents(
        database, audit, clock=clock, random_hex=_other_hex, holder=this_process, lease_seconds=lease_seconds
    )
    held_changes = HeldChanges(database, clock=clock, random_hex=secrets.token_hex)
    populations = Populations(time.monotonic)
    tokens = Tokens(database, clock=clock, random_text=_random_text)
    applications = Applications(
        documents,
        ground.secrets,
        tokens,
        surroundings=Surroundings(environ=environ, clock=clock, random_hex=secrets.token_hex),
    )
    configurations = Configurations(
        documents,
        ground.resource_types,
        resolve=ground.resolve,
        connect=partial(open_directory, process=_process(settings, recency)),
        monotonic=time.monotonic,
    )
    # Connectors write to domains, and domains tell connectors: the router is there by the time that one is asked for.
    outbound = _outbound(
        ground,
        applications,
        target=lambda domain, name: _stored(
            router,
            StoreJournal(intents, audit, Origin(OUTBOX, OUTBOX)),
            domain,
            resource_type=name,
            sentry=Sentry(held_changes, populations, OUTBOX, OUTBOX),
        ),
        offer=lambda domain: _offered(router, domain),
    )
    audit.follow(outbound.following)
    router = _router(ground, configurations, outbound)
    key_sets = KeySets(fetch=fetch, monotonic=time.monotonic)
    return Services(
        settings=settings,
        database=database,
        documents=documents,
        secrets=ground.secrets,
        keys=ground.keys,
        audit=audit,
        intents=intents,
        administrators=Administrators(
            database, clock=clock, random_text=_random_text, cache_key=secrets.token_bytes(32)
        ),
        applications=applications,
        clock=clock,
        session_key=ground.key_for(b"session").hex(),
        tokens=tokens,
        throttle=Throttle(database, clock=clock),
        key_sets=key_sets,
        identity_providers=IdentityProviders(documents),
        openid=_openid(ground, key_sets),
        resource_types=ground.resource_types,
        configurations=configurations,
        held_changes=held_changes,
        checkup_claims=CheckupClaims(database, clock=clock),
        import_runs=ImportRuns(database, ground.box, clock=clock, random_hex=secrets.token_hex),
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


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all services stand on: the store, what is in force there, and the keys to what is encrypted."""

    clock: Callable[[], datetime]
    environ: Mapping[str, str]
    database: Database
    resource_types: Mapping[str, ResourceType]
    connectors: Discovered
    documents: Documents
    secret_key: str
    box: SecretBox
    keys: Keys
    secrets: Secrets

    def resolve(self, value: str | Reference) -> str:
        """Look up what a document refers to."""
        return resolve(value, environ=self.environ, stored=self.secrets.get)

    def key_for(self, purpose: bytes) -> bytes:
        """Derive a key that is good for one purpose."""
        return hmac.digest(self.secret_key.encode(), purpose, "sha256")


def _ground(settings: Settings, environ: Mapping[str, str], clock: Callable[[], datetime]) -> _Ground:
    with writing_to(settings.data_dir):
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        keys = _secret_keys(settings)
    box = _box(settings, keys)
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
    database = _migrated(settings.store_url)
    return _Ground(
        clock=clock,
        environ=environ,
        database=database,
        resource_types=resource_types,
        connectors=connectors,
        documents=Documents(database, kinds, clock=clock),
        secret_key=keys[0],
        box=box,
        keys=Keys(database, box, clock=clock),
        secrets=Secrets(database, box, clock=clock),
    )


def _migrated(url: str) -> Database:
    database = Database(url)
    try:
        database.migrate()
    except UnusableStore:
        database.dispose()
        raise
    return database


def _outbound(
    ground: _Ground,
    applications: Applications,
    *,
    target: Callable[[str, str], Target],
    offer: Callable[[str], Offer],
) -> Outbound:
    """Wire what passes changes on; a connector may write to a domain, which it finds as a ``target``."""
    return wire(
        Parts(
            database=ground.database,
            documents=ground.documents,
            resource_types=ground.resource_types,
            domain_target=target,
            domain_offer=offer,
            types=ground.connectors.types,
            resolve=ground.resolve,
            connectors_of=partial(_followers_of, applications),
            box=ground.box,
            clock=ground.clock,
            monotonic=time.monotonic,
            random_hex=secrets.token_hex,
        )
    )


def _router(ground: _Ground, configurations: Configurations, outbound: Outbound) -> Router:
    return Router(
        configurations,
        ExternalIds(ground.database),
        snapshots=Snapshots(ground.database, clock=ground.clock, random_hex=secrets.token_hex),
        cursor_key=ground.key_for(b"cursor"),
        allocations=Allocations(ground.database, clock=ground.clock),
        forwarding=outbound.proxies,
    )


def _openid(ground: _Ground, key_sets: KeySets) -> OpenId:
    around = OpenIdSurroundings(
        fetch=fetch, post=post, resolve=ground.resolve, clock=ground.clock, random_text=_random_text
    )
    return OpenId(key_sets, SingleUse(ground.database, clock=ground.clock), around)


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


def _box(settings: Settings, keys: Sequence[str]) -> SecretBox:
    try:
        return SecretBox(keys)
    except InvalidKey as error:
        named = "secret_key" if settings.secret_key else settings.data_dir / "secret.key"
        raise InvalidSettings(f"{named}: {error}") from error


def _secret_keys(settings: Settings) -> Sequence[str]:
    """Return the keys for stored secrets; one is made, readable by the owner alone, where none is given."""
    if settings.secret_key:
        return settings.secret_key.split()
    file = settings.data_dir / "secret.key"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii", errors="replace").split()
    key = SecretBox.generate_key()
    with os.fdopen(descriptor, "w", encoding="ascii") as made:
        made.write(key + "\n")
    return [key]


def _stored(
    router: Router, journal: StoreJournal, domain: str, *, resource_type: str, sentry: Sentry
) -> Target:
    """Find the target of a domain that a connector writes to; writes are guarded and recorded as any others."""
    return router.target(resource_type, Destination(OUTBOX, domain), record=journal, sentry=sentry)


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


def _other_hex(size: int) -> str:
    """Make a name that is another one each time, and no secret: the system need not be asked for it."""
    return random.randbytes(size).hex()  # noqa: S311 - nothing is kept secret by it
