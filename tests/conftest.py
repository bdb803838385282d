"""What every test may use: the fixtures of app/testing, and a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from app.testing.chromium import FLAGS

pytest_plugins = ["app.testing.fixtures"]


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Run Debian's Chromium without a window; a test takes `browser.new_page(ignore_https_errors=True)`."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        yield running
        running.close()
