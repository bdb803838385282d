"""What a process starts with is not looked through again and again."""

from __future__ import annotations

import gc

from app.web.garbage import YOUNG, settle


def test_what_is_there_stays() -> None:
    """Collections leave out what was there before, and come after many new objects only."""
    before = gc.get_threshold()
    try:
        settle()

        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == (YOUNG, *before[1:])
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
