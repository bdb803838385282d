"""What was read lately is known as long as nothing in its table is changed, by any connection of any process."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, text, update

from app.store.memory import Memory
from app.store.tables import Base
from app.store.witness import WATCHED, _View
from tests.store.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Column

    from app.store.database import Database


TABLE = "generation"


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


@pytest.fixture
def database(embedded: Database) -> Database:
    """Make an empty one in SQLite."""
    return embedded


def test_nothing_committed(database: Database) -> None:
    """As long as nothing is committed, a value is read once for each key."""
    memory: Memory[int] = Memory(database.state, TABLE)
    read = Reading()

    values = [memory.get("one", read), memory.get("one", read), memory.get("two", read)]

    assert values == [1, 1, 2]


def test_committed(database: Database) -> None:
    """Whatever is committed, the value is read again."""
    memory: Memory[int] = Memory(database.state, TABLE)
    read = Reading()
    memory.get("one", read)

    _commit(database)

    assert memory.get("one", read) == 2


def test_another_table(database: Database) -> None:
    """What is changed in other tables does not matter."""
    memory: Memory[int] = Memory(database.state, "tokens")
    read = Reading()
    memory.get("one", read)

    _commit(database)

    assert memory.get("one", read) == 1


@pytest.mark.parametrize("table", WATCHED)
@pytest.mark.parametrize("change", ["INSERT", "UPDATE", "DELETE"])
def test_what_is_counted(database: Database, table: str, change: str) -> None:
    """Every kind of change of a watched table is counted, also after it was copied by a migration."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER {table}_{change.lower()}")
    database.migrate()
    columns = Base.metadata.tables[table].columns
    values = {column.name: _some(column) for column in columns}
    statements = {
        "INSERT": insert(Base.metadata.tables[table]).values(**values),
        "UPDATE": update(Base.metadata.tables[table]).values(**values),
        "DELETE": delete(Base.metadata.tables[table]),
    }
    with database.writing() as connection:
        connection.execute(delete(Base.metadata.tables[table]))
        if change != "INSERT":
            connection.execute(statements["INSERT"])
    state = database.state(table)

    with database.writing() as connection:
        connection.execute(statements[change])

    assert state is not None
    assert database.state(table) != state


def _some(column: Column[Any]) -> object:
    """Return something that a column takes."""
    return {str: "1", int: 1, bool: True, datetime: NOON, object: NOON, dict: {}, list: [], bytes: b"1"}[
        column.type.python_type
    ]


def test_what_is_not_watched(database: Database) -> None:
    """Of a table that is not watched nothing is told."""
    assert database.state("audit") is None


def test_another_process(database: Database) -> None:
    """A commit of another process counts, and a child starts with a state of its own."""
    state = database.state(TABLE)

    child = os.fork()
    if child == 0:
        is_other = database.state(TABLE) != state
        _commit(database)
        os._exit(0 if is_other else 1)
    _, status = os.waitpid(child, 0)

    assert status == 0
    assert database.state(TABLE) != state


def test_disposed(database: Database) -> None:
    """A database whose connections were closed tells a state that nobody knows."""
    state = database.state(TABLE)

    database.dispose()

    assert database.state(TABLE) != state


def test_untold(database: Database) -> None:
    """Where no state is told nothing is remembered."""
    del database
    memory: Memory[int] = Memory(lambda _: None, TABLE)
    read = Reading()

    assert [memory.get("one", read), memory.get("one", read)] == [1, 2]


def test_limit(database: Database) -> None:
    """No more is remembered than the limit allows."""
    memory: Memory[int] = Memory(database.state, TABLE, limit=1)
    read = Reading()

    values = [memory.get(key, read) for key in ("one", "two", "one", "two")]

    assert values == [1, 2, 1, 3]


def test_at_one_look(database: Database) -> None:
    """For the time of a block one thread is told of the moment when it began; all others of each commit at once."""
    memory: Memory[int] = Memory(database.state, TABLE)
    read = Reading()
    memory.get("one", read)

    with database.at_one_look(), ThreadPoolExecutor(1) as others:
        _commit(database)

        assert memory.get("one", read) == 1
        assert others.submit(memory.get, "one", read).result() == 2

    assert memory.get("one", read) == 2


def test_at_one_look_within_another(database: Database) -> None:
    """A block within another one is told of the moment when the outer one began, and so is what follows it there."""
    memory: Memory[int] = Memory(database.state, TABLE)
    read = Reading()
    memory.get("one", read)

    with database.at_one_look():
        _commit(database)
        with database.at_one_look():
            assert memory.get("one", read) == 1
        assert memory.get("one", read) == 1

    assert memory.get("one", read) == 2


def test_closed_meanwhile(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that was in use while all were closed is closed by whoever used it."""
    looked = _View.numbers
    views: list[_View] = []

    def look(view: _View) -> Mapping[str, int | None]:
        views.append(view)
        if len(views) == 1:
            database.dispose()
        return looked(view)

    monkeypatch.setattr(_View, "numbers", look)

    assert database.state(TABLE) != database.state(TABLE)

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        looked(views[0])
    assert looked(views[1])
