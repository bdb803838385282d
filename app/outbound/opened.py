"""The connectors in force: opened from one snapshot of the documents, and kept over changes that do not concern them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from marshmallow import ValidationError

from app.outbound.connector import ConnectorType, Remote, Sink, Surroundings
from app.outbound.document import KIND, ConnectorRules, read_rules
from app.outbound.errors import Misconfigured
from app.scim.errors import ScimError, ServiceUnavailable
from app.scim.schema import ResourceType
from app.store.document import Document, Snapshot
from app.store.documents import Documents
from app.store.references import UnresolvedReference
from app.telemetry import get_logger

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A connector that can be used."""

    rules: ConnectorRules
    system: Remote | Sink
    digest: str


class Connectors:
    """Keeps the connectors up to date with their documents. What cannot be opened is tried again each time."""

    def __init__(
        self,
        documents: Documents,
        resource_types: Mapping[str, ResourceType],
        *,
        types: Mapping[str, ConnectorType],
        surroundings: Surroundings,
    ) -> None:
        self._documents = documents
        self._resource_types = resource_types
        self._types = types
        self._surroundings = surroundings
        self._lock = Lock()
        self._rules: Mapping[str, ConnectorRules] = {}
        self._rules_of: Snapshot | None = None
        self._opened: dict[str, Opened] = {}
        self._retired: list[Opened] = []
        """Replaced, and perhaps still at work for a request."""

    def names(self) -> list[str]:
        """Return the names of all connectors there are."""
        return [document.name for document in self._current().list(KIND)]

    def rules(self, name: str) -> ConnectorRules:
        """Return what a connector's document says; raise ServiceUnavailable where there is none that can be used."""
        rules = self.find_rules(name)
        if rules is None:
            raise ServiceUnavailable(f"There is no connector {name}.", retry_after_seconds=30)
        return rules

    def find_rules(self, name: str) -> ConnectorRules | None:
        """Return what a connector's document says; None where there is none that can be used."""
        return self._all_rules().get(name)

    def all_rules(self) -> list[ConnectorRules]:
        """Return what the documents say that can be used, by name."""
        return [*self._all_rules().values()]

    def get(self, name: str) -> Opened:
        """Return a connector, opened.

        Raises:
            ServiceUnavailable: if it cannot be used at present, or there is none.
        """
        document = self._current().get(KIND, name)
        if document is None:
            raise ServiceUnavailable(f"There is no connector {name}.", retry_after_seconds=30)
        with self._lock:
            known = self._opened.get(name)
            if known is None or known.digest != document.digest:
                self._retired += [known] if known else []
                known = self._opened[name] = self._open(document)
            return known

    def close(self) -> None:
        """Let all connections go."""
        with self._lock:
            for opened in (*self._opened.values(), *self._retired):
                opened.system.close()
            self._opened, self._retired = {}, []

    def _current(self) -> Snapshot:
        return self._documents.current()

    def _all_rules(self) -> Mapping[str, ConnectorRules]:
        snapshot = self._current()
        if self._rules_of is not snapshot:
            found = (self._readable(document) for document in snapshot.list(KIND))
            self._rules = {rules.name: rules for rules in found if rules is not None}
            self._rules_of = snapshot
        return self._rules

    def _readable(self, document: Document) -> ConnectorRules | None:
        try:
            return read_rules(document, self._resource_types)
        except (Misconfigured, ValidationError):
            return None

    def _open(self, document: Document) -> Opened:
        try:
            rules = read_rules(document, self._resource_types)
            kind = self._types[rules.type]
            settings = kind.settings().load(dict(document.body.get("settings", {})))
            return Opened(rules, self._system(kind, settings), document.digest)
        except KeyError as error:
            reason = f"there is no type {error} of connectors"
        except (ValidationError, UnresolvedReference, ScimError) as error:
            reason = error.detail if isinstance(error, ScimError) else str(error)
        raise ServiceUnavailable(
            f"The connector {document.name} cannot be used: {reason}", retry_after_seconds=30
        )

    def _system(self, kind: ConnectorType, settings: Mapping[str, Any]) -> Remote | Sink:
        try:
            return kind.open(settings, self._surroundings)
        except (ScimError, UnresolvedReference):
            raise
        except Exception as error:
            _log.exception("connector_type_failed", type=type(kind).__qualname__)
            raise Misconfigured(f"its type failed ({type(error).__name__})") from error
