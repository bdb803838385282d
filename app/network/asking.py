"""Questions whose answers may be long in coming: each asked by a thread of its own, once for all who wait for it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from math import inf
from threading import Thread
from typing import Final, Generic, TypeVar

Answer = TypeVar("Answer")
PROMPT_SECONDS: Final = 1.0
"""How long an answer is waited for by who has an older one."""


class Asked(Generic[Answer]):
    """A question that has been asked. Its thread ends with the answer, or with the process."""

    def __init__(self, question: Callable[[], Answer]) -> None:
        self._question = question
        self._answer: Future[Answer] = Future()
        self._begun = time.monotonic()
        self._pid = os.getpid()
        Thread(target=self._ask, name="asking", daemon=True).start()

    @property
    def is_being_asked(self) -> bool:
        """Whether the answer is yet to come: to this process, for a fork has none of its parent's threads."""
        return self._pid == os.getpid() and not self._answer.done()

    def answer(self, seconds: float | None = None) -> Answer:
        """Return the answer, or raise it; TimeoutError if it does not come within so many seconds."""
        return self._answer.result(seconds)

    def prompt_answer(self, *, at_most: float = inf) -> Answer:
        """Do so as long as the question is new, and for so many seconds ``at_most``; whoever comes later does not wait."""
        return self.answer(max(0.0, min(self._begun + PROMPT_SECONDS - time.monotonic(), at_most)))

    def _ask(self) -> None:
        try:
            answer = self._question()
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            self._answer.set_exception(error)
        else:
            self._answer.set_result(answer)
