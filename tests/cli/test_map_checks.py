"""The commands that check maps and say what they keep."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from app.cli.documents import apply
from app.cli.map_checks import MAP_COMMANDS
from app.directory.port import Directory
from app.store.database import Database
from app.testing.slapd import Slapd
from tests.cli.services import MapServices, directory, map_services
from tests.preparation.conftest import connected

Run = Callable[..., Result]


def runner(database: Database, held: Directory) -> tuple[Run, MapServices]:
    """Make what runs the commands."""
    services = map_services(database, held)
    group = click.Group("map", {command.name or "": command for command in (*MAP_COMMANDS, apply)})

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(group, [str(argument) for argument in arguments], obj=services)

    return run, services


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Make a store."""
    made = Database(f"sqlite:///{tmp_path}/landbridge.db")
    made.migrate()
    yield made
    made.dispose()


@pytest.fixture
def run(database: Database, slapd: Slapd) -> Iterator[Run]:
    """Make what runs the commands, with a domain on a real directory."""
    held = connected(slapd)
    yield runner(database, held)[0]
    held.close()


@pytest.fixture
def run_alone(database: Database) -> Run:
    """Make what runs the commands, with a domain in memory, which shows no schema."""
    return runner(database, directory())[0]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Write a map that the directory cannot hold."""
    path = tmp_path / "broken.yaml"
    path.write_text(
        "kind: SchemaMap\nname: ours\nextends: openldap-user\n"
        "attributes:\n  nickName: nick\n---\n"
        "kind: Domain\nname: OURS\nproduct: openldap\nservers: ['ldaps://ldap.example.org']\n"
        "base: dc=example,dc=org\nbind: {dn: cn=landbridge, password: {env: PASSWORD}}\nmaps: {User: ours}\n"
    )
    return path


@pytest.mark.directory
def test_check(run: Run) -> None:
    """A sound map is checked against all domains that can be used, and exits with 0."""
    result = run("check", "openldap-group", "--domain", "PRIMARY")

    assert (result.output, result.exit_code) == ("openldap-group in PRIMARY: nothing found\n", 0)


@pytest.mark.directory
def test_check_a_file(run: Run, broken: Path) -> None:
    """A map that is not in force yet is checked; line, reason and fix are told, and the exit code is 1."""
    result = run("check", "ours", "-f", broken, "--domain", "PRIMARY")

    assert result.exit_code == 1
    assert (
        f"error map-unknown-attribute\n  {broken}:5: attributes.nickName: The directory has no attribute nick."
        in result.output
    )


@pytest.mark.directory
def test_check_for_a_machine(run: Run, broken: Path) -> None:
    """Findings are told as JSON, by domain."""
    result = run("check", "ours", "-f", broken, "--domain", "PRIMARY", "--output=json")

    (first, *_) = json.loads(result.output)["PRIMARY"]
    assert (first["code"], first["key"], first["line"]) == ("map-unknown-attribute", "attributes.nickName", 5)


@pytest.mark.directory
def test_apply_refuses_what_the_directory_cannot_hold(run: Run, tmp_path: Path) -> None:
    """A map of a domain in force is refused whole, by line, until somebody insists; what changes nothing is not looked at."""
    path = tmp_path / "site.yaml"
    shipped = Path("config/maps/openldap-user.yaml").read_text()
    path.write_text(shipped.replace("title: title", "title: jobTitel"))

    refused = run("apply", "-f", path)
    forced = run("apply", "-f", path, "--force")
    again = run("apply", "-f", path)

    assert refused.exit_code == 4
    assert (
        "attributes.title: The directory has no attribute jobTitel. (map-unknown-attribute in PRIMARY)"
        in (refused.output)
    )
    assert "nothing applied; --force applies what the directory cannot hold" in refused.output
    assert (forced.exit_code, "SchemaMap openldap-user changed" in forced.output) == (0, True)
    assert "error map-unknown-attribute" in forced.output
    assert (again.exit_code, "unchanged" in again.output) == (0, True)


def test_apply_with_a_directory_that_shows_nothing(run_alone: Run, tmp_path: Path) -> None:
    """Where the directory does not answer the map is applied, and it is told that nobody could look."""
    path = tmp_path / "site.yaml"
    shipped = Path("config/maps/openldap-user.yaml").read_text()
    path.write_text(shipped.replace("title: title", "title: jobTitel"))

    result = run_alone("apply", "-f", path)

    assert (result.exit_code, "map-schema-not-readable" in result.output) == (0, True)


@pytest.mark.directory
def test_apply_tells_what_was_found(run: Run, broken: Path) -> None:
    """What is put in force for a domain that is new is checked afterwards: told, not refused."""
    applied = run("apply", "-f", broken)
    silent = run("apply", "-f", broken)

    assert "SchemaMap ours created" in applied.output
    assert "ours in OURS:\n\nerror map-unknown-attribute" in applied.output
    assert (silent.exit_code, "map-unknown" in silent.output) == (0, False)


def test_a_map_that_nobody_uses(run_alone: Run) -> None:
    """Somebody must say which directory is meant."""
    result = run_alone("check", "ad-user")

    assert (result.exit_code, "no domain uses ad-user" in result.output) == (2, True)


def test_an_unusable_domain(run_alone: Run) -> None:
    """A domain that cannot be used cannot be checked against."""
    result = run_alone("check", "openldap-user", "--domain", "BROKEN")

    assert (result.exit_code, "BASE is not set" in result.output) == (4, True)


def test_a_directory_without_a_schema(run_alone: Run) -> None:
    """That nobody can tell is an error, too."""
    result = run_alone("check", "openldap-group", "--domain", "PRIMARY")

    assert (result.exit_code, "map-schema-not-readable" in result.output) == (1, True)


def test_a_map_that_has_become_unusable(database: Database) -> None:
    """A stored map that cannot be put together is a finding."""
    _, services = runner(database, directory())
    document = services.documents.get("SchemaMap", "openldap-user")
    lookup = services.documents.current()
    text = {**document.body, "resource_type": "Robot"}

    checked = services.map_checks.check(
        type(document)("SchemaMap", "openldap-user", text),
        lookup,
        domain=services.configurations.current().domains["PRIMARY"],
    )

    assert [(each.code.name, each.key) for each in checked.findings] == [("map-invalid", ("resource_type",))]


def test_coverage(run_alone: Run) -> None:
    """All places are told, with what holds them."""
    result = run_alone("coverage", "openldap-group")

    assert result.output.splitlines() == [
        "beside    externalId   kept by Landbridge, beside the directory",
        "kept      displayName  cn",
        "kept      members      member",
        "3 of 3 places are kept",
    ]


def test_coverage_of_what_is_lost(run_alone: Run) -> None:
    """Only what is lost, as JSON."""
    result = run_alone("coverage", "ad-user", "--product", "active-directory", "--lost", "--output=json")

    places = {each["place"]: each["fate"] for each in json.loads(result.stdout)}
    assert places["nickName"] == "lost"
    assert "userName" not in places


def test_examples(run_alone: Run) -> None:
    """The examples of a map are tried, and all pass."""
    result = run_alone("test", "openldap-group")

    assert result.output == (
        "passed  openldap-group: without members\npassed  openldap-group: with a member\n2 examples, 0 failed\n"
    )


def test_examples_that_fail(run_alone: Run, tmp_path: Path) -> None:
    """What a map does otherwise is told with its line; a map may be tried before it is applied."""
    path = tmp_path / "group.yaml"
    shipped = Path("config/maps/openldap-group.yaml").read_text()
    path.write_text(shipped.replace("parent: ou=Groups", "parent: ou=Teams"))

    result = run_alone("test", "openldap-group", "-f", path)

    assert result.exit_code == 1
    assert "failed  openldap-group: without members\n" in result.output
    assert "+ dn: cn=Tour Guides,ou=Teams,dc=example,dc=org" in result.output


def test_maps_without_examples(run_alone: Run) -> None:
    """A map that nobody has written examples for is no map that passes."""
    result = run_alone("test", "nothing")

    assert (result.exit_code, result.output) == (3, "Error: there are no examples of nothing\n")


def test_table(run_alone: Run) -> None:
    """The table has a column for each map."""
    result = run_alone("table", "openldap-group", "ad-group")

    assert (
        result.output
        == """\
### Group

| SCIM | `openldap-group` | `ad-group` |
|---|---|---|
| *object classes* | groupOfNames | top, group |
| *named by* | cn | cn |
| `displayName` | `cn` | `cn` |
| `members` | `member` | `member` |
| *written besides* |  | `groupType`, `sAMAccountName` |
"""
    )


@pytest.mark.directory
def test_init(run: Run) -> None:
    """A map is proposed, as a document."""
    result = run("init", "PRIMARY", "--type", "Group", "--name", "ours")

    assert result.exit_code == 0
    assert "kind: SchemaMap\nname: ours\nresource_type: Group\n" in result.output


def test_init_without_a_schema(run_alone: Run) -> None:
    """Without a schema nothing can be proposed."""
    result = run_alone("init", "PRIMARY")

    assert (result.exit_code, "subschemaSubentry" in result.output) == (4, True)
