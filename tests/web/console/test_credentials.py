"""The tabs Secrets and Tokens of an application."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

SECRETS = "/console/applications/demo/secrets"
TOKENS = "/console/applications/demo/tokens"


def _shown(page: str, field: str) -> str:
    found = re.search(rf'id="{field}" value="([^"]+)"', page)
    assert found, page
    return found[1]


def test_a_token_is_shown_once(administrator: Console) -> None:
    """It works, is never shown again, and the trail has its name only."""
    token = _shown(administrator.post(TOKENS, token_name="Entra ID", days="30").text, "token")

    answer = administrator.http.get("/scim2/Schemas", headers={"Authorization": f"Bearer {token}"})
    page = administrator.text(TOKENS)

    assert answer.status_code == 200
    assert "Entra ID" in page
    assert token not in page
    assert "2026-02-01" in page
    entry = administrator.services.audit.page(limit=1)[0]
    assert (entry.action, entry.resource_type, entry.resource_id) == ("create", "Token", "demo: Entra ID")
    assert token not in repr(entry)


def test_a_token_is_revoked_after_a_question(administrator: Console) -> None:
    """The question names it; the answer ends it."""
    token = _shown(administrator.post(TOKENS, token_name="Entra ID").text, "token")
    application = administrator.services.applications.get("demo")
    [listed] = administrator.services.named_tokens.list(application)

    question = administrator.text(f"{TOKENS}/{listed.id}/revoke")
    answer = administrator.post(f"{TOKENS}/{listed.id}/revoke")

    assert "Revoke the token Entra ID?" in question
    assert answer.location == TOKENS
    assert "Revoked" in administrator.text(TOKENS)
    assert administrator.services.callers.by_token(token) is None


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"token_name": "", "days": "30"}, "name has"),
        ({"token_name": "a", "days": "0"}, "number of days"),
        ({"token_name": "a", "days": "soon"}, "number of days"),
        ({"token_name": "a", "days": "9999999"}, "number of days"),
    ],
)
def test_a_wrong_token_is_refused(administrator: Console, form: dict[str, str], said: str) -> None:
    """What is wrong is said, and nothing is made."""
    answer = administrator.post(TOKENS, **form)

    assert answer.status_code == 422
    assert said in answer.text
    assert administrator.services.named_tokens.list(administrator.services.applications.get("demo")) == []


def test_secrets_are_added_and_removed(administrator: Console) -> None:
    """A new secret is shown once, and works until it is removed."""
    applications = administrator.services.applications
    secret = _shown(administrator.post(SECRETS, days="30").text, "client-secret")
    assert applications.verify_client_secret(applications.get("demo"), secret)
    assert secret not in administrator.text(SECRETS)
    added = applications.get("demo").client_secrets[0]

    question = administrator.text(f"{SECRETS}/{added.id}/remove")
    answer = administrator.post(f"{SECRETS}/{added.id}/remove")

    assert f"{added.value}" in question
    assert answer.location == SECRETS
    assert not applications.verify_client_secret(applications.get("demo"), secret)


@pytest.mark.parametrize("page", [f"{SECRETS}/none/remove", f"{TOKENS}/none/revoke"])
def test_what_is_not_there(administrator: Console, page: str) -> None:
    """An address of nothing says so."""
    assert administrator.get(page).status_code == 404
    assert administrator.post(page).status_code == 404


def test_a_viewer_sees_no_buttons(viewer: Console) -> None:
    """The tabs are there to look at."""
    for page in (SECRETS, TOKENS):
        assert "<button" not in viewer.text(page).partition("<main")[2]
