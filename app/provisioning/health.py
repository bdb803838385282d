"""How the user store domains are: can each be used, and does its directory answer?

``states_of`` asks now. ``Health`` asks beside whoever wants to know, and remembers, so that nobody waits for a directory
that takes long to say no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Lock

from app.directory.errors import DirectoryError
from app.directory.model import Search
from app.provisioning.configuration import Configuration
from app.provisioning.domain import Domain

AT_ONCE = 8
FRESH_SECONDS = 30.0
"""How long an answer is taken for how things are."""
PATIENCE_SECONDS = 0.5
"""How long somebody waits who wants to know how things are of late."""


@dataclass(frozen=True, slots=True)
class State:
    """A domain's state in a word or two, and the reason where it is not good."""

    word: str
    is_usable: bool
    reason: str = ""


UNKNOWN = State("Being asked", is_usable=True)


def states_of(configuration: Configuration) -> Mapping[str, State]:
    """Tell the state of every domain, each asked at the same time: one that is down is slow to say so."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        states = threads.map(state_of, configuration.domains.values())
        asked = dict(zip(configuration.domains, states, strict=True))
    return _broken(configuration) | asked


def state_of(domain: Domain) -> State:
    """Ask a domain's directory for its base entry."""
    try:
        found = next(domain.directory.search(Search(domain.base, "base", attributes=("1.1",))), None)
    except DirectoryError as error:
        return State("Does not answer", is_usable=False, reason=str(error))
    if found is None:
        return State("Not found", is_usable=False, reason=f"The base {domain.base} is not there.")
    return State("Connected", is_usable=True)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question on its way or answered, and what the answer was before."""

    digest: str
    time: float
    answer: Future[State]
    before: State

    @property
    def state(self) -> State:
        return self.answer.result() if self.answer.done() else self.before


class Health:
    """What is known of the domains. Questions are asked by threads of their own, one for a domain at a time."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="health")
        self._asked: dict[str, _Asked] = {}
        self._lock = Lock()

    def states(
        self, configuration: Configuration, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> Mapping[str, State]:
        """Tell how each domain was a moment ago; who has not answered in time is told as it was before."""
        with self._lock:
            asked = {name: self._ask(domain) for name, domain in configuration.domains.items()}
            self._asked = asked
        wait([each.answer for each in asked.values()], timeout=patience_seconds)
        return _broken(configuration) | {name: each.state for name, each in asked.items()}

    def _ask(self, domain: Domain) -> _Asked:
        last, now = self._asked.get(domain.name), self._monotonic()
        if last is not None and last.digest == domain.digest:
            if not last.answer.done() or now - last.time < FRESH_SECONDS:
                return last
            return _Asked(domain.digest, now, self._threads.submit(state_of, domain), last.state)
        return _Asked(domain.digest, now, self._threads.submit(state_of, domain), UNKNOWN)


def _broken(configuration: Configuration) -> dict[str, State]:
    return {
        name: State("Cannot be used", is_usable=False, reason=reason)
        for name, reason in configuration.broken.items()
    }
