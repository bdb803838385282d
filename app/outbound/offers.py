"""What applications in proxy mode can do: what the connectors that they are read from can do, as their maps have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.outbound.connector import Offer
from app.outbound.document import ConnectorRules
from app.outbound.errors import told
from app.outbound.legs import Legs
from app.outbound.published import published
from app.scim.errors import Conflict, ScimError
from app.scim.schema import ResourceType

NO_CONNECTOR: Final = (
    "The application is in proxy mode and has no outbound connector for {}: nothing can be provisioned."
)


@dataclass(frozen=True, slots=True)
class Offers:
    """Sums up what several connectors can do."""

    legs: Legs

    def of(self, found: Sequence[ConnectorRules]) -> Offer:
        """Say what can be done through all of them.

        Raises:
            Conflict: where there is none.
            ScimError: if one cannot say what it can do.
        """
        readers = self._readers(found)
        if not readers:
            raise Conflict(NO_CONNECTOR.format("any resource"))
        offers = {rules.name: self._offer(rules) for rules in readers.values()}
        return Offer(
            filter=all(each.filter for each in offers.values()),
            sort=all(each.sort for each in offers.values()),
            etag=all(each.etag for each in offers.values()),
            types={name: self._published(name, rules, offers[rules.name]) for name, rules in readers.items()},
        )

    def _readers(self, found: Sequence[ConnectorRules]) -> dict[str, ConnectorRules]:
        """Find for each type the connector that is read from, or else the first that takes it."""
        readers: dict[str, ConnectorRules] = {}
        for rules in sorted(found, key=lambda each: not self.legs.shows(each.name)):
            for name in rules.resource_types:
                readers.setdefault(name, rules)
        return {name: readers[name] for each in found for name in each.resource_types}

    def _offer(self, rules: ConnectorRules) -> Offer:
        try:
            return self.legs.offer(rules.name)
        except ScimError as error:
            raise told(rules.name, error) from error

    def _published(self, name: str, rules: ConnectorRules, offer: Offer) -> ResourceType:
        whole, shows = rules.resource_types[name], self.legs.shows(rules.name)
        passwords = rules.passwords == "send" or (rules.passwords is None and shows)
        return published(rules.maps[name], offer.types.get(name, whole), passwords=passwords, shows=shows)
