"""What is logged, and how."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from structlog.testing import capture_logs

from app.telemetry import configure_logging, get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _left_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_libraries_log_as_we_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line is JSON of one shape, with the request that it is of; lines below the level are left out."""
    configure_logging("info")
    structlog.contextvars.bind_contextvars(request_id="r1")
    ours, theirs = get_logger("ours"), logging.getLogger("theirs")
    ours.debug("quiet")
    theirs.debug("quiet")
    ours.warning("told", path="/ä")
    theirs.warning("told")

    mine, foreign = _lines(capsys)

    assert mine.pop("path") == "/ä"
    assert mine.pop("timestamp") <= foreign.pop("timestamp")
    assert mine == foreign == {"event": "told", "level": "warning", "request_id": "r1"}


def test_who_configures_last_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    """A logger keeps nothing of what held when it first logged: not the level, not where lines go."""
    log = get_logger("ours")
    configure_logging("error")
    log.error("first")
    configure_logging("info")
    log.info("second")
    with capture_logs() as captured:
        log.warning("third")

    assert [line["event"] for line in _lines(capsys)] == ["first", "second"]
    assert [line["event"] for line in captured] == ["third"]


def test_errors_are_logged_without_what_they_held(capsys: pytest.CaptureFixture[str]) -> None:
    """Where it went wrong is told, the local variables are not: they may be passwords."""
    configure_logging("info")
    password = "hidden"
    try:
        assert not password
    except AssertionError:
        get_logger("errors").exception("failed")

    [line] = _lines(capsys)

    assert line["exception"][0]["frames"][-1].keys() == {"filename", "lineno", "name"}


def test_a_line_that_cannot_be_written_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever logs goes on, with a full disk as well."""
    configure_logging("info")
    went_on = False
    with suppress(OSError), Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        get_logger("full").info("told")
        went_on = True

    assert went_on
