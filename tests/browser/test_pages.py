"""Every page of the console: with and without scripts, wide and narrow, light and dark, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.testing.announcement import Announcement
from tests.browser.conftest import Keep
from tests.browser.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.directory]

PAGES = (
    "",
    "/applications",
    "/new-application",
    "/applications/demo",
    "/applications/demo/connect",
    "/applications/demo/connect?client=okta",
    "/applications/demo/protocol",
    "/applications/demo/protocol/rotate",
    "/applications/demo/secrets",
    "/applications/demo/tokens",
    "/applications/demo/api-authorization",
    "/applications/demo/access",
    "/applications/demo/provisioning",
    "/applications/demo/delete",
    "/users",
    "/users?attr=userName&op=sw&val=a&match=any",
    "/users/PRIMARY/new",
    "/users/PRIMARY/import",
    "/groups",
    "/groups/PRIMARY/new",
    "/maps",
    "/sign-in",
    "/documents/SchemaMap/openldap-user",
    "/documents/SchemaMap/openldap-user/history",
    "/documents/SchemaMap/new",
    "/maps/openldap-user/examples",
    "/maps/openldap-user/coverage",
    "/documents/Domain/PRIMARY",
    "/user-stores",
    "/user-stores/PRIMARY",
    "/new-user-store",
    "/outbound",
    "/outbound/tasks",
    "/guard",
    "/activity",
    "/password",
    "/nothing",
)


LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((1280, "light"), (390, "dark"))


def _barriers(page: Page) -> list[str]:
    """Name the rules that a page breaks, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html']}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]


@pytest.fixture
def without_scripts(browser: Browser) -> Iterator[BrowserContext]:
    """Open a browser that runs no script."""
    context = browser.new_context(ignore_https_errors=True, java_script_enabled=False)
    yield context
    context.close()


def test_pages_fit_and_break_no_rule(page: Page, demo: Announcement) -> None:
    """No page is wider than the window, none tries what its policy forbids, and none shuts anybody out (axe-core).

    Colours do not depend on the width, nor places on the scheme, so that two looks at a page see both of both.
    """
    refusals: list[str] = []
    page.on("console", lambda message: refusals.append(message.text) if "Policy" in message.text else None)
    sign_in(page, demo)

    for path in (*PAGES, *_details(page, demo)):
        page.goto(f"{demo.url}/console{path}")
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 844})
            # Colours on their way from one scheme to the other have no contrast yet.
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (path, width)
            assert _barriers(page) == [], (path, width, scheme)
    assert not refusals


def _details(page: Page, demo: Announcement) -> list[str]:
    """Make a user in a group, and return the pages of both and of what was done."""
    shown = []
    for many, label, name in (("users", "User name", "seen"), ("groups", "Display name", "Seen by all")):
        page.goto(f"{demo.url}/console/{many}/PRIMARY/new")
        page.get_by_label(label).first.fill(name)
        page.get_by_role("button", name="Create").click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        shown.append(page.url.removeprefix(f"{demo.url}/console").partition("?")[0])
    user, group = shown
    return [user, f"{user}/edit", f"{user}/password", f"{user}/delete", group, f"{group}/edit"]


def test_no_page_needs_scripts(without_scripts: BrowserContext, demo: Announcement) -> None:
    """Without scripts each page has its heading, and whatever can be pressed on it leads somewhere."""
    page = without_scripts.new_page()
    sign_in(page, demo)

    for path in PAGES:
        page.goto(f"{demo.url}/console{path}")

        expect(page.get_by_role("heading", level=1), path).to_be_visible()
        expect(page.locator("button:visible:not(form button, [form])"), path).to_have_count(0)
        expect(page.locator("a[href='#']:visible, a:not([href]):visible"), path).to_have_count(0)


def test_the_console_works_without_scripts(without_scripts: BrowserContext, demo: Announcement) -> None:
    """A user is made, disabled, found and deleted with forms and links alone."""
    page = without_scripts.new_page()
    sign_in(page, demo)
    page.goto(f"{demo.url}/console/users/PRIMARY/new")
    page.get_by_label("User name").fill("ann")
    page.get_by_label("Family name").fill("Smith")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Smith")).to_be_visible()

    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("status")).to_contain_text("is disabled.")
    page.goto(f"{demo.url}/console/users")
    page.get_by_label("User name, name or email contains").fill("smi")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="ann").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_role("status")).to_contain_text("is deleted from PRIMARY.")


@pytest.mark.parametrize("way", ["context", "without_scripts"])
def test_a_table_is_imported(request: pytest.FixtureRequest, way: str, demo: Announcement) -> None:
    """It is uploaded, checked and imported, and the page follows by itself, with a script and without."""
    page = request.getfixturevalue(way).new_page()
    table = f"Login,Surname\n{way}1,Adams\n{way}2,Brown\n,Nobody\n".encode()
    sign_in(page, demo)
    page.goto(f"{demo.url}/console/users")
    page.get_by_role("link", name="Import").click()
    page.get_by_label("CSV file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": table})
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check without changing anything").click()
    expect(page.get_by_role("region", name="Rows that fail")).to_contain_text("4Loginis empty")
    if way == "context":
        assert _barriers(page) == []

    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="What became of the rows")).to_be_visible()
    page.get_by_role("link", name="See the users").click()

    expect(page.get_by_role("link", name=f"{way}2")).to_be_visible()


def test_what_waits_is_decided_without_scripts(without_scripts: BrowserContext, demo: Announcement) -> None:
    """A limit holds a deletion, an operator approves it on the page it leads to, and then it succeeds."""
    page = without_scripts.new_page()
    sign_in(page, demo)
    page.goto(f"{demo.url}/console/users/PRIMARY/new")
    page.get_by_label("User name").fill("held")
    page.get_by_role("button", name="Create").click()
    user = page.url
    page.goto(f"{demo.url}/console/documents/Domain/PRIMARY")
    text = page.get_by_label("Document, as YAML").input_value()
    page.get_by_label("Document, as YAML").fill(f"{text}guard: {{deletes: {{per_window: 0}}}}\n")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("PRIMARY is in force.")
    # Every process looks once a second whether something else is in force.
    page.wait_for_timeout(1500)

    page.goto(f"{user}/delete")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("link", name="See the held change").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("It is let through, once")
    page.goto(f"{user}/delete")
    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_role("status")).to_contain_text("is deleted from PRIMARY.")
    page.goto(f"{demo.url}/console/documents/Domain/PRIMARY/history")
    page.get_by_role("button", name="Go back to 1").click()


def test_users_are_filtered_by_rows_without_scripts(
    without_scripts: BrowserContext, demo: Announcement
) -> None:
    """A condition is chosen from lists, and shows one row more."""
    page = without_scripts.new_page()
    sign_in(page, demo)
    page.goto(f"{demo.url}/console/users")
    page.get_by_text("Filter by attributes").first.click()

    page.get_by_label("Attribute").select_option("userName")
    page.get_by_label("Operator").select_option("sw")
    page.get_by_label("Value").fill("nobody-is-called-so")
    page.get_by_role("button", name="Search").click()

    expect(page.get_by_text("No user matches")).to_be_visible()
    expect(page.get_by_role("group", name="Condition 2")).to_be_visible()


def test_an_application_for_entra_is_made_without_scripts(
    without_scripts: BrowserContext, demo: Announcement
) -> None:
    """From the template to the values to paste."""
    page = without_scripts.new_page()
    sign_in(page, demo)
    page.goto(f"{demo.url}/console/new-application")
    page.get_by_label("Microsoft Entra ID").check()
    page.get_by_label("Name", exact=True).fill("entra")
    page.get_by_label("Provisioning user store domain").select_option("PRIMARY")
    page.get_by_role("button", name="Create").click()

    expect(page.get_by_label("Tenant URL")).to_have_value(f"{demo.url}/scim2?aadOptscim062020")
    assert len(page.get_by_label("Secret token").input_value()) > 20


def test_the_secret_is_shown_without_scripts(without_scripts: BrowserContext, demo: Announcement) -> None:
    """The one who asks sees the demo's secret."""
    page = without_scripts.new_page()
    sign_in(page, demo)
    page.goto(f"{demo.url}/console/applications/demo/protocol")
    hidden = page.get_by_label("Client secret", exact=True).input_value()

    page.get_by_role("button", name="Show client secret").click()

    assert set(hidden) == {"•"}
    assert page.get_by_label("Client secret", exact=True).input_value() == demo.client_secret


def test_a_mistake_gets_the_focus(page: Page, demo: Announcement) -> None:
    """The summary is where one lands, and it leads to the field."""
    sign_in(page, demo)
    page.goto(f"{demo.url}/console/new-application")
    page.get_by_label("Name", exact=True).fill("a/b")

    page.get_by_role("button", name="Create").click()

    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name="Name").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()


def test_the_first_tab_stop_skips_the_navigation(page: Page, demo: Announcement) -> None:
    """Whoever uses the keyboard need not go through the navigation on each page."""
    sign_in(page, demo)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("main")).to_be_focused()


def test_a_narrow_window_has_a_menu(page: Page, demo: Announcement, keep: Keep) -> None:
    """The navigation opens from its button, and leads on."""
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, demo)
    expect(page.get_by_role("link", name="Activity", exact=True)).to_be_hidden()

    page.get_by_role("button", name="Menu").click()
    keep(page, "menu-narrow")
    page.get_by_role("link", name="Activity", exact=True).click()

    expect(page.get_by_role("heading", name="Activity")).to_be_visible()


def test_a_map_is_completed_while_it_is_written(page: Page, demo: Announcement) -> None:
    """Keys and values by the language's schema, attributes by the directory's; the keyboard takes them."""
    sign_in(page, demo)
    page.goto(f"{demo.url}/console/documents/SchemaMap/openldap-user")
    text = page.get_by_label("Document, as YAML")
    options = page.get_by_role("option")

    text.fill("attributes:\n  nickName: ")
    text.press_sequentially("carL")
    expect(page.get_by_role("listbox", name="Completions").get_by_role("option")).to_have_text(["carLicense"])
    text.press("Escape")
    expect(page.get_by_role("listbox", name="Completions")).to_be_hidden()
    text.fill("attributes:\n  nickName: {attribute: initials, matching: ")
    text.press("Control+Space")
    expect(options.filter(has_text="caseExact")).to_be_visible()
    text.press("ArrowDown")
    text.press("Enter")

    expect(text).to_have_value("attributes:\n  nickName: {attribute: initials, matching: caseExact")


def test_a_row_changes_the_document(page: Page, demo: Announcement) -> None:
    """What is typed into a row stands in the YAML when the row is left, and the next row goes on being typed in."""
    sign_in(page, demo)
    page.goto(f"{demo.url}/console/documents/SchemaMap/openldap-user")
    page.get_by_role("heading", name="As a table").click()

    page.get_by_label("Directory attribute for title").fill("initials")
    page.keyboard.press("Tab")

    expect(page.get_by_label("Document, as YAML")).to_have_value(re.compile("\n  title: initials\n"))
    expect(page.get_by_label("Directory attribute for preferredLanguage")).to_be_focused()
