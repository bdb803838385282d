"""All services of one process, as the faces of Landbridge (web, command line) are handed them.

``app.bootstrap.build`` makes them; tests build them the same way, from settings of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.access.administrators import Administrators
from app.access.application import RESIDENT
from app.access.applications import Applications
from app.access.assertions import Assertions
from app.access.callers import Callers
from app.access.external_tokens import ExternalTokens
from app.access.identity_providers import IdentityProviders
from app.access.key_sets import KeySets
from app.access.named_tokens import NamedTokens
from app.access.onboarding import Onboarding
from app.access.openid import OpenId
from app.access.owners import Owners
from app.access.throttle import Throttle
from app.access.tokens import Tokens
from app.exchange.background import Background
from app.exchange.exports import Exports
from app.exchange.imports import Imports
from app.outbound.reconcile import Reconciliation
from app.outbound.reporting import Reporting
from app.outbound.wiring import Outbound
from app.outbound.worker import Worker
from app.preparation.adoption.adoptions import Adoptions
from app.preparation.domain_proposal import DomainProposals
from app.preparation.map_checks import MapChecks
from app.preparation.preparations import Preparations
from app.preparation.rounds import Rounds
from app.provisioning.configuration import Configurations
from app.provisioning.health import Health
from app.provisioning.journal import StoreJournal
from app.provisioning.recovery import Recovery
from app.provisioning.routing import Destination, Router
from app.provisioning.scales import Populations
from app.provisioning.sign_in import SignIn
from app.provisioning.trail import Origin
from app.provisioning.undo import Undo
from app.scim.schema import ResourceType
from app.settings import Settings
from app.store.audit import Audit
from app.store.checkup_claims import CheckupClaims
from app.store.checkups import Checkups
from app.store.database import Database
from app.store.documents import Documents
from app.store.external_ids import ExternalIds
from app.store.held_changes import HeldChanges
from app.store.import_runs import ImportRuns
from app.store.intents import Intents
from app.store.keys import Keys
from app.store.purge import Purge
from app.store.reconcile_reports import ReconcileReports
from app.store.secrets import Secrets
from app.store.traffic import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All that views and commands may use."""

    settings: Settings
    database: Database
    documents: Documents
    secrets: Secrets
    keys: Keys
    audit: Audit
    intents: Intents
    administrators: Administrators
    applications: Applications
    tokens: Tokens
    throttle: Throttle
    key_sets: KeySets
    identity_providers: IdentityProviders
    openid: OpenId
    """Asks the providers who somebody is."""
    resource_types: Mapping[str, ResourceType]
    configurations: Configurations
    users: SignIn
    held_changes: HeldChanges
    checkup_claims: CheckupClaims
    """Says who examines which domain."""
    import_runs: ImportRuns
    """Tables that are imported beside requests."""
    populations: Populations
    health: Health
    """Remembers how the domains are."""
    traffic: Traffic
    """Counts requests."""
    outbound: Outbound
    worker: Worker
    """Delivers what is in the outbox."""
    reconciliation: Reconciliation
    """Holds connectors against domains."""
    router: Router
    recovery: Recovery
    purge: Purge
    """Forgets what has expired."""
    clock: Callable[[], datetime]
    session_key: str = field(repr=False)
    """Signs the console's session cookies."""

    @property
    def named_tokens(self) -> NamedTokens:
        """Return the long-lived tokens of applications."""
        return NamedTokens(self.database, self.tokens, clock=self.clock)

    @property
    def onboarding(self) -> Onboarding:
        """Return what makes applications from templates."""
        return Onboarding(self.applications, self.named_tokens)

    @property
    def assertions(self) -> Assertions:
        """Return what checks clients' assertions."""
        return Assertions(self.database, self.key_sets, clock=self.clock)

    @property
    def owners(self) -> Owners:
        """Return whom tokens can be issued for."""
        return Owners(self.administrators, self.users)

    def journal(self, origin: Origin) -> StoreJournal:
        """Return what records the writes of an origin."""
        return StoreJournal(self.intents, self.audit, origin)

    @property
    def undo(self) -> Undo:
        """Return what undoes entries of the audit trail."""
        return Undo(self.audit, self.configurations)

    @property
    def preparations(self) -> Preparations:
        """Return what examines and prepares directories."""
        return Preparations(self.documents, self.configurations, self.clock, self.checkups)

    @property
    def checkups(self) -> Checkups:
        """Return what was found of directories last."""
        return Checkups(self.database, clock=self.clock)

    @property
    def rounds(self) -> Rounds:
        """Return what examines directories now and then."""
        return Rounds(self.preparations, self.configurations, self.checkups, self.checkup_claims, self.clock)

    @property
    def reporting(self) -> Reporting:
        """Return what makes reports of connectors."""
        return Reporting(self.reconciliation, ReconcileReports(self.database, clock=self.clock), self.clock)

    @property
    def adoptions(self) -> Adoptions:
        """Return what finds clients' users among the entries of domains."""
        return Adoptions(
            ExternalIds(self.database), lambda name: self.router.domain(Destination(RESIDENT, name))
        )

    @property
    def imports(self) -> Imports:
        """Return what imports tables of users."""
        return Imports(self.router, self.audit)

    @property
    def background(self) -> Background:
        """Return what imports tables beside requests."""
        return Background(self.imports, self.import_runs)

    @property
    def exports(self) -> Exports:
        """Return what exports users and groups."""
        return Exports(self.router)

    @property
    def domain_proposals(self) -> DomainProposals:
        """Return what tests connections, and proposes domains."""
        return DomainProposals(self.documents, self.configurations, self.resource_types, self.clock)

    @property
    def map_checks(self) -> MapChecks:
        """Return what holds maps against live directories."""
        return MapChecks(self.documents, self.configurations, self.resource_types)

    @property
    def callers(self) -> Callers:
        """Return what finds out who is calling."""
        return Callers(
            self.applications,
            self.tokens,
            owners=self.owners,
            administrators=self.administrators,
            external=ExternalTokens(self.applications, self.key_sets, clock=self.clock),
        )
