"""Reading a domain: entries by id, name or filter, and the resources that they are."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from itertools import islice

from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.filters import all_of
from app.directory.model import Entry, Search, having
from app.mapping.model import ReferenceRule, SchemaMap
from app.mapping.references import Name, Referent, Referents, by_name, names_among, naming
from app.provisioning.domain import Domain
from app.provisioning.failures import to_scim_error
from app.provisioning.holders import Holders
from app.provisioning.identity import NOBODY, Identities
from app.provisioning.names import MAX_OTHERS, NOT_SEEN, Seen
from app.provisioning.primary import NO_TIES, Ties, completed, ties_of
from app.provisioning.reading import Reading
from app.provisioning.target import Wants, everything, nothing
from app.scim.errors import NotFound
from app.scim.resource import Resource

MANY = 1000
"""From how many members on a group's are found by one search for the names of all."""
CHUNK = 500
"""How many entries are made into resources at once: what they refer to is looked up together."""


class Entries:
    """One resource type's entries in one domain."""

    def __init__(self, domain: Domain, schema_map: SchemaMap) -> None:
        self.domain = domain
        self.identities = Identities(domain)
        self._map = schema_map

    @cached_property
    def map(self) -> SchemaMap:
        """The map, as entries can be read by it."""
        return self.domain.readable(self._map)

    def attributes(self, wants: Wants) -> tuple[str, ...]:
        """Name the directory attributes that the wanted SCIM attributes are read from, and those of every resource."""
        return self._reading(wants).attributes

    def _reading(self, wants: Wants) -> Reading:
        return self.domain.readings.of(self.map, self.domain.dialect, wants)

    def find(self, resource_id: str, *, wants: Wants) -> Entry:
        """Return the entry of an id.

        Raises:
            NotFound: if there is none that exists for SCIM.
        """
        dialect, scope, attributes = self.domain.dialect, self.map.entry.scope, self.attributes(wants)
        address = dialect.address_of(resource_id)
        if not address:
            wanted = all_of((dialect.has_id(resource_id), scope))
            return self._first(
                Search(self.domain.base, "subtree", wanted, attributes, size_limit=2, is_for_one=True)
            )
        return self._first(Search(self.domain.base, "base", scope, attributes, size_limit=1, address=address))

    def find_with(
        self,
        resource_id: str,
        others: Sequence[str],
        *,
        wants: Wants,
        shown: Wants = nothing,
        is_examined: bool = False,
    ) -> tuple[Entry, list[Referent]]:
        """Return the entry of an id, and by the same search whoever the other ids belong to.

        So are those that it referred to when it was seen last, as far as that is to be ``shown``, and a group's members
        by primary group, where they are ``shown`` or the group ``is_examined``.

        Raises:
            NotFound: if the entry does not exist for SCIM. Others who do not are left out.
        """
        seen = self._seen_with(resource_id, shown)
        if is_examined:
            seen = replace(seen, mark=self._seen_with(resource_id, everything).mark)
        if not others and not seen.others and not seen.mark:
            return self.find(resource_id, wants=wants), []
        ties = Ties(members=frozenset([seen.mark] if seen.mark else []))
        found = self.identities.look_up(
            [resource_id, *others], names=seen.others, attributes=self.attributes(wants), ties=ties
        )
        wanted = resource_id.lower(), self.map.resource_type.name
        entry = next((entry for entry, referent in found if (referent.id, referent.type) == wanted), None)
        if entry is None:
            raise NotFound.of(self.map.resource_type.name)
        referents = [referent for _, referent in found]
        return self._told(entry, referents, ties), referents

    def _told(self, entry: Entry, referents: Sequence[Referent], ties: Ties) -> Entry:
        """Have a group name its members by primary group, if they were looked up."""
        primary = self.domain.dialect.primary
        if primary is None or primary.mark_of(entry) not in ties.members:
            return entry
        return completed(primary, self.map.references, entry, by_name(referents))

    def at(self, name: Dn, *, wants: Wants) -> Entry:
        """Return the entry of a name; raise NotFound."""
        return self._first(Search(name, "base", attributes=self.attributes(wants), size_limit=1))

    def search(self, search: Search) -> Generator[Entry, None, None]:
        """Yield the entries that a search finds.

        Raises:
            ScimError: for whatever the directory says but yes.
        """
        with self.answering():
            yield from self.domain.directory.search(search)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Have what the directory says but yes be raised as a ScimError."""
        try:
            yield
        except DirectoryError as error:
            raise to_scim_error(error, self.map) from error

    def resource(self, entry: Entry, *, wants: Wants, known: Referents = NOBODY) -> Resource:
        """Show an entry as a resource, with what it refers to; ``known`` need not be looked up."""
        reading = self._reading(wants)
        [whole], referents = self._whole([entry], reading, known=known)
        others = referents.keys() - {entry.dn} if referents else ()
        self.remember(entry, others, is_whole=reading.names_others)
        [whole], referents = self._with_groups([whole], referents, reading)
        return self.domain.recall.resource(self.map, whole, self.domain.dialect, referents)

    def shown_with(self, entry: Entry, others: Sequence[Referent], *, wants: Wants) -> Resource:
        """Show an entry with those who were looked up together with it.

        As it was shown before, where it and they are what they were, and nobody else had to be asked about.
        """
        reading, shown = self._reading(wants), self.domain.shown
        known = shown.get(entry, reading)
        if known is not None and known[0] == others:
            return known[1]
        before = self.identities.searches
        resource = self.resource(entry, wants=wants, known=by_name(others))
        if self.identities.searches == before:
            shown.keep(entry, reading, (others, resource))
        return resource

    def remember(self, entry: Entry, others: Collection[Name] = (), *, is_whole: bool = False) -> None:
        """Remember where an entry is, and, where ``is_whole`` says that these are all, whom it refers to."""
        names, resource_id = self.domain.names, self.domain.dialect.id_of(entry)
        if is_whole:
            primary = self.domain.dialect.primary
            mark = primary.mark_of(entry) if primary else None
            names.keep(resource_id, Seen(entry.dn, tuple(others) if len(others) <= MAX_OTHERS else (), mark))
            return
        names.keep_places([(resource_id, entry.dn)])

    def remember_all(self, entries: Iterable[Entry]) -> None:
        """Remember where entries are."""
        id_of = self.domain.dialect.id_of
        self.domain.names.keep_places([(id_of(entry), entry.dn) for entry in entries])

    def resources(
        self, entries: Iterable[Entry], *, wants: Wants, known: Referents = NOBODY
    ) -> Iterator[Resource]:
        """Show entries as resources, chunk by chunk; one by one where nobody is to be looked up."""
        remaining, reading = iter(entries), self._reading(wants)
        size = CHUNK if reading.references else 1
        while chunk := list(islice(remaining, size)):
            whole, referents = self._whole(chunk, reading, known=known)
            whole, referents = self._with_groups(whole, referents, reading)
            yield from self.domain.recall.resources(self.map, whole, self.domain.dialect, referents)

    def _whole(
        self, entries: Sequence[Entry], reading: Reading, *, known: Referents
    ) -> tuple[Sequence[Entry], Referents]:
        """Look up whom entries refer to, and have them name those as well whom they know by primary groups."""
        primary, rules = self.domain.dialect.primary, reading.references
        ties = ties_of(primary, rules, entries)
        referents = self._referents(entries, rules, known=known, ties=ties)
        if primary is None:
            return entries, referents
        return [completed(primary, rules, entry, referents) for entry in entries], referents

    def _referents(
        self, entries: Sequence[Entry], rules: Sequence[ReferenceRule], *, known: Referents, ties: Ties
    ) -> Referents:
        names: set[Name] = set()
        above: set[Name] = set()
        for rule in rules:
            values: set[bytes] = set()
            for entry in having(rule.attribute, entries):
                own = entry.values(rule.attribute)
                if len(own) > MANY and rule.writes and rule.by is None:
                    # One search by what they say themselves; only who does not is looked up by name.
                    known = {**known, **self.identities.members_of(entry.dn)}
                values.update(own)
            found = names_among(rule, values)
            names.update(found)
            above.update(() if rule.writes else found)
        if not names and ties == NO_TIES:
            return known
        all_above = self._above(entries, names, above, known=known, ties=ties)
        if all_above is not None:
            return self.identities.by_names((), known={**known, **all_above}, ties=Ties(ties.groups))
        return self.identities.by_names(names, known=known, climbing=above, ties=ties)

    def _above(
        self, entries: Sequence[Entry], names: set[Name], groups: set[Name], *, known: Referents, ties: Ties
    ) -> Referents | None:
        """Look up all groups above one entry at once, where they are not known and the product can."""
        if len(entries) > 1 or groups <= known.keys():
            return None
        others = names - groups - known.keys()
        return self.identities.above(entries[0], names=others, groups=groups, ties=ties.beside(known))

    def _with_groups(
        self, entries: Sequence[Entry], referents: Referents, reading: Reading
    ) -> tuple[Sequence[Entry], Referents]:
        """Have entries name their groups where the directory does not."""
        rules = [rule for rule in reading.references if rule.is_elsewhere]
        if not rules:
            return entries, referents
        above = Holders(self.identities).above(
            {name: entry.dn for entry in entries for name in self.identities.names_of(self.map, entry)}
        )
        whole = [naming(rules, entry, above.parents.get(entry.dn, ())) for entry in entries]
        return whole, {**referents, **above.referents}

    def _seen_with(self, resource_id: str, shown: Wants) -> Seen:
        seen = self.domain.names.get(resource_id.lower()) if self._reading(shown).names_others else None
        return seen or NOT_SEEN

    def _first(self, search: Search) -> Entry:
        for entry in self.search(search):
            # An address leads to any entry of the directory, and what is not below the base does not exist.
            if entry.dn.is_within(self.domain.base):
                return entry
        raise NotFound.of(self.map.resource_type.name)
