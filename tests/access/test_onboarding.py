"""Applications from templates, and the values that their clients want to be told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.access.application import RESIDENT
from app.access.applications import ApplicationError
from app.access.client_templates import TEMPLATES, TOKEN_DAYS, Template
from app.access.onboarding import pasted
from app.store.documents import InvalidDocuments

if TYPE_CHECKING:
    from tests.access.fakes import Access

DOCS = Path("docs/clients.md")
SERVICE = "https://HOST:9443"


@pytest.mark.parametrize("template", [each for each in TEMPLATES.values() if not each.is_resident])
def test_an_application_is_ready_for_its_client(access: Access, template: Template) -> None:
    """It provisions, may do what the client does, and its token or secret opens exactly that."""
    access.domain()

    made = access.onboarding.create(template, "it", author="ann", display_name="It", domain="PRIMARY")

    application = access.applications.get("it")
    assert made.application == application
    assert application.provisioning.domain == "PRIMARY"
    assert set(application.apis) == {"SCIM2 Users API", "SCIM2 Groups API"}
    assert application.template == template.name
    if template.token_name:
        caller = access.callers.by_token(made.token)
        assert caller
        assert caller.application == application
        assert caller.scopes == application.scopes
        [token] = access.named_tokens.list(application)
        assert (token.expires - token.issued).days == TOKEN_DAYS
    else:
        assert made.token == ""


def test_callers_with_a_password_share_the_resident_application(access: Access) -> None:
    """The template says where it provisions, and makes none of another name."""
    access.domain()
    basic = TEMPLATES["basic"]

    made = access.onboarding.create(basic, "", author="ann", domain="PRIMARY")

    assert (made.application.name, made.application.provisioning.domain) == (RESIDENT, "PRIMARY")
    with pytest.raises(ApplicationError, match="resident"):
        access.onboarding.create(basic, "hr", author="ann")


def test_what_cannot_be_is_not_there_afterwards(access: Access) -> None:
    """A domain that there is not leaves no application behind."""
    with pytest.raises(InvalidDocuments):
        access.onboarding.create(TEMPLATES["entra"], "it", author="ann", domain="NOWHERE")

    assert access.applications.list() == []


def test_secrets_are_told_only_where_they_are_given(access: Access) -> None:
    """Without them their fields are empty, and all others are not."""
    access.domain()
    made = access.onboarding.create(TEMPLATES["entra"], "it", author="ann", domain="PRIMARY")

    without = pasted(made.template, made.application, SERVICE, {})
    shown = pasted(made.template, made.application, SERVICE, {"token": "t", "client_secret": "s"})

    assert {each.place.label for each in without if not each.text} == {"Secret token", "Client secret"}
    assert {each.place.label: each.text for each in shown}["Secret token"] == "t"
    assert {each.place.label: each.text for each in shown}[
        "Tenant URL"
    ] == f"{SERVICE}/scim2?aadOptscim062020"


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_the_guide_says_the_same(template: Template) -> None:
    """docs/clients.md has each template by its title, with each field and what goes there."""
    heading = re.escape(f"### {template.title}\n")
    found = re.search(heading + r"(.*?)(?=\n##)", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found, template.title
    facts = {"scim_url": f"{SERVICE}/scim2", "token_url": f"{SERVICE}/oauth2/token"}

    for place in template.places:
        assert f"| {place.label} | " in found[1], place.label
        if "{" not in place.text.replace("{scim_url}", "").replace("{token_url}", ""):
            assert f"| {place.label} | `{place.filled(facts)}` |" in found[1], place.label
    assert f"--template {template.name}" in found[1]
