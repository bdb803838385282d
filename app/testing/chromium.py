"""Chromium, as browser tests run it: no window, and no connection but those of the page itself."""

import shutil
from pathlib import Path

PROGRAMS = ("chromium", "google-chrome")
"""Debian's package, Ubuntu's snap, or Google's own package."""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> Path | None:
    """Return the program of a Chromium that is there."""
    found = filter(None, map(shutil.which, PROGRAMS))
    return next(map(Path, found), None)
