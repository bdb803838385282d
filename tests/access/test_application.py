"""Applications as their documents describe them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from app.access.application import (
    APPLICATION,
    Application,
    ApplicationSchema,
    ClientSecret,
    Provisioning,
    read,
    resident,
)
from app.access.scopes import ALL_SCOPES
from app.scim.client_profile import ClientProfile
from app.store.document import Document
from app.store.documents import InvalidDocuments
from app.store.references import Reference

if TYPE_CHECKING:
    from tests.access.fakes import Access

FULL: dict[str, Any] = {
    "display_name": "HR",
    "enabled": False,
    "client_id": "hr-client",
    "client_secrets": [
        {"value": {"env": "HR"}, "expires": "2027-01-01T00:00:00+00:00"},
        {"value": {"stored": "s"}},
    ],
    "grants": ["password", "refresh_token"],
    "apis": {"SCIM2 Groups API": "all", "SCIM2 Users API": ["internal_user_mgt_create"]},
    "provisioning": {"domain": "PRIMARY", "proxy_mode": True, "connectors": ["okta"]},
    "tokens": {"access_seconds": 60, "refresh_seconds": 120},
    "client": {
        "create_on_replace": True,
        "group_patch": "resource",
        "unknown_members": "ignore",
        "complete_answers": True,
    },
    "self_service": ["nickName"],
}


def _problems(**body: Any) -> list[str]:
    return [f"{p.key}: {p.message}" for p in APPLICATION.problems(Document("Application", "hr", body))]


def test_a_document_says_all_about_an_application() -> None:
    """Every key of the document is in the application."""
    groups = frozenset(f"internal_group_mgt_{verb}" for verb in ("view", "create", "update", "delete"))

    assert read(Document("Application", "hr", FULL, description="ours")) == Application(
        name="hr",
        description="ours",
        display_name="HR",
        enabled=False,
        client_id="hr-client",
        client_secrets=(
            ClientSecret(Reference("env", "HR"), datetime(2027, 1, 1, tzinfo=UTC)),
            ClientSecret(Reference("stored", "s")),
        ),
        grants=frozenset({"password", "refresh_token"}),
        apis={"SCIM2 Groups API": groups, "SCIM2 Users API": frozenset({"internal_user_mgt_create"})},
        provisioning=Provisioning("PRIMARY", proxy_mode=True, connectors=("okta",)),
        access_token_seconds=60,
        refresh_token_seconds=120,
        client=ClientProfile(
            create_on_replace=True,
            shows_patched_groups=True,
            ignores_unknown_members=True,
            complete_answers=True,
        ),
        self_service=("nickName",),
    )


def test_an_empty_document_allows_nothing() -> None:
    """What is not said is not allowed; only being enabled is the default."""
    application = read(Document("Application", "hr", {}))

    assert application == Application("hr")
    assert (application.scopes, application.grants, application.title) == (frozenset(), frozenset(), "hr")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param({"grants": ["implicit"]}, "grants.0: Must be one of", id="unknown grant"),
        pytest.param({"apis": {"Roles": "all"}}, "apis.Roles: Must be one of", id="unknown API"),
        pytest.param(
            {"apis": {"SCIM2 Users API": "some"}}, "apis.SCIM2 Users API: is a list", id="not scopes"
        ),
        pytest.param(
            {"apis": {"SCIM2 Users API": ["internal_group_mgt_view"]}},
            "apis.SCIM2 Users API: has no scope internal_group_mgt_view",
            id="scope of another API",
        ),
        pytest.param({"client_id": "a:b"}, "client_id: holds visible ASCII", id="colon"),
        pytest.param({"client_id": "ü"}, "client_id: holds visible ASCII", id="umlaut"),
        pytest.param({"client_id": "a\n"}, "client_id: holds visible ASCII", id="line end"),
        pytest.param({"enabled": "yes"}, "enabled: Not a valid boolean", id="yes"),
        pytest.param({"tokens": {"access_seconds": 0}}, "tokens.access_seconds: Must be", id="no lifetime"),
        pytest.param(
            {"client_secrets": [{"value": "hunter2"}]},
            "client_secrets.0.value: is a secret",
            id="plain secret",
        ),
        pytest.param(
            {"client_secrets": [{"value": {"env": "A"}, "expires": "2027-01-01T00:00:00"}]},
            "client_secrets.0.expires: Not a valid aware datetime",
            id="expiry without zone",
        ),
        pytest.param({"client_secret": "hunter2"}, "client_secret: Unknown field", id="unknown key"),
    ],
)
def test_a_wrong_key_is_refused(body: dict[str, Any], problem: str) -> None:
    """Each mistake is told by its key, and no value of a secret with it."""
    [told] = _problems(**body)

    assert told.startswith(problem)
    assert "hunter2" not in told


def test_the_domain_must_exist(access: Access) -> None:
    """An application cannot be sent to a domain or connector that is not there."""
    with pytest.raises(InvalidDocuments) as caught:
        access.apply(Document("Application", "hr", FULL))

    assert [str(problem) for problem in caught.value.problems] == [
        "Application hr: provisioning.domain: there is no domain PRIMARY",
        "Application hr: provisioning.connectors.0: there is no connector okta",
    ]


def test_a_client_id_is_one_application_s(access: Access) -> None:
    """Two applications cannot share a client id, even when they come together."""
    both = [Document("Application", name, {"client_id": "same"}) for name in ("a", "b")]

    with pytest.raises(InvalidDocuments, match="is the client_id of application b already"):
        access.apply(*both)


def test_the_resident_application_passes_all_on() -> None:
    """What a Basic caller may do depends on its role alone."""
    assert resident("PRIMARY").scopes == ALL_SCOPES
    assert resident("PRIMARY").provisioning == Provisioning("PRIMARY")


def test_every_key_is_described() -> None:
    """Each key of the document says what it is for."""
    for name, field in ApplicationSchema().fields.items():
        assert field.metadata.get("description"), name
