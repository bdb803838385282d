"""The commands for applications and administrators."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner, Result

from app.access.administrators import Role
from app.access.admission import ANYBODY
from app.access.application import Provisioning
from app.access.tokens import Grant
from app.cli.administrators import administrators
from app.cli.applications import applications
from app.scim.client_profile import ClientProfile
from app.store.database import Database
from app.store.document import Document
from tests.access.fakes import Access
from tests.store.fakes import FrozenClock

Run = Callable[..., Result]


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    """Make the services, with a domain."""
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    made = Access(database, FrozenClock())
    made.domain()
    yield made
    database.dispose()


@pytest.fixture
def run(access: Access) -> Run:
    """Make what runs a command."""
    group = click.Group("landbridge", {"applications": applications, "administrators": administrators})

    def run(*arguments: str, text: str | None = None) -> Result:
        return CliRunner().invoke(group, arguments, obj=access, input=text)

    return run


def _done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def _create(run: Run) -> tuple[str, str]:
    said = _done(
        run(
            "applications",
            "create",
            "entra",
            "--domain=PRIMARY",
            "--grant=client_credentials",
            "--api=SCIM2 Users API=internal_user_mgt_view,internal_user_mgt_list",
            "--api=SCIM2 Bulk API",
        )
    )
    lines = dict(line.split(":") for line in said.splitlines())
    return lines["client id"].strip(), lines["client secret"].strip()


def test_an_application_is_made_ready_to_use(run: Run, access: Access) -> None:
    """One command gives all that a client needs."""
    client_id, secret = _create(run)

    application = access.applications.get("entra")
    assert application.client_id == client_id
    assert access.applications.verify_client_secret(application, secret)
    assert json.loads(_done(run("applications", "list", "-o", "json"))) == [
        {
            "name": "entra",
            "display_name": "entra",
            "client_id": client_id,
            "enabled": True,
            "grants": ["client_credentials"],
            "scopes": ["internal_bulk_resource_create", "internal_user_mgt_list", "internal_user_mgt_view"],
            "domain": "PRIMARY",
            "domains": ["PRIMARY"],
            "proxy_mode": False,
            "connectors": [],
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--domain=NONE"], "there is no domain NONE"),
        (["--api=SCIM2 Users API=x"], "has no scope x"),
        (["--api=Users"], "is none of"),
    ],
)
def test_an_application_is_made_whole_or_not_at_all(
    run: Run, access: Access, arguments: list[str], said: str
) -> None:
    """A mistake leaves nothing behind."""
    result = run("applications", "create", "entra", *arguments)

    assert result.exit_code != 0
    assert said in result.output
    assert access.applications.list() == []
    assert access.secrets.names() == []


def test_an_application_is_changed(run: Run, access: Access) -> None:
    """Each change is a revision with its author."""
    _create(run)

    for arguments in (
        ["disable", "entra"],
        ["grants", "entra", "password", "refresh_token"],
        ["apis", "entra", "SCIM2 Me API"],
    ):
        _done(run("applications", *arguments, "--author=bob"))

    application = access.applications.get("entra")
    assert not application.enabled
    assert application.grants == {"password", "refresh_token"}
    assert application.scopes == {"internal_login"}
    assert access.documents.revisions("Application", "entra")[0].author == "bob"
    assert "disabled" in _done(run("applications", "list"))
    _done(run("applications", "enable", "entra"))
    assert access.applications.get("entra").enabled
    _done(run("applications", "delete", "entra", "--yes"))
    assert access.applications.list() == []


def test_all_else_is_changed_at_once(run: Run, access: Access) -> None:
    """Where requests go, from where and how often they come, how they are served; what is not named stays."""
    _create(run)
    access.domain("OTHER")
    access.apply(Document("Connector", "crm", {}))
    change = ("applications", "change", "entra")
    _done(run(*change, "--domain=PRIMARY", "--domain=OTHER", "--unreachable=partial", "--connector=crm"))
    _done(run(*change, "--network=192.0.2.0/24", "--network=::1", "--rate=2 per hour", "--display-name=E"))
    _done(run(*change, "--access-seconds=60", "--refresh-seconds=120", "--client=group_patch=resource"))
    _done(run(*change, "--client=create_on_replace=true", "--proxy-mode"))

    changed = access.applications.get("entra")
    assert changed.provisioning == Provisioning(
        "PRIMARY", proxy_mode=True, connectors=("crm",), others=("OTHER",), unreachable="partial"
    )
    assert changed.admission.admits("192.0.2.9")
    assert not changed.admission.admits("192.0.3.9")
    assert (changed.access_token_seconds, changed.refresh_token_seconds, changed.title) == (60, 120, "E")
    assert (changed.client.create_on_replace, changed.client.shows_patched_groups) == (True, True)

    assert "proxy mode, crm" in _done(run("applications", "list"))
    [listed] = json.loads(_done(run("applications", "list", "-o", "json")))
    assert (listed["domains"], listed["connectors"]) == (["PRIMARY", "OTHER"], ["crm"])
    assert (listed["networks"], listed["rate"]) == (["192.0.2.0/24", "::1"], "2 per hour")
    assert "client_secrets" not in listed
    taken = ("--domain=", "--connector=", "--no-proxy-mode", "--network=", "--rate=", "--unreachable=fail")
    _done(run(*change, *taken, "--client=group_patch="))
    found = access.applications.get("entra")
    assert (found.provisioning, found.admission) == (Provisioning(), ANYBODY)
    assert found.client == ClientProfile(create_on_replace=True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say what to change"),
        (("--display-name=E", "--network=home"), "networks"),
        (("--display-name=E", "--client=speed=high"), "client.speed"),
    ],
)
def test_a_change_is_made_whole_or_not_at_all(
    run: Run, access: Access, arguments: tuple[str, ...], said: str
) -> None:
    """What is wrong is told, and nothing is changed."""
    _create(run)
    before = access.applications.said("entra")

    result = run("applications", "change", "entra", *arguments)

    assert result.exit_code != 0
    assert said in result.output
    assert access.applications.said("entra") == before


def test_secrets_come_and_go(run: Run, access: Access) -> None:
    """A new secret is shown once; the list names where each is kept, and for how long."""
    _, first = _create(run)

    added = _done(run("applications", "secrets", "add", "entra", "--days=30")).strip()
    listed = _done(run("applications", "secrets", "list", "entra"))

    assert access.applications.verify_client_secret(access.applications.get("entra"), added)
    assert first not in listed
    assert added not in listed
    assert "2026-02-01" in listed
    assert "never" in listed
    oldest = access.applications.get("entra").client_secrets[-1].id
    _done(run("applications", "secrets", "remove", "entra", oldest))
    assert not access.applications.verify_client_secret(access.applications.get("entra"), first)
    rotated = _done(run("applications", "secrets", "rotate", "entra", "--grace-hours=1")).strip()
    for secret in (added, rotated):
        assert access.applications.verify_client_secret(access.applications.get("entra"), secret)
    access.clock.advance(3600)
    assert "(expired)" in _done(run("applications", "secrets", "list", "entra"))


def test_tokens_come_and_go(run: Run, access: Access) -> None:
    """A token is shown once, listed by its name, and revoked by its id; the trail has who did it."""
    _create(run)

    token = _done(run("applications", "tokens", "create", "entra", "Entra ID", "--days=30")).strip()
    listed = _done(run("applications", "tokens", "list", "entra"))

    assert access.callers.by_token(token)
    assert token not in listed
    assert "Entra ID" in listed
    token_id = listed.splitlines()[1].split()[0]
    _done(run("applications", "tokens", "revoke", "entra", token_id, "--author=bob"))
    assert access.callers.by_token(token) is None
    assert [(e.actor, e.action, e.resource_id) for e in access.audit.page(limit=1)] == [
        ("bob", "revoke", "entra: Entra ID")
    ]
    assert run("applications", "tokens", "revoke", "entra", "none").exit_code == 3


def test_administrators_come_and_go(run: Run, access: Access) -> None:
    """Passwords are asked for, never shown; who gets another one is signed out everywhere."""
    access.administrators.bootstrap("root", "root")

    _done(run("administrators", "add", "ann", "--role=viewer", text="secret\nsecret\n"))
    session = access.tokens.issue(
        Grant(
            client_id="console:", owner_kind="console", subject="ann", scopes=frozenset(), access_seconds=60
        )
    ).access_token
    _done(run("administrators", "password", "ann", text="other\nother\n"))
    _done(run("administrators", "role", "ann", "operator"))

    ann = access.administrators.authenticate("ann", "other")
    assert ann
    assert ann.role is Role.OPERATOR
    assert access.tokens.verify(session) is None
    _done(run("administrators", "disable", "ann"))
    assert "disabled" in _done(run("administrators", "list"))
    _done(run("administrators", "enable", "ann"))
    _done(run("administrators", "remove", "ann", "--yes"))
    assert access.administrators.get("ann") is None
    assert "last administrator" in run("administrators", "remove", "root", "--yes").output


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_an_application_from_a_template_says_what_to_paste(run: Run, access: Access, output: str) -> None:
    """The token that is shown is good, and everything stands by the name of the client's own field."""
    said = _done(
        run("applications", "create", "it", "--template", "entra", "--domain", "PRIMARY", "-o", output)
    )

    values = yaml.safe_load(said)  # JSON is YAML
    assert values["Tenant URL"].endswith("/scim2?aadOptscim062020")
    caller = access.callers.by_token(values["Secret token"])
    assert caller
    assert caller.application.name == "it"


def test_a_template_says_all_of_what_is_allowed(run: Run, access: Access) -> None:
    """Grants and APIs beside it are a mistake, and nothing is made."""
    result = run("applications", "create", "it", "--template", "okta", "--grant", "password")

    assert result.exit_code == 2
    assert access.applications.list() == []


def test_a_template_is_told_as_a_table(run: Run) -> None:
    """For whoever pastes it by hand."""
    said = _done(run("applications", "create", "it", "--template", "okta", "--domain", "PRIMARY"))

    assert re.search(r"^Unique identifier field for users +userName$", said, re.MULTILINE)
