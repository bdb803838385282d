"""Which kinds of connectors there are: those of Landbridge, and those that plugins add.

A plugin is an installed package with an entry point in the group ``landbridge.connectors``: its name is the
``type`` of Connector documents, and it leads to a ConnectorType.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, cast

from marshmallow import Schema

from app.outbound.connector import ConnectorType
from app.outbound.connectors.command import Command
from app.outbound.connectors.file import File
from app.outbound.connectors.ldap import Ldap
from app.outbound.connectors.scim2.type import Scim2, Scim11
from app.outbound.connectors.webhook import Webhook
from app.telemetry import get_logger

GROUP: Final = "landbridge.connectors"
OWN: Final[Mapping[str, ConnectorType]] = {
    "scim2": Scim2(),
    "scim1": Scim11(),
    "ldap": Ldap(),
    "file": File(),
    "webhook": Webhook(),
    "command": Command(),
}
MAX_REASON: Final = 300
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Discovered:
    """The kinds of connectors by name, and why others, of which plugins are installed, cannot be used."""

    types: Mapping[str, ConnectorType]
    broken: Mapping[str, str] = field(default_factory=dict)


def discover() -> Discovered:
    """Find all kinds of connectors. A plugin that cannot be loaded is left out, and the log tells why."""
    found: dict[str, ConnectorType] = {}
    broken: dict[str, str] = {}
    for point in entry_points(group=GROUP):
        try:
            _refuse_taken(point.name, found)
            found[point.name] = _checked(point.load()())
        except Exception as error:  # noqa: BLE001 - a plugin may raise whatever it likes, and the service must start
            reason = f"{type(error).__name__}: {error}"[:MAX_REASON]
            broken[point.name] = f"its plugin {_origin(point)} cannot be used: {reason}"
            _log.error("connector_type_unusable", name=point.name, reason=reason)
    return Discovered({**found, **OWN}, {name: why for name, why in broken.items() if name not in OWN})


def _refuse_taken(name: str, found: Mapping[str, ConnectorType]) -> None:
    if name in OWN or name in found:
        raise ValueError(f"{name} is a type that is there already")


def _checked(made: Any) -> ConnectorType:
    settings = getattr(made, "settings", None)
    if not (isinstance(settings, type) and issubclass(settings, Schema)):
        raise TypeError("its settings are no marshmallow schema")
    missing = [name for name in ("problems", "open") if not callable(getattr(made, name, None))]
    if missing:
        raise TypeError(f"it has no {' and no '.join(missing)}")
    return cast("ConnectorType", made)


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value
