"""Which kinds of connectors there are: those of Landbridge, and those that plugins add.

A plugin is an installed package with an entry point in the group ``landbridge.connectors``: its name is the
``type`` of Connector documents, and it leads to a ConnectorType.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Final

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
_log = get_logger(__name__)


@cache
def connector_types() -> Mapping[str, ConnectorType]:
    """Find all kinds of connectors by name. A plugin that cannot be loaded is left out, and the log tells why."""
    found: dict[str, ConnectorType] = {}
    for point in entry_points(group=GROUP):
        try:
            found[point.name] = point.load()()
        except Exception as error:  # noqa: BLE001 - a plugin may raise whatever it likes, and the service must start
            _log.error("connector_type_unusable", name=point.name, reason=str(error))
    return {**found, **OWN}
