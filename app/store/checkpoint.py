"""What SQLite has written ahead, brought into its file: beside the requests, and not within one (https://www.sqlite.org/wal.html).

Left to itself SQLite does so within the commit that makes its log a thousand pages long, which a hundred users who are created
do. That commit waits for the disk, twice, and with it every other writer of the process.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

EVERY_SECONDS: Final = 1.0
"""How often. What was committed since may be lost where the machine loses its power."""
MOST_PAGES: Final = 16_000
"""How long the log may become, 64 MiB, before a commit sees to it all the same: nobody does it for commands."""
MANY_PAGES: Final = 4_000
"""From how many on, writers are held up for what came meanwhile: a log to which somebody adds all the time never begins anew."""
PATIENCE_SECONDS: Final = 0.05
"""How long writers may be held up by those who still read an older state."""


def checkpoint(path: str) -> None:
    """Bring into the file of a database what only its log has. Where another process is at it, it is left to that."""
    # Not to be made anew where it has gone.
    address = f"{Path(path).absolute().as_uri()}?mode=rw"
    with closing(
        sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS, isolation_level=None)
    ) as connection:
        _, pages, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if pages > MANY_PAGES:
            connection.execute("PRAGMA wal_checkpoint(RESTART)")
