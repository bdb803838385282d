"""The services of app/access over a database, with chance and time under control."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from marshmallow import INCLUDE, Schema

from app.access.administrators import Administrators
from app.access.application import APPLICATION
from app.access.applications import Applications, Surroundings
from app.access.assertions import Assertions
from app.access.callers import Callers
from app.access.external_tokens import ExternalTokens
from app.access.key_sets import KeySets, KeysUnavailable
from app.access.named_tokens import NamedTokens
from app.access.onboarding import Onboarding
from app.access.owners import Owners
from app.access.throttle import Throttle
from app.access.tokens import Tokens
from app.settings import Settings
from app.store.audit import Audit
from app.store.document import Document, DocumentKind
from app.store.documents import Documents
from app.store.held_changes import HeldChanges
from app.store.secrets import SecretBox, Secrets
from tests.store.fakes import FrozenClock

if TYPE_CHECKING:
    from app.store.database import Database

KEY = SecretBox.generate_key()


class AnySchema(Schema):
    """A document of any content."""

    class Meta:
        """Keep what is not declared."""

        unknown = INCLUDE


KINDS = [APPLICATION, DocumentKind("Domain", AnySchema), DocumentKind("Connector", AnySchema)]


class Chance:
    """Makes texts that are new each time and the same in each run."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def hex(self, size: int) -> str:
        """Make ``size`` bytes as hexadecimal digits."""
        return f"{next(self._numbers):0{2 * size}x}"

    def text(self) -> str:
        """Make a longer text."""
        return f"random-{next(self._numbers)}"


@dataclass
class FakeUsers:
    """Users of the domains, with their passwords."""

    passwords: dict[tuple[str, str], str] = field(default_factory=dict)

    def authenticate(self, domain: str, name: str, password: str) -> str | None:
        """Return the name if the password is right."""
        return name if self.passwords.get((domain, name)) == password else None

    groups: dict[str, frozenset[str]] = field(default_factory=dict)

    def groups_of(self, domain: str, name: str) -> frozenset[str]:
        """Return the groups of a user."""
        assert (domain, name) in self.passwords
        return self.groups.get(name, frozenset())

    def is_user(self, domain: str, name: str) -> bool:
        """Tell whether there is one."""
        return (domain, name) in self.passwords


@dataclass
class Access:
    """The services of a test, under the names that app.services gives them."""

    database: Database
    clock: FrozenClock
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = Chance()
        surroundings = Surroundings(environ=self.environ, clock=self.clock, random_hex=chance.hex)
        self.documents = Documents(self.database, KINDS, clock=self.clock)
        self.secrets = Secrets(self.database, SecretBox([KEY]), clock=self.clock)
        self.tokens = Tokens(self.database, clock=self.clock, random_text=chance.text)
        self.applications = Applications(self.documents, self.secrets, self.tokens, surroundings=surroundings)
        self.administrators = Administrators(
            self.database, clock=self.clock, random_text=chance.text, cache_key=b"test"
        )
        self.throttle = Throttle(self.database, clock=self.clock)
        self.named_tokens = NamedTokens(self.database, self.tokens, clock=self.clock)
        self.onboarding = Onboarding(self.applications, self.named_tokens)
        self.held_changes = HeldChanges(self.database, clock=self.clock, random_hex=chance.hex)
        self.audit = Audit(self.database, clock=self.clock)
        self.settings = Settings()
        self.users = FakeUsers()
        self.served: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.key_sets = KeySets(fetch=self._fetch, monotonic=self._seconds)
        self.assertions = Assertions(self.database, self.key_sets, clock=self.clock)
        self.owners = Owners(self.administrators, self.users)
        self.callers = Callers(
            self.applications,
            self.tokens,
            owners=self.owners,
            administrators=self.administrators,
            external=ExternalTokens(self.applications, self.key_sets, clock=self.clock),
        )

    def _seconds(self) -> float:
        return self.clock.now.timestamp()

    def _fetch(self, url: str, _ca_file: str | None = None) -> bytes:
        self.fetched.append(url)
        if url not in self.served:
            raise KeysUnavailable("nobody is there")
        return self.served[url]

    def apply(self, *documents: Document) -> None:
        """Put documents in force."""
        self.documents.apply(documents, author="ann")

    def domain(self, name: str = "PRIMARY") -> None:
        """Make a domain."""
        self.apply(Document("Domain", name, {}))
