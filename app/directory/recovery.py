"""Seeing to a plan that was broken off, by a crash or by a directory that went away: it is finished, undone, or told.

Which step was the last, only the directory knows. Where all steps were made that is the end of it; otherwise those that
were made are undone, as long as nobody else has changed what they changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from app.directory.dn import Dn
from app.directory.errors import DirectoryError, Unavailable
from app.directory.model import Add, Entry, Modify, Search
from app.directory.plan import Step
from app.directory.port import Directory
from app.directory.resolution import Verdict, resolve


class Ending(Enum):
    """What became of a plan that was broken off."""

    MADE = "made"
    UNDONE = "undone"
    NOT_MADE = "not made"
    UNKNOWN = "unknown"
    """It was one step, and nobody can tell: a password that was set, or was not."""


class NeedsPerson(Exception):
    """What was begun can be neither finished nor undone here. The message says why, and what is in force."""


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """Steps that were sent, but for their secrets; ``made`` of them were answered, and the next may have been made.

    ``version`` is that of the entry after them, where it is known. Some that ``is_rest`` of a plan whose other steps were
    undone are no plan by themselves: they are undone, too.
    """

    steps: tuple[Step, ...]
    made: int
    version: str = ""
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What else is known of entries.

    ``is_ours`` tells of an entry whether it can be the one that the plan made, ``is_untouched`` whether nobody has changed it
    since the plan was worked on. Both raise NeedsPerson where that cannot be seen.
    """

    version_of: Callable[[Dn], str | None]
    is_ours: Callable[[Dn], bool]
    is_untouched: Callable[[Dn], bool]


def settle(broken: BrokenOff, directory: Directory, knowledge: Knowledge) -> Ending:
    """Find out how far a plan came, and bring it to an end.

    Raises:
        NeedsPerson: if that cannot be done without somebody's judgement.
        Unavailable: if the directory does not answer; nothing is lost by trying again later.
    """
    return _Settling(broken, _Answering(directory), knowledge).end()


@dataclass(slots=True)
class _Answering:
    """A directory whose silence is remembered: it must not be taken for an answer."""

    inner: Directory
    silence: Unavailable | None = None

    def search(self, search: Search) -> Iterator[Entry]:
        try:
            yield from self.inner.search(search)
        except Unavailable as error:
            self.silence = error
            raise

    def authenticate(self, dn: Dn, password: str) -> None:
        self.inner.authenticate(dn, password)


@dataclass(slots=True)
class _Settling:
    broken: BrokenOff
    reader: _Answering
    knowledge: Knowledge

    def end(self) -> Ending:
        steps, made = self.broken.steps, self.broken.made
        verdict = Verdict.NOT_MADE if made >= len(steps) else self._verdict(steps[made])
        if verdict is Verdict.UNKNOWN and len(steps) == 1 and not self.broken.is_rest:
            return Ending.UNKNOWN
        sent = made + (verdict is not Verdict.NOT_MADE)
        while verdict is Verdict.MADE and sent < len(steps) and self._is_made(steps[sent]):
            # Who could not note how far it had come went on all the same.
            sent += 1
        if sent == len(steps) and verdict is not Verdict.UNKNOWN and not self.broken.is_rest:
            return Ending.MADE
        self._undo(steps[:sent], is_certain=verdict is not Verdict.UNKNOWN)
        return Ending.UNDONE if sent else Ending.NOT_MADE

    def _verdict(self, step: Step) -> Verdict:
        """Tell whether the step was made whose answer nobody heard."""
        verdict = self._resolved(step)
        if isinstance(step.operation, Add) and verdict is Verdict.MADE:
            return Verdict.MADE if self.knowledge.is_ours(step.operation.dn) else Verdict.NOT_MADE
        if verdict is not Verdict.UNKNOWN or not self.broken.version:
            return verdict
        if step.operation.dn in _added(self.broken.steps):
            # It goes with the entry, whether it was made or not.
            return verdict
        if self.knowledge.version_of(step.operation.dn) == self.broken.version:
            return Verdict.NOT_MADE
        return self._verdict_by_others(self.broken.steps[: self.broken.made])

    def _is_made(self, step: Step) -> bool:
        """Tell whether a step was made, for certain."""
        return self._resolved(step) is Verdict.MADE and (
            not isinstance(step.operation, Add) or self.knowledge.is_ours(step.operation.dn)
        )

    def _verdict_by_others(self, answered: tuple[Step, ...]) -> Verdict:
        """The entry has changed since the steps that were answered: was it by the next one, or were they undone?"""
        if all(self._resolved(each) is Verdict.MADE for each in answered):
            return Verdict.MADE
        return Verdict.NOT_MADE if all(map(self._is_undone, answered)) else Verdict.UNKNOWN

    def _undo(self, sent: tuple[Step, ...], *, is_certain: bool) -> None:
        added = _added(sent)
        if not is_certain and sent[-1].operation.dn not in added:
            raise NeedsPerson(f"nobody can tell whether {_named(sent[-1])} was made")
        for step in reversed(sent):
            if isinstance(step.operation, Add) or step.operation.dn not in added:
                self._undo_one(step)

    def _undo_one(self, step: Step) -> None:
        if step.undo is None:
            raise NeedsPerson(f"{_named(step)} was made, and cannot be undone")
        if self._is_undone(step):
            return
        is_as_left = (
            self.knowledge.is_ours(step.operation.dn) and self.knowledge.is_untouched(step.operation.dn)
            if isinstance(step.operation, Add)
            else self._resolved(step) is Verdict.MADE
        )
        if not is_as_left:
            raise NeedsPerson(f"{_named(step)} was made, and somebody else has changed the same since")
        try:
            self.reader.inner.execute(step.undo)
        except Unavailable:
            raise
        except DirectoryError as error:
            raise NeedsPerson(f"{_named(step)} was made, and cannot be undone: {error}") from error

    def _is_undone(self, step: Step) -> bool:
        is_empty = isinstance(step.undo, Modify) and not step.undo.changes
        return is_empty or (step.undo is not None and self._resolved(Step(step.undo)) is Verdict.MADE)

    def _resolved(self, step: Step) -> Verdict:
        verdict = resolve(step.operation, self.reader)
        if self.reader.silence is not None:
            raise self.reader.silence
        return verdict


def _added(steps: tuple[Step, ...]) -> set[Dn]:
    return {step.operation.dn for step in steps if isinstance(step.operation, Add)}


def _named(step: Step) -> str:
    return f"{type(step.operation).__name__} {step.operation.dn}"
