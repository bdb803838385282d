"""Long work shows how far it is on standard error, where that is a terminal, and nowhere else."""

from __future__ import annotations

import sys
from io import StringIO

import pytest

from app.cli.output import meter, progress


class Stream(StringIO):
    """Standard error, as a terminal or not."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        """Tell whether it is one."""
        return self._is_terminal


@pytest.mark.parametrize("is_terminal", [True, False])
def test_who_watches_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> None:
    """Steps that are counted by the command, and bytes of a file that are read; nothing of it in a log or a pipe."""
    stream = Stream(is_terminal=is_terminal)
    monkeypatch.setattr(sys, "stderr", stream)

    with progress(range(4), "Exporting", length=4) as works:
        assert list(works) == [0, 1, 2, 3]
    with meter("Importing", 100) as show_at:
        show_at(40)
        show_at(100)

    shown = stream.getvalue()
    assert ("Exporting" in shown, "Importing" in shown, "100%" in shown) == (is_terminal,) * 3
