"""How long something shall be good, as people type it."""

from __future__ import annotations

from app.web.console.forms import Form

LONGEST_DAYS = 3650


def read_days(form: Form, *, default: int | None = None) -> int | None:
    """Read a number of days, or note what is wrong with it; ``default`` where nothing was typed."""
    text = form.text("days")
    if not text:
        return default
    if text.isascii() and text.isdigit() and 0 < int(text[:5]) <= LONGEST_DAYS:
        return int(text[:5])
    form.refuse(f"This is a number of days from 1 to {LONGEST_DAYS}.", "days")
    return None
