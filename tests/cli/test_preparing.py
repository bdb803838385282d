"""The commands that look at directories and prepare them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from app.cli.preparing import PREPARING_COMMANDS
from app.directory.ldap.client import LdapDirectory
from app.mapping.documents import schema_map_kind
from app.preparation.examples import MAP_EXAMPLES
from app.preparation.preparations import Preparations
from app.provisioning.configuration import Configurations
from app.provisioning.domain import DOMAIN
from app.store.checkups import Checkups
from app.store.database import Database
from app.store.documents import Documents
from app.store.loading import load, parse
from app.store.references import resolve
from app.testing.slapd import Slapd
from tests.preparation.broken import running
from tests.preparation.test_prepare import BARE
from tests.provisioning.conftest import MAPS, RESOURCE_TYPES
from tests.store.fakes import FrozenClock

pytestmark = pytest.mark.directory
Run = Callable[..., Result]
DOMAIN_TEXT = """
kind: Domain
name: PRIMARY
product: openldap
servers: ["%s"]
base: dc=example,dc=org
bind: {dn: "cn=landbridge,dc=example,dc=org", password: {env: PASSWORD}}
tls: {ca_file: %s}
maps: {User: openldap-user, Group: openldap-group}
"""


@dataclass
class Parts:
    """The part of the services that the commands use."""

    documents: Documents
    configurations: Configurations
    checkups: Checkups
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def preparations(self) -> Preparations:
        """Return what examines and prepares directories."""
        return Preparations(self.documents, self.configurations, lambda: datetime.now(UTC), self.checkups)


@pytest.fixture
def slapd(tmp_path: Path) -> Iterator[Slapd]:
    """Run a bare slapd."""
    with running(BARE, tmp_path) as server:
        yield server


@pytest.fixture
def run(tmp_path: Path, slapd: Slapd, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Make what runs a command, in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    documents = Documents(
        database, [DOMAIN, schema_map_kind(RESOURCE_TYPES), MAP_EXAMPLES], clock=FrozenClock()
    )
    environ = {"PASSWORD": slapd.bind_password}

    def resolved(value: object) -> str:
        return resolve(value, environ=environ, stored=lambda _name: None)  # type: ignore[arg-type]  # as it comes

    configurations = Configurations(
        documents, RESOURCE_TYPES, resolve=resolved, connect=LdapDirectory, monotonic=lambda: 0.0
    )
    shipped = load([Path(__file__).parents[2] / MAPS]).documents
    domain = parse(DOMAIN_TEXT % (slapd.ldaps_uri, slapd.ca_file), file="domain.yaml").documents
    documents.apply([*shipped, *domain], author="test")
    group = click.Group("landbridge", {command.name or "": command for command in PREPARING_COMMANDS})
    (tmp_path / "password").write_text(slapd.config_password + "\n")

    def run(*arguments: object, text: str | None = None) -> Result:
        parts = Parts(documents, configurations, Checkups(database, clock=FrozenClock()))
        return CliRunner().invoke(group, [str(each) for each in arguments], obj=parts, input=text)

    yield run
    database.dispose()


ADMIN = ("--admin-dn", "cn=admin,cn=config", "--admin-password-file", "password")


def test_from_bare_to_prepared_and_back(run: Run, slapd: Slapd, tmp_path: Path) -> None:
    """The doctor says what is missing, prepare shows it, does it once, and takes it back."""
    before = run("doctor", "PRIMARY", *ADMIN)
    shown = run("prepare", "PRIMARY", *ADMIN)
    asked = run("prepare", "PRIMARY", "--apply", *ADMIN, text="n\n")
    nothing = slapd.export("cn=config", "(olcOverlay=*)")
    done = run("prepare", "PRIMARY", "--apply", "--yes", *ADMIN)
    again = run("prepare", "PRIMARY", "--apply", "--yes", *ADMIN)
    after = run("doctor", "PRIMARY", "--write-probe", "--output=json", *ADMIN)
    taken_back = run("prepare", "PRIMARY", "--undo", "prepared-PRIMARY.ldif", *ADMIN)

    assert (before.exit_code, "error bind-refused" in before.output) == (1, True)
    assert "dn: olcOverlay={0}memberof,olcDatabase={1}mdb,cn=config\nchangetype: add\n" in shown.stdout
    assert (shown.exit_code, asked.exit_code, nothing) == (0, 1, "")
    assert slapd.bind_password not in shown.output + done.output
    assert (done.exit_code, "--undo prepared-PRIMARY.ldif" in done.output) == (0, True)
    assert (again.exit_code, again.stdout, again.stderr) == (0, "", "PRIMARY needs nothing\n")
    assert [each for each in json.loads(after.stdout)["PRIMARY"] if each["severity"] == "error"] == []
    assert after.exit_code == 0
    assert (taken_back.exit_code, slapd.export("cn=config", "(olcOverlay=*)")) == (0, "")
    assert (tmp_path / "prepared-PRIMARY.ldif").read_text().startswith("# stays: ")


def test_failures(run: Run, tmp_path: Path) -> None:
    """Who may not, what is not there, and what is no LDIF is told in a sentence."""
    (tmp_path / "wrong").write_text("wrong")
    (tmp_path / "broken.ldif").write_text("x")
    (tmp_path / "gone.ldif").write_text("dn: ou=gone,dc=example,dc=org\nchangetype: delete\n")

    refused = run("prepare", "PRIMARY", "--admin-dn", "cn=admin,cn=config", "--admin-password-file", "wrong")
    unknown = run("doctor", "NOWHERE")
    broken = run("prepare", "PRIMARY", "--undo", "broken.ldif", *ADMIN)
    gone = run("prepare", "PRIMARY", "--undo", "gone.ldif", *ADMIN)

    assert "invalidCredentials (49)" in refused.output
    assert "NOWHERE" in unknown.output
    assert "Error: line 1: has no name and value" in broken.output
    assert "noSuchObject (32)\nThe directory is as it was." in gone.output
    assert [each.exit_code for each in (refused, unknown, broken, gone)] == [4, 3, 4, 4]


def test_never_over_an_older_file(run: Run, tmp_path: Path) -> None:
    """What an earlier run wrote down stays."""
    (tmp_path / "prepared-PRIMARY.ldif").write_text("older")

    result = run("prepare", "PRIMARY", "--apply", *ADMIN, text="y\n")

    assert "--undo prepared-PRIMARY-2.ldif" in result.output
    assert (tmp_path / "prepared-PRIMARY.ldif").read_text() == "older"


def test_another_administrator_of_the_data(run: Run) -> None:
    """Configuration and entries may be looked after by two; one alone is not enough for all."""
    data = ("--data-admin-dn", "cn=admin,cn=config", "--data-admin-password-file", "password")

    alone = run("prepare", "PRIMARY", *data)
    both = run("prepare", "PRIMARY", *ADMIN, *data)

    assert "--admin-dn, or --admin-url ldapi:///" in alone.stdout
    assert "olcOverlay" not in alone.stdout
    assert "olcOverlay={0}memberof" in both.stdout
