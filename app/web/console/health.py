"""How the user store domains are: can each be used, and does its directory answer now?"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from app.directory.errors import DirectoryError
from app.directory.model import Search
from app.provisioning.configuration import Configuration
from app.provisioning.domain import Domain

AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class State:
    """A domain's state in a word or two, and the reason where it is not good."""

    word: str
    is_usable: bool
    reason: str = ""


def states_of(configuration: Configuration) -> Mapping[str, State]:
    """Tell the state of every domain, each asked at the same time: one that is down is slow to say so."""
    broken = {
        name: State("Cannot be used", is_usable=False, reason=reason)
        for name, reason in configuration.broken.items()
    }
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = dict(
            zip(configuration.domains, threads.map(state_of, configuration.domains.values()), strict=True)
        )
    return broken | asked


def state_of(domain: Domain) -> State:
    """Ask a domain's directory for its base entry."""
    try:
        found = next(domain.directory.search(Search(domain.base, "base", attributes=("1.1",))), None)
    except DirectoryError as error:
        return State("Does not answer", is_usable=False, reason=str(error))
    if found is None:
        return State("Not found", is_usable=False, reason=f"The base {domain.base} is not there.")
    return State("Connected", is_usable=True)
