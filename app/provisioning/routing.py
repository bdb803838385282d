"""Which target an application's request goes to."""

from __future__ import annotations

from app.provisioning.configuration import Configuration
from app.provisioning.domain import Domain
from app.provisioning.domain_target import DomainTarget
from app.provisioning.events import Record
from app.provisioning.target import Target
from app.scim.errors import Conflict, NotFound, ServiceUnavailable


def route(
    configuration: Configuration, resource_type: str, *, domain: str | None, proxy_mode: bool, record: Record
) -> Target:
    """Find the target of one resource type for an application that is set to a domain, or to proxy mode.

    Raises:
        Conflict: if the application is set to neither, or to proxy mode without a connector.
        ServiceUnavailable: if its domain cannot be used at present.
        NotFound: if the domain has no resources of that type.
    """
    if proxy_mode:
        raise Conflict(
            "The application is in proxy mode and has no outbound connector, so nothing can be provisioned."
        )
    if domain is None:
        raise Conflict("The application has no provisioning user store domain.")
    found = _usable(configuration, domain)
    schema_map = found.maps.get(resource_type)
    if schema_map is None:
        raise NotFound(f"The user store domain {domain} has no {resource_type} resources.")
    return DomainTarget(found, schema_map, record)


def _usable(configuration: Configuration, name: str) -> Domain:
    domain = configuration.domains.get(name)
    if domain is None:
        raise ServiceUnavailable(
            f"The user store domain {name} cannot be used at present.", retry_after_seconds=30
        )
    return domain
