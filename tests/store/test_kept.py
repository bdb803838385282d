"""Connections that are kept for writing: turns, errors and forks."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from app.store.tables import GenerationRow

if TYPE_CHECKING:
    from app.store.database import Database

_COUNT = update(GenerationRow).values(number=GenerationRow.number + 1)


def _count(database: Database, times: int) -> None:
    for _ in range(times):
        database.apply(_COUNT, {})
        with database.writing() as connection:
            connection.execute(_COUNT)


def _fail_half_way(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(_COUNT)
        _ = 1 / 0


def _number(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(GenerationRow.number)).one()


def _in_a_child(database: Database) -> int:
    child = os.fork()
    if child == 0:
        try:
            _count(database, 2)
        except BaseException:  # noqa: BLE001 - the parent is told by the status
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def database(embedded: Database) -> Database:
    """Make an empty one in SQLite."""
    return embedded


def test_threads_take_turns(database: Database) -> None:
    """Writes of several threads at once are all made, one after the other."""
    before = _number(database)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: _count(database, 5), range(4)))

    assert _number(database) == before + 40


def test_an_error_takes_back_its_transaction_and_no_other(database: Database) -> None:
    """What an error leaves half done is undone, and whoever writes next is not in its way."""
    before = _number(database)

    with pytest.raises(ZeroDivisionError):
        _fail_half_way(database)
    _count(database, 1)

    assert _number(database) == before + 2


def test_one_statement_tells_how_many_rows_it_was_about(database: Database) -> None:
    """A statement by itself is committed at once, and tells how many rows it changed."""
    assert database.apply(_COUNT.where(GenerationRow.number < 0), {}) == 0
    assert database.apply(_COUNT, {}) == 1


def test_a_child_writes_over_connections_of_its_own(database: Database) -> None:
    """A process that was forked writes over its own, and its parent goes on."""
    _count(database, 1)
    before = _number(database)

    status = _in_a_child(database)
    _count(database, 1)

    assert status == 0
    assert _number(database) == before + 6


def test_a_closed_database_is_opened_again(database: Database) -> None:
    """Whoever writes after connections were closed gets new ones."""
    before = _number(database)
    _count(database, 1)

    database.dispose()
    _count(database, 1)

    assert _number(database) == before + 4
