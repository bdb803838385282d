"""The users and groups of a domain, as the pages about them reach them: on behalf of who is signed in."""

from __future__ import annotations

from flask import g, request

from app.access.application import RESIDENT
from app.mapping.model import SchemaMap
from app.provisioning.entries import Entries
from app.provisioning.guard import Sentry
from app.provisioning.preview import with_map
from app.provisioning.routing import Destination
from app.provisioning.target import Target
from app.scim.errors import NotFound
from app.scim.schema import ResourceType
from app.web.console.forms import Form
from app.web.console.guard import me
from app.web.console.recording import CONSOLE
from app.web.current import services
from app.web.recording import recorder


def type_named(name: str) -> ResourceType:
    """Return the resource type ``User`` or ``Group``."""
    return services().resource_types[name]


def target_of(domain: str, type_name: str) -> Target:
    """Find where requests for a domain's resources go.

    Raises:
        ScimError: if the domain cannot be used, or has no such resources.
    """
    destination = Destination(RESIDENT, domain)
    record = recorder(me().name, CONSOLE)
    return services().router.target(type_name, destination, record=record, sentry=sentry())


def sentry() -> Sentry:
    """Return the guard of this request; people at the console are held to what callers with a password are."""
    if "sentry" not in g:
        g.sentry = new_sentry()
    kept: Sentry = g.sentry
    return kept


def new_sentry() -> Sentry:
    """Return a guard with the same limits, for what goes on when this request is over."""
    limits = services().applications.resident().guard
    return Sentry(services().held_changes, services().populations, me().name, CONSOLE, limits)


def entries_of(domain: str, type_name: str) -> Entries:
    """Return a domain's entries of a resource type; raises what ``target_of`` does."""
    found = services().router.domain(Destination(RESIDENT, domain))
    schema_map = found.maps.get(type_name)
    if schema_map is None:
        raise NotFound(f"The user store domain {domain} has no {type_name} resources.")
    return with_map(found, schema_map)


def map_of(domain: str, type_name: str) -> SchemaMap | None:
    """Return the map of a domain's resources; None where the domain cannot be used, or has none."""
    found = services().configurations.current().domains.get(domain)
    return found.maps.get(type_name) if found else None


def domain_names() -> list[str]:
    """List all domains, usable or not."""
    return [document.name for document in services().documents.list("Domain")]


def chosen_domain(form: Form) -> str:
    """Return the domain that was chosen, or else the first that can be used."""
    names = domain_names()
    usable = [name for name in names if name in services().configurations.current().domains]
    return form.text("domain") or next(iter([*usable, *names]), "")


def service_url() -> str:
    """Return how clients see the service."""
    return (services().settings.public_url or request.host_url).rstrip("/")
