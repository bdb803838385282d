"""The commands that connect directories: test, add."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.__main__ import main
from app.bootstrap import build
from app.services import Services
from app.settings import Settings
from app.store.loading import load
from app.testing.ds389 import Ds389Container
from app.testing.samba import SambaAdContainer
from app.testing.server import DirectoryServer
from app.testing.slapd import Slapd
from tests.preparation.test_proposal import ENTRIES

Run = Callable[..., Result]
MAPS = Path(__file__).parents[2] / "config" / "maps"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Wire a service with the shipped maps, and no domain."""
    services = build(Settings(data_dir=tmp_path / "data"), environ={})
    services.documents.apply(load([MAPS]).documents, author="test")
    yield services
    services.database.dispose()


@pytest.fixture
def run(services: Services) -> Run:
    """Make what runs a command."""

    def run(*arguments: str, text: str | None = None) -> Result:
        return CliRunner().invoke(main.commands["domain"], arguments, obj=services, input=text)

    return run


def where(server: DirectoryServer, tmp_path: Path) -> tuple[str, ...]:
    """Say how a server is reached."""
    (tmp_path / "secret").write_text(server.bind_password)
    return (
        *("--url", server.ldaps_uri, "--bind-dn", server.bind_dn),
        *("--password-file", str(tmp_path / "secret"), "--ca-file", str(server.ca_file)),
    )


@pytest.fixture
def slapd(tmp_path: Path) -> Iterator[Slapd]:
    """Run a slapd."""
    with Slapd(tmp_path / "slapd", durable=False) as server:
        yield server


@pytest.mark.directory
def test_a_directory_with_people(run: Run, services: Services, slapd: Slapd, tmp_path: Path) -> None:
    """Maps are proposed from what is there; nothing is in force before that is wanted; then it can be used."""
    slapd.modify(ENTRIES)

    shown = run("add", "STAFF", *where(slapd, tmp_path), "--dry-run")
    nothing = services.documents.list("Domain")
    done = run("add", "STAFF", *where(slapd, tmp_path), "--yes", "--author", "olga")
    tested = run("test", "STAFF", "-o", "json")
    again = run("add", "STAFF", *where(slapd, tmp_path), "--yes")

    assert (shown.exit_code, nothing) == (0, [])
    assert "kind: SchemaMap\nname: staff-user\n" in shown.stdout
    assert "kind: Domain\nname: STAFF\nproduct: openldap\n" in shown.stdout
    assert "base: dc=example,dc=org\n" in shown.stdout
    assert "maps:\n  User: staff-user\n  Group: staff-group\n" in shown.stdout
    assert slapd.bind_password not in shown.output + done.output
    assert "The doctor on STAFF" in shown.stderr
    assert (done.exit_code, "STAFF is in force" in done.stderr) == (0, True)
    assert "STAFF" in services.configurations.current().domains
    assert [step["outcome"] for step in json.loads(tested.stdout)] == ["passed"] * 8
    assert (again.exit_code, "there is a Domain STAFF already" in again.output) == (4, True)
    assert {(each.actor, each.action, each.resource_id) for each in services.audit.page()} == {
        ("olga", "create", name) for name in ("STAFF", "staff-user", "staff-group")
    }


@pytest.mark.directory
def test_what_is_asked(run: Run, services: Services, slapd: Slapd) -> None:
    """Without flags it asks; a password that is typed is kept encrypted, and an empty directory gets shipped maps."""
    answers = f"{slapd.ldaps_uri}\n{slapd.bind_dn}\n{slapd.bind_password}\n\ny\n"

    done = run("add", "PRIMARY", "--ca-file", str(slapd.ca_file), text=answers)

    assert done.exit_code == 0, done.output
    body = services.documents.get("Domain", "PRIMARY").body
    assert body["bind"] == {"dn": slapd.bind_dn, "password": {"stored": "domains/PRIMARY/bind"}}
    assert body["maps"] == {"User": "openldap-user", "Group": "openldap-group"}
    assert ("Below which entry users live [dc=example,dc=org]" in done.output, body["base"]) == (
        True,
        "dc=example,dc=org",
    )
    assert services.secrets.get("domains/PRIMARY/bind") == slapd.bind_password
    assert run("test", "PRIMARY").exit_code == 0


@pytest.mark.directory
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--url", "http://x"), "is not an LDAP server's URL"),
        (("--bind-dn", "x"), "is not a distinguished name"),
        (("--password-env", "NOWHERE"), "give one of --password-env"),
        (("--base", "dc=example,dc=net"), "failed   base"),
        (("--map", "User=none"), "there is no SchemaMap none"),
        (("--map", "User"), "User is not TYPE=MAP"),
        (("--url", "ldaps://127.0.0.1:9"), "failed   connect 127.0.0.1"),
    ],
)
def test_refused(run: Run, slapd: Slapd, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    """What is wrong is said, and nothing is put in force."""
    result = run("add", "PRIMARY", *where(slapd, tmp_path), "--yes", *arguments)

    assert result.exit_code != 0
    assert message in result.output
    assert "there is no Domain PRIMARY" in run("test", "PRIMARY").output


def test_unknown(run: Run) -> None:
    """A domain that is not there cannot be tested."""
    assert "there is no Domain NOWHERE" in run("test", "NOWHERE").output


@pytest.mark.directory
@pytest.mark.container
def test_active_directory(run: Run, services: Services, samba_ad: SambaAdContainer, tmp_path: Path) -> None:
    """A domain of Active Directory is known, with maps for it."""
    base = ("--base", samba_ad.base_dn)
    done = run("add", "AD", *where(samba_ad, tmp_path), *base, "--yes")

    assert done.exit_code == 0, done.output
    body = services.documents.get("Domain", "AD").body
    assert (body["product"], body["base"]) == ("active-directory", samba_ad.base_dn)
    assert "Samba Active Directory" in done.stderr
    assert "AD" in services.configurations.current().domains


@pytest.mark.directory
@pytest.mark.container
def test_389_directory_server(
    run: Run, services: Services, empty_ds389: Ds389Container, tmp_path: Path
) -> None:
    """It is known by name; without users it gets the maps for it, with users one of what they have, and both are sound."""
    first = run("add", "FRESH", *where(empty_ds389, tmp_path), "--yes")
    empty_ds389.modify(PERSON % empty_ds389.people_dn)
    second = run("add", "USED", *where(empty_ds389, tmp_path), "--yes")
    found = services.preparations.examine("FRESH", tries_writing=True)
    late = replace(services.preparations, clock=lambda: datetime.now(UTC) + timedelta(hours=1)).examine(
        "FRESH"
    )
    tested = run("test", "USED")
    empty_ds389.clear()

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert "389 Directory Server 389-Directory/" in first.stderr
    fresh, used = (services.documents.get("Domain", name).body for name in ("FRESH", "USED"))
    assert (fresh["product"], fresh["base"]) == ("389ds", empty_ds389.base_dn)
    assert fresh["maps"] == {"User": "389ds-user", "Group": "389ds-group"}
    assert used["maps"] == {"User": "used-user", "Group": "389ds-group"}
    assert [each.seen for each in found if each.severity == "error"] == []
    assert "clock-differs" in {each.code.name for each in late}
    assert "389 Directory Server" in tested.output
    assert {"FRESH", "USED"} <= set(services.configurations.current().domains)


PERSON = """\
dn: uid=ann,%s
changetype: add
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: A
mail: ann@example.org

"""
