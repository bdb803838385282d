"""What a request makes of an entry: the resource before and after, with no more looked up than that takes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from app.directory.dn import Dn
from app.directory.model import Entry
from app.mapping.model import ReferenceRule
from app.mapping.references import Alias, Name, Referent, Referents, ids_in, names_of
from app.provisioning.entries import Entries
from app.provisioning.planning import Revision
from app.provisioning.primary import Ties, completed, is_bound, refuse_leaving, ties_of
from app.scim.path import AttributePath
from app.scim.resource import Resource

Changed = Callable[[Resource], Resource]
_NOWHERE = Dn(())
_STAND_IN = "\ud800"  # half of a surrogate pair, which no JSON text may have


def revise(
    entries: Entries, entry: Entry, changed: Changed, *, known: Referents, examined: Collection[AttributePath]
) -> tuple[Revision, Referents]:
    """Work out what a request makes of an entry, and return with it whom the two states refer to.

    Whom nobody mentions and the request leaves alone is not looked up: a stand-in takes the place, whose id no client
    can send. Who is taken away without being mentioned is: what SCIM cannot see, because it is outside of the maps or
    is there no more, is not the client's to take away, and stays. ``examined`` are the references of which the request
    must know more than the ids that it mentions.

    Raises:
        MutabilityError: if somebody is to leave who is a member by primary group.
    """
    revision, referents = _revised(entries, entry, changed, known=known, examined=examined)
    bound = _bound(entries, revision, examined)
    if bound is not None:
        entry = completed(entries.domain.dialect.primary, entries.map.references, entry, bound)
        revision, referents = _revised(entries, entry, changed, known={**known, **bound}, examined=examined)
    _refuse_leaving(entries, revision, referents)
    return revision, referents


def _bound(entries: Entries, revision: Revision, examined: Collection[AttributePath]) -> Referents | None:
    """Look up the members by primary group, where a request changes members and they are not known."""
    ties = ties_of(entries.domain.dialect.primary, entries.map.references, [revision.entry])
    is_same = set(ids_in(entries.map, revision.before)) == set(ids_in(entries.map, revision.after))
    if not ties.members or (is_same and not examined):
        return None
    found = entries.identities.look_up([], ties=Ties(members=ties.members))
    return {referent.dn: referent for _, referent in found}


def _refuse_leaving(entries: Entries, revision: Revision, referents: Referents) -> None:
    primary, staying = entries.domain.dialect.primary, set(ids_in(entries.map, revision.after))
    for rule in entries.map.references:
        bound = (each for each in referents.values() if is_bound(primary, rule, revision.entry, each))
        refuse_leaving(rule, (each for each in bound if each.id not in staying))


def _revised(
    entries: Entries, entry: Entry, changed: Changed, *, known: Referents, examined: Collection[AttributePath]
) -> tuple[Revision, Referents]:
    referents = _looked_at(entries, entry, known, examined)
    revision = _revision(entries, entry, changed, referents)
    leaving = frozenset(_leaving(entries, revision, referents))
    if leaving:
        visible = entries.identities.by_names(leaving)
        referents = {name: each for name, each in referents.items() if name not in leaving} | visible
        revision = _revision(entries, entry, changed, referents)
    return revision, referents


def _looked_at(
    entries: Entries, entry: Entry, known: Referents, examined: Collection[AttributePath]
) -> dict[Name, Referent]:
    referents = dict(known)
    for rule in entries.map.references:
        names = list(names_of(rule, entry))
        if rule.place.path in examined:
            referents |= entries.identities.by_names(names, known=referents)
        else:
            referents |= {name: _stand_in(rule, name) for name in names if name not in referents}
    return referents


def _revision(entries: Entries, entry: Entry, changed: Changed, referents: Referents) -> Revision:
    before = entries.domain.recall.resource(entries.map, entry, entries.domain.dialect, referents)
    return Revision(entry, before, changed(before))


def _leaving(entries: Entries, revision: Revision, referents: Referents) -> Iterator[Name]:
    """Yield the names behind the stand-ins that are gone from lists; a single value makes room for another one anyhow."""
    staying = set(ids_in(entries.map, revision.after))
    for rule in entries.map.references:
        if rule.writes and rule.place.resolved.attribute.multi_valued:
            for name in names_of(rule, revision.entry):
                found = referents.get(name)
                if found is not None and found.id.startswith(_STAND_IN) and found.id not in staying:
                    yield name


def _stand_in(rule: ReferenceRule, name: Name) -> Referent:
    if isinstance(name, Alias):
        # Ids are taken in any case, and these values are not.
        return Referent(_NOWHERE, _STAND_IN + name.value.encode().hex(), rule.types[0], aliases=(name,))
    return Referent(name, _STAND_IN + str(name).lower(), rule.types[0])
