"""What every test may use: the fixtures of app/testing, and a browser; and how tests are shared out over processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from app.testing.chromium import FLAGS

pytest_plugins = ["app.testing.fixtures"]
ALONE = {"browser", "guide", "testing"}
"""The directories of tests that run the demo on its own port."""

# How long it takes to make examples says how busy the machine is, and nothing of the code.
settings.register_profile("landbridge", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("landbridge"), max_examples=15)
settings.load_profile("landbridge")


@pytest.fixture(autouse=True)
def _logs_of_all_levels() -> None:
    """Have what a test before has configured, as commands do, keep nothing from one that looks at what is logged."""
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Run Debian's Chromium without a window; a test takes `browser.new_page(ignore_https_errors=True)`."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        yield running
        running.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares something dear, where pytest-xdist runs the tests in several processes.

    Samba's controller takes long to start, so one process alone has it; port 9443 and the engine's networks there is
    only one of. Of the other tests with a server, those of a file stay together.
    """
    for item in items:
        group = _group(item)
        if group:
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str | None:
    fixtures = set(getattr(item, "fixturenames", ()))
    if "samba_ad" in fixtures or (
        item.get_closest_marker("container") and "openldap_container" not in fixtures
    ):
        return "containers"
    if item.path.parent.name in ALONE:
        return "machine"
    has_server = any(item.get_closest_marker(mark) for mark in ("directory", "container", "browser"))
    return str(item.path) if has_server else None
