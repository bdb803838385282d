"""What is written ahead comes into the file beside the requests, whoever reads and writes meanwhile."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import insert, select, text

import app.store.checkpoint
from app.store.checkpoint import MANY_PAGES, MOST_PAGES, checkpoint
from app.store.database import Database
from app.store.tables import SecretRow
from tests.store.fakes import NOON

PAGE = 4096
_WRITE = insert(SecretRow)


def _write(database: Database, name: str, *, pages: int = 1) -> None:
    database.apply(_WRITE, {"name": name, "ciphertext": bytes(pages * PAGE), "time": NOON})


def _names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM secrets ORDER BY name")]


def _file(database: Database) -> Path:
    return Path(database.url.database or "")


def test_the_file_alone_has_all(embedded: Database, tmp_path: Path) -> None:
    """What was committed is in the file, also where its name means something in a URL; before that in the log alone."""
    file, copy = _file(embedded), tmp_path / "what? 100%.db"
    embedded.checkpoint()
    _write(embedded, "late")
    shutil.copy(file, copy)
    before = _names(copy)

    embedded.checkpoint()
    shutil.copy(file, copy)
    checkpoint(str(copy))

    assert (before, _names(copy)) == ([], ["late"])


def test_a_commit_does_not_wait_for_it(embedded: Database) -> None:
    """A commit that makes the log long leaves it so: somebody else sees to it, and soon."""
    with embedded.engine.connect() as connection:
        limit = connection.execute(text("PRAGMA wal_autocheckpoint")).scalar()
    with embedded.looking() as connection:
        writers = connection.execute(text("PRAGMA wal_autocheckpoint")).scalar()

    assert limit == writers == MOST_PAGES


def test_the_log_begins_anew_however_much_is_written(
    embedded: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two who write all the time the log stays short, and nothing is lost."""
    monkeypatch.setattr(app.store.checkpoint, "MANY_PAGES", 400)
    enough, moment = Event(), Event()
    written: list[str] = []

    def write(writer: str) -> None:
        database = Database(str(embedded.url))
        for number in range(100_000):
            if enough.is_set():
                break
            name = f"{writer}{number:05}"
            _write(database, name)
            written.append(name)
            moment.wait(0.0005)
        database.dispose()

    writers = [Thread(target=write, args=[name]) for name in "ab"]
    for writer in writers:
        writer.start()
    try:
        while len(written) < 2000:
            before = len(written)
            while len(written) < before + 150:
                moment.wait(0.001)
            embedded.checkpoint()
    finally:
        enough.set()
        for writer in writers:
            writer.join()

    log = _file(embedded).with_name("landbridge.db-wal").stat().st_size
    assert log < 2000 * PAGE
    assert _names(_file(embedded)) == sorted(written)


def test_readers_are_not_waited_for(embedded: Database) -> None:
    """Who reads an older state goes on seeing it, and writers go on as well."""
    with embedded.reading() as reader:
        assert reader.scalars(select(SecretRow.name)).all() == []
        _write(embedded, "long", pages=MANY_PAGES + 1)

        embedded.checkpoint()
        _write(embedded, "more")

        assert reader.scalars(select(SecretRow.name)).all() == []
    embedded.checkpoint()
    assert _names(_file(embedded)) == ["long", "more"]


def test_a_file_that_has_gone_is_not_made_anew(tmp_path: Path) -> None:
    """That is a failure of the store, as any other."""
    with pytest.raises(sqlite3.OperationalError):
        checkpoint(str(tmp_path / "gone.db"))

    assert list(tmp_path.iterdir()) == []


def test_postgresql_sees_to_it_by_itself(copied: Database) -> None:
    """Nothing is asked of it."""
    copied.checkpoint()
