"""What OpenLDAP's overlays have to look after for a domain's maps, and what those that are loaded do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from app.directory.dn import Dn
from app.directory.model import Values
from app.mapping.model import ReferenceRule, SchemaMap
from app.preparation.live import texts
from app.preparation.naming import naming_rule
from app.preparation.openldap_config import ServerConfig
from app.provisioning.domain import Domain

_WATCHED = {"olcMemberOfGroupOC": "groupOfNames", "olcMemberOfMemberAD": "member"}
"""What memberof looks at unless it is told otherwise (slapo-memberof(5))."""


def written_references(domain: Domain) -> tuple[str, ...]:
    """Name the attributes by which a domain's entries name others."""
    rules = (rule for each in domain.maps.values() for rule in each.references)
    return tuple(sorted({rule.attribute for rule in rules if rule.writes and rule.by is None}))


def watched_groups(domain: Domain) -> Mapping[str, str]:
    """Say which class and attribute memberof has to look at, by the names of its settings."""
    for schema_map in domain.maps.values():
        for rule in schema_map.references:
            if _is_membership(schema_map, rule):
                kind = schema_map.entry.object_classes[0]
                return {"olcMemberOfGroupOC": kind, "olcMemberOfMemberAD": rule.attribute}
    return _WATCHED


def _is_membership(schema_map: SchemaMap, rule: ReferenceRule) -> bool:
    return (
        str(rule.place) == "members"
        and rule.writes
        and rule.by is None
        and bool(schema_map.entry.object_classes)
    )


def memberof_settings(domain: Domain) -> dict[str, Values]:
    """Write what memberof needs to be told, beside what it does anyhow."""
    differing = {
        name: value
        for name, value in watched_groups(domain).items()
        if value.lower() != _WATCHED[name].lower()
    }
    return {name: (value.encode(),) for name, value in differing.items()}


def unique_uris(domain: Domain) -> Iterator[tuple[str, str]]:
    """Yield the attributes that resources are looked up by, and the value of olcUniqueURI for each."""
    for schema_map in domain.maps.values():
        naming = naming_rule(schema_map)
        if naming is not None:
            kind = schema_map.entry.object_classes[0]
            yield naming.attribute, f"ldap:///{domain.base}?{naming.attribute}?sub?(objectClass={kind})"


def unwatched(config: ServerConfig, domain: Domain) -> str:
    """Say what memberof looks at, if that is not what the map of groups writes; empty where it is, or is not loaded."""
    overlay = config.overlay("memberof")
    if overlay is None:
        return ""
    wanted = watched_groups(domain)
    seen = {name: overlay.text(name) or default for name, default in _WATCHED.items()}
    if all(seen[name].lower() == wanted[name].lower() for name in _WATCHED):
        return ""
    words = tuple(wanted[name] for name in ("olcMemberOfMemberAD", "olcMemberOfGroupOC"))
    return f"memberof looks at {seen['olcMemberOfMemberAD']} of {seen['olcMemberOfGroupOC']}, and SCIM writes {' of '.join(words)}"


def unrepaired(config: ServerConfig, domain: Domain) -> tuple[str, ...]:
    """Name the references that refint, which is loaded, does not look after."""
    overlay = config.overlay("refint")
    if overlay is None:
        return ()
    known = {word.lower() for text in texts(overlay, "olcRefintAttribute") for word in text.split()}
    return tuple(name for name in written_references(domain) if name.lower() not in known)


def shared(config: ServerConfig, domain: Domain) -> tuple[tuple[str, str], ...]:
    """Return the names that unique, which is loaded, does not keep apart below the base, and how it would."""
    overlay = config.overlay("unique")
    if overlay is None:
        return ()
    kept = [
        text for attribute in ("olcUniqueURI", "olcUniqueAttribute") for text in texts(overlay, attribute)
    ]
    return tuple(
        (name, uri)
        for name, uri in unique_uris(domain)
        if not any(_keeps(text, name, domain.base) for text in kept)
    )


def _keeps(text: str, attribute: str, base: Dn) -> bool:
    """Tell whether a value of the overlay's covers an attribute: a list of names, or URIs of bases and names."""
    for word in text.split():
        parts = urlsplit(word)
        if parts.scheme != "ldap":
            if word.lower() == attribute.lower():
                return True
            continue
        names = {name.strip().lower() for name in parts.query.split("?")[0].split(",")}
        if attribute.lower() in names and base.is_within(Dn.parse(parts.path.lstrip("/"))):
            return True
    return False
