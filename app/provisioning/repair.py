"""What refers to an entry follows it: who is renamed, moved or deleted is so wherever the domain names them.

Names (DNs) are seen to by the directory, or here where the domain's document says that it does not. Values that stand for
entries, as login names do in memberUid, no directory knows to be references, so these are seen to here always. The changes
are steps of the request's plan, and so they are audited, undone and recovered with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.directory.dn import Dn
from app.directory.filters import Equals, Everything, Filter, Not, all_of
from app.directory.model import Change, Entry, Modify, Operation, Search
from app.directory.plan import Plan, Step
from app.directory.prediction import predict
from app.mapping.model import ReferenceRule
from app.mapping.references import Name, alias_of
from app.provisioning.entries import Entries
from app.provisioning.planning import Planned


@dataclass(frozen=True, slots=True)
class _Following:
    """What stands for an entry in an attribute of others, and what will; None where nothing may any more."""

    rule: ReferenceRule
    old: Name
    new: Name | None

    @property
    def attribute(self) -> str:
        return self.rule.attribute

    @property
    def placeholder(self) -> bytes | None:
        """What must be left where the last value goes."""
        placeholder = self.rule.placeholder
        return None if placeholder is None or self.new is not None else str(placeholder).encode()

    def changes(self, new: bytes | None) -> tuple[Change, ...]:
        return _swap(self.attribute, str(self.old).encode(), new)

    def undo(self, new: bytes | None) -> tuple[Change, ...]:
        return _swap(self.attribute, new, str(self.old).encode())


def _swap(attribute: str, old: bytes | None, new: bytes | None) -> tuple[Change, ...]:
    # What goes before what comes: the two may differ in what the attribute takes for equal.
    gone = (Change("delete", attribute, (old,)),) if old is not None else ()
    return (*gone, *((Change("add", attribute, (new,)),) if new is not None else ()))


@dataclass(frozen=True, slots=True)
class Repair:
    """Completes plans that rename or delete entries of one type."""

    entries: Entries

    @property
    def is_due(self) -> bool:
        """Whether anything that may refer to entries of the type is seen to here."""
        return bool(self._rules())

    def after_change(self, entry: Entry, planned: Planned) -> Planned:
        """Have what refers to an entry follow it, once the entry is what it will be.

        Raises:
            ScimError: if the directory cannot be asked who that is.
        """
        if not self.is_due:
            return planned
        after = predict(entry, planned.plan.operations, unknown=())
        return self._followed(planned, entry.dn, after.dn, self._following(entry, after))

    def after_retirement(self, entry: Entry, planned: Planned) -> Planned:
        """Have what refers to an entry follow it into retirement; what it keeps, another one may have, and goes.

        Raises:
            ScimError: if the directory cannot be asked who that is.
        """
        after = predict(entry, planned.plan.operations, unknown=())
        following = (
            replace(each, new=None) if each.rule.by is not None and each.old == each.new else each
            for each in self._following(entry, after)
        )
        return self._followed(planned, entry.dn, after.dn, following)

    def _followed(self, planned: Planned, old: Dn, new: Dn, following: Iterable[_Following]) -> Planned:
        changing = [each for each in following if each.old != each.new]
        steps = [step for each in changing for step in self._steps(each, old, new)]
        return replace(planned, plan=Plan((*planned.plan.steps, *steps))) if steps else planned

    def before_delete(self, entry: Entry, planned: Planned) -> Planned:
        """Have nothing refer to an entry any more, and only then delete it: that could not be undone in full.

        Raises:
            ScimError: if the directory cannot be asked who does.
        """
        steps = [step for each in self._following(entry, None) for step in self._steps(each, entry.dn, None)]
        return replace(planned, plan=Plan((*steps, *planned.plan.steps))) if steps else planned

    def _rules(self) -> Sequence[ReferenceRule]:
        """Return a rule for each attribute of the domain that may refer to entries of the type."""
        domain, found = self.entries.domain, dict[str, ReferenceRule]()
        for rule in (rule for schema_map in domain.maps.values() for rule in schema_map.references):
            is_ours = rule.by is not None or domain.repairs_references
            if is_ours and rule.writes and self.entries.map.resource_type.name in rule.types:
                found.setdefault(rule.attribute.lower(), rule)
        return list(found.values())

    def _following(self, before: Entry, after: Entry | None) -> Iterator[_Following]:
        for rule in self._rules():
            old = self._standing_for(rule, before)
            if old is not None:
                yield _Following(rule, old, self._standing_for(rule, after) if after else None)

    def _standing_for(self, rule: ReferenceRule, entry: Entry) -> Name | None:
        return entry.dn if rule.by is None else alias_of(self.entries.map, entry, rule.by)

    def _steps(self, following: _Following, old: Dn, new: Dn | None) -> Iterator[Step]:
        """Change whoever refers to the entry; what is renamed with it, under its new name, and what goes with it, not."""
        for holder in self._holders(following):
            at = _moved(holder.dn, old, new)
            if at is not None:
                yield self._step(following, at, holder.values(following.attribute))

    def _holders(self, following: _Following) -> Iterator[Entry]:
        """Find who refers to the entry, with the values of those that may have no other."""
        has_it = Equals(following.attribute, str(following.old).encode())
        if following.placeholder is None:
            yield from self._found(has_it)
            return
        stands_in = Equals(following.attribute, following.placeholder)
        yield from self._found(all_of((has_it, stands_in)))
        yield from self._found(all_of((has_it, Not(stands_in))), following.attribute)

    def _found(self, condition: Filter, *attributes: str) -> Iterator[Entry]:
        names = attributes or (self.entries.domain.dialect.id_attribute,)
        yield from self.entries.search(Search(self.entries.domain.base, "subtree", condition, names))

    def _step(self, following: _Following, holder: Dn, values: Sequence[bytes]) -> Step:
        is_last = len(values) == 1
        placeholder = following.placeholder if is_last else None
        new = str(following.new).encode() if following.new is not None else placeholder
        there, back = (self._modify(holder, each) for each in (following.changes(new), following.undo(new)))
        return Step(there, back, is_elsewhere=True)

    def _modify(self, holder: Dn, changes: tuple[Change, ...]) -> Operation:
        # Somebody else may have been at it: what is so already is as well.
        modify = Modify(holder, changes, permissive=True)
        dialect = self.entries.domain.dialect
        [found] = [modify] if dialect.asserts else dialect.guarded([modify], Entry(holder, {}), Everything())
        return found


def _moved(holder: Dn, old: Dn, new: Dn | None) -> Dn | None:
    """Return the name that an entry has when another one has been renamed; None where it is gone with that one."""
    if not holder.is_within(old):
        return holder
    return None if new is None else Dn((*holder.rdns[: len(holder.rdns) - len(old.rdns)], *new.rdns))
