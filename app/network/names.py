"""What addresses names have: asked for anew each time, and remembered for when nobody answers.

getaddrinfo(3) keeps no time that its caller could set: where no name server answers it takes ten seconds and more. Who has
an address already need not wait for that: where DNS is away, directories are still there.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import ip_address
from threading import Lock
from typing import Final, TypeAlias

from app.network.asking import Asked
from app.telemetry import get_logger

Info: TypeAlias = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]
"""Family, type, protocol, canonical name and address, as socket.getaddrinfo has them."""
MOST_NAMES: Final = 1000
_GONE: Final = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
"""There is no such name, says who knows. All else is a failure to find out."""
_Place: TypeAlias = tuple[str, int]
_log = get_logger(__name__)


class NoAddress(TimeoutError):
    """Nobody has said in time what addresses a name has."""


def _ask(host: str, port: int) -> Sequence[Info]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Names:
    """Finds addresses by names. Safe to use from several threads: who asks for the same shares the answer."""

    def __init__(self, ask: Callable[[str, int], Sequence[Info]] = _ask) -> None:
        self._ask = ask
        self._lock = Lock()
        self._known: dict[_Place, Sequence[Info]] = {}
        self._unanswered: set[_Place] = set()
        self._questions: dict[_Place, Asked[Sequence[Info]]] = {}

    def addresses(self, host: str, port: int, seconds: float) -> Sequence[Info]:
        """Return the addresses of a name, at least one, within so many seconds.

        Raises:
            OSError: socket.gaierror if there is no such name, or if nobody can tell now nor could before; NoAddress if
                time was up.
            UnicodeError: if it can be no name.
        """
        if _is_address(host):
            return self._ask(host, port)
        place = host, port
        question, known = self._question(place)
        try:
            return question.answer(seconds) if known is None else question.prompt_answer(at_most=seconds / 2)
        except TimeoutError as error:
            if known is None:
                raise NoAddress(f"looking up {host} timed out after {seconds:g} s") from error
            self._told_nothing(place, "no answer")
        except socket.gaierror as error:
            if known is None or error.errno in _GONE:
                raise
            self._told_nothing(place, str(error.strerror))
        return known

    def _question(self, place: _Place) -> tuple[Asked[Sequence[Info]], Sequence[Info] | None]:
        with self._lock:
            question = self._questions.get(place)
            if question is None or not question.is_being_asked:
                question = self._questions[place] = Asked(partial(self._look_up, place))
            return question, self._known.get(place)

    def _look_up(self, place: _Place) -> Sequence[Info]:
        try:
            found = self._ask(*place)
        except socket.gaierror as error:
            if error.errno in _GONE:
                self._learn(place, None)
            raise
        else:
            self._learn(place, found)
            return found
        finally:
            with self._lock:
                self._questions.pop(place, None)

    def _learn(self, place: _Place, found: Sequence[Info] | None) -> None:
        with self._lock:
            self._known.pop(place, None)
            if found is not None:
                self._known[place] = found
            if len(self._known) > MOST_NAMES:
                del self._known[next(iter(self._known))]
            is_news = place in self._unanswered
            self._unanswered.discard(place)
        if is_news:
            _log.info("name_is_answered_for_again", host=place[0])

    def _told_nothing(self, place: _Place, reason: str) -> None:
        with self._lock:
            is_news = place not in self._unanswered
            self._unanswered.add(place)
        if is_news:
            _log.warning("name_is_not_answered_for", host=place[0], reason=reason, used="its last addresses")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


NAMES: Final = Names()
"""Those that this process knows."""
