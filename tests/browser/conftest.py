"""A served demo over its own OpenLDAP, and Chromium to look at it with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from app.testing.announcement import Announcement

IMAGES = Path(__file__).parents[2] / "docs" / "images"
KEEP = "LANDBRIDGE_SCREENSHOTS"
"""Set to 1, this has the screenshots written to ``docs/images``; elsewhere they go with the test's own files."""

Keep = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Announcement]:
    """Run the demo on a free port."""
    data = tmp_path_factory.mktemp("demo")
    started = _run_demo(data, "--port", "0", "--background", "--json")
    assert started.returncode == 0, started.stderr
    yield Announcement.from_json(started.stdout)
    _run_demo(data, "--stop")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Open a browser of its own, 1280 pixels wide."""
    opened = browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Open a page."""
    return context.new_page()


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Give a function that keeps a screenshot by a name."""
    directory = IMAGES if os.environ.get(KEEP) == "1" else tmp_path

    def write(page: Page, name: str) -> None:
        page.screenshot(path=directory / f"{name}.png", full_page=True, animations="disabled")

    return write


def _run_demo(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "app.testing.demo", "--data", str(data), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
