"""What a map could not make of a resource: no error of the request, but counted, and logged without values."""

from __future__ import annotations

from collections.abc import Iterable

from app.mapping.expression import Finding
from app.mapping.model import SchemaMap
from app.telemetry import MAP_FINDINGS, UNMAPPED, get_logger

_log = get_logger(__name__)


def note(schema_map: SchemaMap, findings: Iterable[Finding]) -> None:
    """Count findings, each by the place in the map that it is about."""
    for finding in findings:
        MAP_FINDINGS.labels(schema_map.name, finding.place).inc()
        _log.warning("map_finding", map=schema_map.name, place=finding.place, reason=finding.message)


def note_unmapped(schema_map: SchemaMap, names: Iterable[str]) -> None:
    """Count values that no rule takes, by their attributes."""
    for name in names if schema_map.unmapped == "ignore" else ():
        UNMAPPED.labels(schema_map.name, name).inc()
