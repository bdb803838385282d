"""The guide to inbound provisioning, step by step: in the console as written, then its two requests."""

from __future__ import annotations

import json
import re
import ssl
import urllib.request
from base64 import b64encode
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.testing.announcement import Announcement
from tests.browser.conftest import Keep
from tests.browser.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.directory]

USER = {
    "schemas": [],
    "name": {"familyName": "Doe", "givenName": "John"},
    "userName": "johndoe",
    "password": "mypassword",
    "emails": [{"primary": True, "value": "johndoe@wso2.com"}],
}


def test_the_guide_works_as_written(page: Page, demo: Announcement, keep: Keep) -> None:
    """An application made in the console provisions John Doe, who is then on the Users page."""
    sign_in(page, demo)
    keep(page, "home")

    _create_application(page, "Inbound provisioning")
    _choose_user_store(page)
    keep(page, "provisioning")
    client_id, client_secret = _read_credentials(page)
    _allow_password_grant(page)
    keep(page, "protocol")
    _authorise_users_api(page)
    keep(page, "api-authorization")
    token = _ask_for_token(demo, client_id, client_secret)
    created = _create_user(demo, token)

    page.get_by_role("link", name="Users", exact=True).click()
    expect(
        page.get_by_role("row", name=re.compile("johndoe.*John Doe.*johndoe@wso2.com.*Active"))
    ).to_be_visible()
    keep(page, "users")
    page.get_by_role("link", name="johndoe").click()
    expect(page.get_by_role("heading", name="John Doe")).to_be_visible()
    expect(page.get_by_role("cell", name=created["id"], exact=True)).to_be_visible()


def _create_application(page: Page, name: str) -> None:
    page.get_by_role("link", name="Applications", exact=True).click()
    page.get_by_role("link", name="New application").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("status")).to_contain_text(f"{name} is created.")


def _choose_user_store(page: Page) -> None:
    page.get_by_role("link", name="Provisioning", exact=True).click()
    page.get_by_label("Provisioning user store domain").select_option("PRIMARY")
    page.get_by_role("button", name="Update").click()
    expect(page.get_by_role("status")).to_contain_text("The provisioning is updated.")
    expect(page.get_by_label("Provisioning user store domain")).to_have_value("PRIMARY")
    expect(page.get_by_label("Proxy mode")).not_to_be_checked()


def _read_credentials(page: Page) -> tuple[str, str]:
    page.get_by_role("link", name="Protocol", exact=True).click()
    page.get_by_role("button", name="Show client secret").click()
    client_id = page.get_by_label("Client ID", exact=True).input_value()
    return client_id, page.get_by_label("Client secret", exact=True).input_value()


def _allow_password_grant(page: Page) -> None:
    page.get_by_role("group", name="Allowed grant types").get_by_label("Password").check()
    page.get_by_role("button", name="Update").click()
    expect(page.get_by_role("status")).to_contain_text("The allowed grant types are updated.")
    expect(page.get_by_label("Password")).to_be_checked()


def _authorise_users_api(page: Page) -> None:
    page.get_by_role("link", name="API Authorization", exact=True).click()
    page.get_by_role("button", name="Authorise all of SCIM2 Users API").click()
    expect(page.get_by_role("status")).to_contain_text("The API authorization is updated.")
    expect(page.get_by_label("Create users")).to_be_checked()
    expect(page.get_by_label("Create groups")).not_to_be_checked()


def _ask_for_token(demo: Announcement, client_id: str, client_secret: str) -> str:
    credentials = b64encode(f"{client_id}:{client_secret}".encode()).decode()
    form = b"grant_type=password&username=admin&password=admin&scope=internal_user_mgt_create"
    form_type = "application/x-www-form-urlencoded;charset=UTF-8"
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": form_type}
    return str(_send(demo, "/oauth2/token", form, headers)["access_token"])


def _create_user(demo: Announcement, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return _send(demo, "/scim2/Users", json.dumps(USER).encode(), headers)


def _send(demo: Announcement, path: str, body: bytes, headers: dict[str, str]) -> Any:
    request = urllib.request.Request(demo.url + path, body, headers)  # noqa: S310 - https
    trusted = ssl.create_default_context(cafile=demo.ca_file)
    with urllib.request.urlopen(request, context=trusted, timeout=20) as answer:  # noqa: S310 - https
        return json.load(answer)
