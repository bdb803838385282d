"""What a map does, for people who are writing one: LDIF, resource and LDAP filter, side by side. Nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from app.access.administrators import Role
from app.directory import filters as ldap
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn, InvalidDn
from app.directory.ldif_text import InvalidLdif
from app.mapping.documents import build_map
from app.mapping.model import SchemaMap
from app.provisioning import preview
from app.provisioning.domain import Domain
from app.scim.codec import ResourceCodec
from app.scim.errors import ScimError
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.filters.text import render
from app.scim.json_text import parse_json
from app.web.console.drafts import Draft
from app.web.console.guard import may
from app.web.current import services

BASE = Dn.parse("dc=example,dc=org")
"""Stands for the domain's base where there is no domain."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to show of a map: what becomes of a resource, of an entry, of a filter; each may be empty."""

    domain: str = ""
    resource: str = ""
    entry: str = ""
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of one question: a text, or why there is none. ``notes`` are what else is to know."""

    title: str
    text: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()


def previews(draft: Draft, asked: Asked) -> list[Shown]:
    """Answer what was asked of a good draft of a map."""
    if not draft.is_good or draft.document is None:
        return []
    schema_map = build_map(draft.document, services().resource_types, draft.lookup)
    domain = services().configurations.current().domains.get(asked.domain)
    answers: list[tuple[str, str, Callable[[], Shown]]] = [
        ("LDIF", asked.resource, lambda: _ldif(schema_map, domain, asked.resource)),
        ("Resource", asked.entry, lambda: _resource(schema_map, domain, asked.entry)),
        ("LDAP filter", asked.filter, lambda: _filter(schema_map, domain, asked.filter)),
    ]
    return [_answered(title, answer) for title, question, answer in answers if question]


def _answered(title: str, answer: Callable[[], Shown]) -> Shown:
    try:
        return answer()
    except ScimError as error:
        return Shown(title, problem=error.detail)


def _ldif(schema_map: SchemaMap, domain: Domain | None, text: str) -> Shown:
    resource = ResourceCodec(schema_map.resource_type).load(parse_json(text.encode()), purpose="create")
    if domain:
        found = preview.preview_create(preview.with_map(domain, schema_map), resource)
    else:
        found = preview.preview_create_alone(schema_map, OpenLdap(), resource, base=BASE)
    left_out = (
        f"{rule.place} is left out: whose ids these are a user store knows" for rule in found.left_out
    )
    failed = (f"{finding.place}: {finding.message}" for finding in found.findings)
    lost = (f"{name}: no rule takes it" for name in found.unmapped)
    made = (f"{wanted.attribute} is generated: {wanted.what}" for wanted in found.generated)
    return Shown("LDIF", found.plan.render(), notes=(*left_out, *failed, *lost, *made))


def _resource(schema_map: SchemaMap, domain: Domain | None, asked: str) -> Shown:
    is_ldif = "\n" in asked.strip()
    if domain is None and not is_ldif:
        return Shown(
            "Resource", problem="Choose the user store that has the entry, or give the entry as LDIF."
        )
    if not (is_ldif or may(Role.ADMINISTRATOR)):
        # A map that is only typed shows any attribute of any entry that the service account can read.
        return Shown(
            "Resource", problem="Only administrators see entries of the directory here. Give one as LDIF."
        )
    try:
        found = _entry(schema_map, domain, asked, is_ldif=is_ldif)
    except (InvalidDn, InvalidLdif) as error:
        return Shown("Resource", problem=str(error))
    document = ResourceCodec(found.resource.type).dump(found.resource)
    unseen = (
        () if found.is_in_scope else ("SCIM clients do not see this entry: the map's scope leaves it out",)
    )
    left_out = (
        f"{rule.place} is left out: whose names these are a user store knows" for rule in found.left_out
    )
    return Shown("Resource", json.dumps(document, indent=2, ensure_ascii=False), notes=(*unseen, *left_out))


def _entry(
    schema_map: SchemaMap, domain: Domain | None, asked: str, *, is_ldif: bool
) -> preview.EntryPreview:
    if domain is None:
        return preview.preview_ldif_alone(schema_map, OpenLdap(), asked)
    entries = preview.with_map(domain, schema_map)
    return (
        preview.preview_ldif(entries, asked) if is_ldif else preview.preview_entry(entries, Dn.parse(asked))
    )


def _filter(schema_map: SchemaMap, domain: Domain | None, text: str) -> Shown:
    condition = resolve(parse(text), schema_map.resource_type)
    if domain:
        found = preview.preview_search(preview.with_map(domain, schema_map), condition)
    else:
        found = preview.preview_search_alone(schema_map, OpenLdap(), condition)
    indexes = ", ".join(f"{attribute} ({kind})" for attribute, kind in found.indexes)
    residue = (
        f"Checked on what is found: {render(found.residue)}"
        if found.residue
        else "The directory decides alone."
    )
    return Shown(
        "LDAP filter", ldap.render(found.filter), notes=(residue, f"Wants the indexes: {indexes or 'none'}")
    )
