"""What adopting comes to: how many users are who, with examples, and what gives each his externalId, as a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.directory.plan import Plan, Step
from app.preparation.adoption.matching import STATES, Match, State, is_in_directory
from app.provisioning.entries import Entries
from app.provisioning.external_ids import EXTERNAL_ID
from app.provisioning.planning import Revision, plan_change
from app.scim.errors import InvalidValue
from app.scim.resource import Resource

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Naming:
    """An entry and the externalId that it is to have; ``steps`` give it that where it is kept in the directory."""

    number: int
    name: str
    resource_id: str
    external_id: str
    by: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Adoption:
    """A client's users, held against the entries of a domain."""

    domain: str
    application: str
    is_in_directory: bool
    counts: Mapping[State, int] = field(default_factory=dict)
    by: Mapping[str, int] = field(default_factory=dict)
    """How many were found by which attribute."""
    examples: Mapping[State, Sequence[str]] = field(default_factory=dict)
    namings: tuple[Naming, ...] = ()

    @property
    def plan(self) -> Plan:
        """What is sent to the directory; nothing where externalIds are kept beside it."""
        return Plan(tuple(step for naming in self.namings for step in naming.steps))

    def render(self) -> str:
        """Write the plan as LDIF, or as comments where nothing is sent to the directory."""
        if self.is_in_directory:
            return self.plan.render()
        return "".join(
            f"# {each.name}: externalId {each.external_id}, beside the directory for {self.application}\n"
            for each in self.namings
        )

    def as_json(self) -> dict[str, object]:
        """Return it for a machine."""
        return {
            "domain": self.domain,
            "application": self.application,
            "counts": {state: self.counts.get(state, 0) for state in STATES},
            "matchedBy": dict(self.by),
            "examples": {state: list(found) for state, found in self.examples.items()},
            "plan": self.render(),
        }


def adoption_of(
    entries: Entries, matches: Iterable[Match], *, application: str, examples: int = EXAMPLES
) -> Adoption:
    """Bring together what was found; raise ScimError."""
    tally = _Tally(entries, examples)
    for each in matches:
        tally.add(each)
    return Adoption(
        entries.domain.name,
        application,
        is_in_directory(entries),
        Counter(tally.counts),
        Counter(tally.by),
        tally.examples,
        tuple(tally.namings.values()),
    )


class _Tally:
    """Counts while users go by. No more is kept of each than his new name."""

    def __init__(self, entries: Entries, examples: int) -> None:
        self._entries = entries
        self._examples = examples
        self._claimed: dict[str, int] = {}
        self._given: dict[str, int] = {}
        self.counts: Counter[State] = Counter()
        self.by: Counter[str] = Counter()
        self.examples: dict[State, list[str]] = {}
        self.namings: dict[int, Naming] = {}

    def add(self, found: Match) -> None:
        rival = self._rival(found)
        if rival is not None:
            self._take_back(rival, found.record.number)
            found = replace(found, state="ambiguous")
        self._count(found.state, _told(found, rival))
        if found.state == "matched":
            self.by[found.by] += 1
            self._claimed[found.found[0].id] = self._given[found.external_id] = found.record.number
            self.namings[found.record.number] = _naming(self._entries, found)

    def _rival(self, found: Match) -> int | None:
        """Return who before was taken for the same entry, or has the same externalId."""
        if found.state != "matched":
            return None
        return self._claimed.get(found.found[0].id, self._given.get(found.external_id))

    def _take_back(self, rival: int, number: int) -> None:
        naming = self.namings.pop(rival, None)
        if naming is not None:
            self.counts["matched"] -= 1
            self.by[naming.by] -= 1
            told = f"user {rival}: {naming.name}, as user {number}"
            self._count("ambiguous", told)

    def _count(self, state: State, told: str) -> None:
        self.counts[state] += 1
        kept = self.examples.setdefault(state, [])
        if len(kept) < self._examples:
            kept.append(told)


def _told(found: Match, rival: int | None) -> str:
    named = found.record.resource.attributes.get("userName") or found.record.resource.attributes.get(
        "displayName"
    )
    who = f"user {found.record.number}" + (f" ({named})" if named else "")
    names = "; ".join(str(each.entry.dn) for each in found.found)
    shared = f", as user {rival}" if rival is not None else ""
    by = f" by {found.by}" if found.by else ""
    return f"{who}: {names}{by}{shared}" if names else who


def _naming(entries: Entries, found: Match) -> Naming:
    (one,) = found.found
    steps = tuple(_steps(entries, found)) if is_in_directory(entries) else ()
    return Naming(found.record.number, str(one.entry.dn), one.id.lower(), found.external_id, found.by, steps)


def _steps(entries: Entries, found: Match) -> Iterator[Step]:
    (one,) = found.found
    after = Resource(one.resource.type, {**one.resource.attributes, str(EXTERNAL_ID): found.external_id})
    revision = Revision(one.entry, one.resource, after)
    try:
        yield from plan_change(
            entries.map, entries.domain.dialect, revision, base=entries.domain.base, known={}
        ).plan.steps
    except InvalidValue as error:
        raise InvalidValue(f"user {found.record.number}: {error.detail}") from error
