"""The commands for configuration documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import click
import pytest
from click.testing import CliRunner, Result

from app.cli.documents import COMMANDS
from app.preparation.map_checks import MapChecks
from app.provisioning.configuration import Configurations
from app.store.database import Database
from app.store.loading import parse
from tests.access.fakes import Access
from tests.store.fakes import FrozenClock

DOMAIN = "kind: Domain\nname: PRIMARY\ndescription: ours\nurl: ldap://a # here\nmaps: {}\n"
APPLICATION = """\
kind: Application
name: hr
client_id: hr
client_secrets:
- value: {env: HR_SECRET}
provisioning:
  domain: PRIMARY
"""
Run = Callable[..., Result]


class WithChecks(Access):
    """Services whose domains have no maps, so that no directory is asked."""

    @property
    def map_checks(self) -> MapChecks:
        """Return what holds maps against directories."""
        configurations = Configurations(
            self.documents, {}, resolve=_nobody, connect=_nobody, monotonic=lambda: 0.0
        )
        return MapChecks(self.documents, configurations, {})


def _nobody(_: object) -> NoReturn:
    raise AssertionError("nothing is looked for")


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    """Make the services."""
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    yield WithChecks(database, FrozenClock(), {"HR_SECRET": "hunter2"})
    database.dispose()


@pytest.fixture
def run(access: Access) -> Run:
    """Make what runs a command."""
    group = click.Group("landbridge", {command.name or "": command for command in COMMANDS})

    def run(*arguments: str | Path, text: str | bytes | None = None) -> Result:
        return CliRunner().invoke(group, [str(argument) for argument in arguments], obj=access, input=text)

    return run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Make a directory with two documents."""
    directory = tmp_path / "config"
    directory.mkdir()
    (directory / "a.yaml").write_text(DOMAIN)
    (directory / "b.yaml").write_text(APPLICATION)
    return directory


def test_apply_tells_what_became_of_each_document(run: Run, config: Path) -> None:
    """A line each: created, changed or unchanged, and the revision."""
    first = run("apply", "-f", config)
    (config / "a.yaml").write_text(DOMAIN.replace("ours", "theirs"))
    second = run("apply", "-f", config)

    assert first.output == "Domain PRIMARY created (revision 1)\nApplication hr created (revision 1)\n"
    assert second.output == "Domain PRIMARY changed (revision 2)\nApplication hr unchanged (revision 1)\n"


def test_apply_takes_several_files(run: Run, config: Path) -> None:
    """-f may be given several times."""
    result = run("apply", "-f", config / "b.yaml", "-f", config / "a.yaml")

    assert result.exit_code == 0


def test_apply_reads_standard_input(run: Run, access: Access) -> None:
    """- stands for standard input; that is no file to compare with at the next start."""
    result = run("apply", "-f", "-", text=DOMAIN)

    assert result.output == "Domain PRIMARY created (revision 1)\n"
    assert access.documents.file_digests() == {}


def test_apply_tells_author_and_comment(run: Run, config: Path, access: Access) -> None:
    """Both are in the revision."""
    run("apply", "-f", config, "--author", "ann", "--comment", "ticket 7")

    [revision] = access.documents.revisions("Domain", "PRIMARY")
    assert (revision.author, revision.comment, revision.origin) == ("ann", "ticket 7", "file")


def test_apply_refuses_all_for_one_problem(run: Run, config: Path, access: Access) -> None:
    """Every problem is on standard error with file, line and key; nothing is applied."""
    (config / "b.yaml").write_text(APPLICATION.replace("PRIMARY", "NONE"))

    result = run("apply", "-f", config)

    assert result.exit_code == 4
    assert result.stdout == ""
    assert result.stderr == (
        f"{config}/b.yaml:7: Application hr: provisioning.domain: there is no domain NONE\n"
        "Error: nothing applied, 1 problem\n"
    )
    assert access.documents.list("Domain") == []


def test_apply_tells_broken_files_and_wrong_keys_together(run: Run, config: Path) -> None:
    """One run shows all there is to mend."""
    (config / "b.yaml").write_text(APPLICATION + "grants: [magic]\n")
    (config / "c.yaml").write_text("kind: [\n")

    result = run("apply", "-f", config)

    assert result.exit_code == 4
    assert [line.rpartition("/")[2].split(": ")[0] for line in result.stderr.splitlines()] == [
        "c.yaml:2",
        "b.yaml:8",
        "Error",
    ]


def test_apply_does_not_repeat_a_secret(run: Run, config: Path) -> None:
    """A secret that stands in a file in plain is refused without showing it."""
    (config / "b.yaml").write_text(APPLICATION.replace("{env: HR_SECRET}", "pa55word"))

    result = run("apply", "-f", config)

    assert (result.exit_code, "pa55word" in result.output) == (4, False)


def test_bytes_that_are_no_text_are_refused(run: Run) -> None:
    """Standard input is held to the same rules as files."""
    result = run("apply", "-f", "-", text=b"\xff\xfe")

    assert result.stderr.startswith("standard input:1: is not UTF-8 text\n")


def test_diff_shows_what_would_change(run: Run, config: Path) -> None:
    """Changed keys are shown as a diff, and what is in the store alone is named."""
    run("apply", "-f", config)
    (config / "a.yaml").write_text(DOMAIN.replace("ldap://a", "ldap://b"))
    (config / "b.yaml").unlink()

    result = run("diff", "-f", config)

    assert result.exit_code == 0
    assert "-url: ldap://a\n+url: ldap://b\n" in result.output
    assert result.output.endswith("Only in the store: Application hr\n")


def test_diff_can_tell_by_its_exit_code(run: Run, config: Path) -> None:
    """Scripts may ask whether there is drift."""
    before = run("diff", "-f", config, "--exit-code").exit_code
    run("apply", "-f", config)

    after = run("diff", "-f", config, "--exit-code")

    assert (before, after.exit_code, after.output) == (1, 0, "")


def test_get_shows_a_document_as_it_was_written(run: Run, config: Path) -> None:
    """Comments are kept."""
    run("apply", "-f", config)

    assert run("get", "Domain", "PRIMARY").output == DOMAIN


def test_get_shows_json(run: Run, config: Path) -> None:
    """One document is an object, all of a kind are a list."""
    run("apply", "-f", config)
    expected = {"kind": "Domain", "name": "PRIMARY", "description": "ours", "url": "ldap://a", "maps": {}}

    assert json.loads(run("get", "domain", "PRIMARY", "-o", "json").output) == expected
    assert json.loads(run("get", "domains", "-o", "json").output) == [expected]


def test_get_lists_a_kind(run: Run, config: Path) -> None:
    """Without a name there is a table."""
    run("apply", "-f", config)

    assert run("get", "DOMAINS").output == "NAME     DESCRIPTION\nPRIMARY  ours\n"


def test_a_table_does_not_move_the_cursor(run: Run) -> None:
    """Control characters from a document do not reach the terminal."""
    run("apply", "-f", "-", text='kind: Domain\nname: P\ndescription: "a\\e[2Jb"\n')

    assert run("get", "domains").output == "NAME  DESCRIPTION\nP     a [2Jb\n"


def test_get_shows_no_secret(run: Run, config: Path, access: Access) -> None:
    """Neither from the environment nor from the store."""
    run("apply", "-f", config)
    access.applications.create("crm", author="ann")
    secret = access.applications.client_secret("crm") or "-"

    output = "".join(run("get", "applications", "-o", form).output for form in ("yaml", "json", "table"))

    assert "hunter2" not in output
    assert secret not in output


def test_get_shows_an_earlier_revision(run: Run, config: Path) -> None:
    """What was in force before can be read."""
    run("apply", "-f", config)
    run("apply", "-f", "-", text=DOMAIN.replace("ldap://a", "ldap://b"))

    assert run("get", "Domain", "PRIMARY", "--revision", "1").output == DOMAIN


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["get", "Domain", "NONE"], "there is no Domain NONE", id="no document"),
        pytest.param(
            ["get", "Nothing"], "there is no kind Nothing, only Application, Domain, Connector", id="no kind"
        ),
        pytest.param(["revisions", "Domain", "NONE"], "there is no Domain NONE", id="no revisions"),
        pytest.param(
            ["rollback", "Domain", "P", "--revision", "1"],
            "there is no revision 1 of Domain P",
            id="no revision",
        ),
        pytest.param(["delete", "Domain", "NONE"], "there is no Domain NONE", id="nothing to delete"),
    ],
)
def test_what_is_not_there_is_told(run: Run, arguments: list[str], message: str) -> None:
    """The command fails with a sentence, not with a trace."""
    result = run(*arguments)

    assert result.exit_code == 3
    assert message in result.stderr


def test_an_export_can_be_applied_again(run: Run, config: Path, tmp_path: Path) -> None:
    """The files say what is in force, each in the directory of its kind."""
    run("apply", "-f", config)

    result = run("export", tmp_path / "out")

    assert result.output.splitlines() == [
        f"{tmp_path}/out/applications/hr.yaml",
        f"{tmp_path}/out/domains/PRIMARY.yaml",
    ]
    assert run("diff", "-f", tmp_path / "out").output == ""


def test_an_export_holds_no_secret(run: Run, access: Access, tmp_path: Path) -> None:
    """A stored secret is named, not written."""
    access.applications.create("crm", author="ann")
    secret = access.applications.client_secret("crm") or "-"

    run("export", tmp_path / "out")

    text = (tmp_path / "out/applications/crm.yaml").read_text()
    assert secret not in text
    [document] = parse(text, file="x").documents
    assert document.body["client_secrets"][0]["value"].keys() == {"stored"}


def test_an_export_spares_other_files(run: Run, config: Path) -> None:
    """A directory with files in it is written into only on demand."""
    run("apply", "-f", config)

    refused = run("export", config)
    forced = run("export", config, "--force")

    assert (refused.exit_code, forced.exit_code) == (4, 0)
    assert "is not empty" in refused.stderr


def test_revisions_are_listed(run: Run, config: Path) -> None:
    """Newest first, with who, when and why."""
    run("apply", "-f", config, "--author", "ann", "--comment", "start")
    run("delete", "Application", "hr", "--author", "bob")

    assert run("revisions", "application", "hr").output.splitlines() == [
        "REVISION  TIME                  AUTHOR  ORIGIN  COMMENT",
        "2         2026-01-02 12:00:00Z  bob     cli     deleted",
        "1         2026-01-02 12:00:00Z  ann     file    start",
    ]


def test_a_rollback_tells_the_new_revision(run: Run, config: Path) -> None:
    """What was in force before is in force again."""
    run("apply", "-f", config)
    run("apply", "-f", "-", text=DOMAIN.replace("ldap://a", "ldap://b"))

    result = run("rollback", "Domain", "PRIMARY", "--revision", "1", "--author", "ann")

    assert result.output == "Domain PRIMARY changed (revision 3)\n"
    assert run("get", "Domain", "PRIMARY").output == DOMAIN


def test_a_document_in_use_is_not_deleted(run: Run, config: Path) -> None:
    """The refusal names who needs it."""
    run("apply", "-f", config)

    result = run("delete", "Domain", "PRIMARY")

    assert result.exit_code == 4
    assert "Application hr: provisioning.domain: there is no domain PRIMARY" in result.stderr
