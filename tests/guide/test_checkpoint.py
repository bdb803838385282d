"""What a served Landbridge has committed is soon in the file of its store, and not in SQLite's log alone."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.guide.conftest import Served
from tests.guide.test_guide import token

pytestmark = pytest.mark.directory
SECONDS = 30


def test_soon_in_the_file(served: Served, tmp_path: Path) -> None:
    """Nobody asks for anything meanwhile, and the log is far from full."""
    before = _tokens(served.data, tmp_path)
    token(served)

    deadline = monotonic() + SECONDS
    while (after := _tokens(served.data, tmp_path)) in {before, None} and monotonic() < deadline:
        sleep(0.1)

    assert (before, after) == (0, 2)  # one for access, one to refresh it


def _tokens(data: Path, scratch: Path) -> int | None:
    """Count the tokens in the file of the store, without its log; None where it was just being written to."""
    copy = scratch / "copy.db"
    shutil.copy(data / "landbridge" / "landbridge.db", copy)
    try:
        with closing(sqlite3.connect(copy)) as connection:
            [[count]] = connection.execute("SELECT count(*) FROM tokens")
    except sqlite3.DatabaseError:
        return None
    return int(count)
