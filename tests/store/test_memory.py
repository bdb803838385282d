"""What was read lately is known as long as nothing has been committed, by any connection of any process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sqlalchemy import text

from app.store.memory import Memory

if TYPE_CHECKING:
    from app.store.database import Database


class Reading:
    """Counts how often something is read."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


def _commit(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE generation SET number = number + 1"))


def test_nothing_committed(database: Database) -> None:
    """As long as nothing is committed, a value is read once for each key."""
    memory: Memory[int] = Memory(database.state)
    read = Reading()

    values = [memory.get("one", read), memory.get("one", read), memory.get("two", read)]

    assert values == [1, 1, 2]


def test_committed(database: Database) -> None:
    """Whatever is committed, the value is read again."""
    memory: Memory[int] = Memory(database.state)
    read = Reading()
    memory.get("one", read)

    _commit(database)

    assert memory.get("one", read) == 2


def test_another_process(database: Database) -> None:
    """A commit of another process counts, and a child starts with a state of its own."""
    state = database.state()

    child = os.fork()
    if child == 0:
        is_other = database.state() != state
        _commit(database)
        os._exit(0 if is_other else 1)
    _, status = os.waitpid(child, 0)

    assert status == 0
    assert database.state() != state


def test_disposed(database: Database) -> None:
    """A database whose connections were closed tells a state that nobody knows."""
    state = database.state()

    database.dispose()

    assert database.state() != state


def test_untold(database: Database) -> None:
    """Where no state is told nothing is remembered."""
    del database
    memory: Memory[int] = Memory(lambda: None)
    read = Reading()

    assert [memory.get("one", read), memory.get("one", read)] == [1, 2]


def test_limit(database: Database) -> None:
    """No more is remembered than the limit allows."""
    memory: Memory[int] = Memory(database.state, limit=1)
    read = Reading()

    values = [memory.get(key, read) for key in ("one", "two", "one", "two")]

    assert values == [1, 2, 1, 3]
