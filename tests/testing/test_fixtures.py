"""The fixtures that other tests stand on."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.testing.server import DirectoryServer


@pytest.mark.browser
def test_the_browser_renders_a_page(browser: Browser, tmp_path: Path) -> None:
    """A page is laid out, its script runs, and a picture of it is taken."""
    page = browser.new_page()
    page.set_content("<h1>Landbridge</h1><script>document.title = 6 * 7</script>")

    page.screenshot(path=tmp_path / "page.png")

    assert page.title() == "42"
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


def test_openldap_comes_empty_when_asked(empty_openldap: DirectoryServer) -> None:
    """Neither a user nor a group of an earlier test is there."""
    assert empty_openldap.export(empty_openldap.people_dn).count("dn: ") == 1
    assert empty_openldap.export(empty_openldap.groups_dn).count("dn: ") == 1
