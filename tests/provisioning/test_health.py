"""How domains are, as far as is known without waiting for them."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest

from app.directory.dn import Dn
from app.directory.errors import Unavailable
from app.directory.memory import MemoryDirectory
from app.provisioning.accounts import DIALECTS
from app.provisioning.configuration import Configuration
from app.provisioning.domain import Domain
from app.provisioning.health import FRESH_SECONDS, Health, states_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.directory.model import Entry, Search

BASE = Dn.parse("dc=example,dc=org")


class _Moody(MemoryDirectory):
    """Answers, fails, or does not answer until it may."""

    def __init__(self) -> None:
        super().__init__(BASE)
        self.is_down = False
        self.may_answer = Event()
        self.may_answer.set()
        self.questions = 0

    def search(self, search: Search) -> Iterator[Entry]:
        self.questions += 1
        assert self.may_answer.wait(20)
        if self.is_down:
            raise Unavailable("the server does not answer")
        return super().search(search)


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def moody() -> Iterator[_Moody]:
    """Make a directory, which answers at the end."""
    made = _Moody()
    yield made
    made.may_answer.set()


def _configuration(directory: _Moody, digest: str = "1") -> Configuration:
    domain = Domain("MAIN", directory, DIALECTS["openldap"](), BASE, {}, digest)
    return Configuration(0, {"MAIN": domain}, {"BROKEN": "no password"})


def test_each_domain_has_a_state(moody: _Moody) -> None:
    """One that answers, and one that cannot be asked, with the reason."""
    states = states_of(_configuration(moody))

    assert {name: (state.word, state.reason) for name, state in states.items()} == {
        "MAIN": ("Connected", ""),
        "BROKEN": ("Cannot be used", "no password"),
    }


def test_an_answer_is_kept_for_a_while(moody: _Moody) -> None:
    """Pages do not ask a directory each time, and do not go on saying what was true once."""
    clock = _Clock()
    health = Health(clock)
    health.states(_configuration(moody))
    health.states(_configuration(moody))
    assert moody.questions == 1

    moody.is_down, clock.now = True, FRESH_SECONDS

    assert health.states(_configuration(moody), patience_seconds=20)["MAIN"].word == "Does not answer"


def test_nobody_waits_for_a_slow_directory(moody: _Moody) -> None:
    """What it was is told until it answers, and it is asked once."""
    health = Health(_Clock())
    moody.may_answer.clear()

    first = health.states(_configuration(moody), patience_seconds=0)
    again = health.states(_configuration(moody), patience_seconds=0)
    moody.may_answer.set()
    last = health.states(_configuration(moody), patience_seconds=20)

    assert [each["MAIN"].word for each in (first, again, last)] == ["Being asked", "Being asked", "Connected"]
    assert moody.questions == 1


def test_a_changed_domain_is_asked_anew(moody: _Moody) -> None:
    """Nothing that was known of it counts."""
    health = Health(_Clock())
    health.states(_configuration(moody))

    health.states(_configuration(moody, "2"))

    assert moody.questions == 2
