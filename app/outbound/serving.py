"""Whom a connector serves besides one domain: other domains that it follows, and applications in proxy mode.

What it has for those is not too much there, however little the one domain knows of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.outbound.document import ConnectorRules
from app.outbound.sources import FindSource, Source
from app.provisioning.target import Query
from app.scim.errors import NotFound
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.store.documents import Documents

AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Serving:
    """Whom a connector serves: which domains, and whether also applications that store nothing here."""

    domains: frozenset[str] = frozenset()
    is_proxied: bool = False


FindServing = Callable[[ConnectorRules], Serving]


def serving(documents: Documents, rules: ConnectorRules) -> Serving:
    """Read from the documents in force whom a connector serves."""
    routes = [
        route
        for application in documents.current().list("Application")
        if rules.name in (route := application.body.get("provisioning", {})).get("connectors", ())
    ]
    stored = (name for route in routes if not _is_proxied(route) for name in _domains(route))
    return Serving(frozenset({*rules.domains, *stored}), any(map(_is_proxied, routes)))


class Elsewhere:
    """What of a resource type others have than one domain."""

    def __init__(self, sources: Iterable[Source], *, is_proxied: bool) -> None:
        self._sources = [*sources]
        self.is_proxied = is_proxied

    def among(self, resource_ids: Iterable[str]) -> set[str]:
        """Return which of some resources another domain has; raise ScimError where one cannot say."""
        wanted = [*resource_ids]
        parts = [wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)]
        return {found for source in self._sources for part in parts for found in _in(source, part)}


def elsewhere(
    find: FindSource, served: Serving, domain: str, *, application: str, resource_type: str
) -> Elsewhere:
    """Find where else resources of a type may be that a connector has."""
    return Elsewhere(
        _sources(find, served.domains - {domain}, application, resource_type), is_proxied=served.is_proxied
    )


def _sources(
    find: FindSource, domains: Iterable[str], application: str, resource_type: str
) -> Iterator[Source]:
    for name in sorted(domains):
        try:
            yield find(name, application, resource_type)
        except NotFound:
            # It has none of that type.
            continue


def _in(source: Source, resource_ids: Iterable[str]) -> Iterator[str]:
    text = " or ".join(f"id eq {json.dumps(each)}" for each in resource_ids)
    query = Query(filter=resolve(parse(text), source.published), count=AT_ONCE)
    yield from (str(found.attributes["id"]) for found in source.target.search(query).resources)


def _is_proxied(route: Mapping[str, Any]) -> bool:
    return bool(route.get("proxy_mode"))


def _domains(route: Mapping[str, Any]) -> list[str]:
    return [*route.get("domains", ()), *([route["domain"]] if "domain" in route else [])]
