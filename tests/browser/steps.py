"""What several browser tests do on the way."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from app.testing.announcement import Announcement


def sign_in(page: Page, demo: Announcement) -> None:
    """Open the console's bare address and sign in as its administrator."""
    page.goto(demo.url)
    page.get_by_label("Name").fill(demo.admin_user)
    page.get_by_label("Password").fill(demo.admin_password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
