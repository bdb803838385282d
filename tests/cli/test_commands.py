"""All commands: their help, examples, output and exit codes, by walking the tree."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from app.__main__ import main
from app.cli.examples import EXAMPLES, leaves
from app.cli.refusals import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAVES = dict(leaves(main))
SHOWING = re.compile(r"(.* )?(list|show|status|get|doctor|check|coverage|test|revisions|reconcile|deleted)$")
FILES = (
    "domain.yaml",
    "entry.ldif",
    "group.json",
    "map.yaml",
    "patch.json",
    "staff.csv",
    "task.json",
    "user.json",
)
DOCS = Path("docs/commands.md")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a directory that has the files of the examples."""
    (tmp_path / "config").mkdir()
    for name in FILES:
        (tmp_path / name).write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _parsed(example: str) -> Iterator[click.Context]:
    """Parse a line as the shell would hand it over, without doing what it says."""
    words = shlex.split(example.partition(" > ")[0])
    command: click.Command = main
    context = click.Context(main, info_name="landbridge")
    while isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found, example
        command = found
    with command.make_context("landbridge", words, resilient_parsing=False) as context:
        yield context


def test_every_command_has_an_example() -> None:
    """No command is forgotten, and no example is of one that there is not."""
    assert set(EXAMPLES) == set(LEAVES)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("path", EXAMPLES)
def test_examples_are_right(path: str) -> None:
    """Each can be typed as it stands: the command, its arguments and its options are there."""
    for example in EXAMPLES[path]:
        assert example.split()[: len(path.split())] == path.split()
        prompts = {"password", "yes"} & {option.name for option in LEAVES[path].params}
        if not prompts:
            [context] = _parsed(example)
            assert context.command is LEAVES[path]


@pytest.mark.parametrize("path", LEAVES)
def test_help_says_what_a_command_does(path: str) -> None:
    """A sentence, what each option is for, and the examples."""
    command = LEAVES[path]
    text = command.get_help(click.Context(command, info_name=path))

    assert (command.help or "").strip().partition("\n")[0].endswith((".", ":"))
    assert f"landbridge {path}" in text
    options = [each for each in command.params if isinstance(each, click.Option)]
    unexplained = [each.opts for each in options if not each.help and each.opts != ["--help"]]
    assert unexplained == []


@pytest.mark.parametrize("path", [path for path in LEAVES if SHOWING.match(path)])
def test_what_is_shown_is_shown_to_programs_too(path: str) -> None:
    """Whatever is listed or shown can be had as a table, JSON or YAML, by the same option."""
    [output] = [each for each in LEAVES[path].params if each.name == "output"]

    assert isinstance(output.type, click.Choice)
    assert set(output.type.choices) == {"table", "json", "yaml"}
    assert {"-o", "--output"} <= set(output.opts)


def test_exit_codes_are_documented() -> None:
    """The table in the docs is the one in the program."""
    documented = dict(re.findall(r"^\| (\d) \| (.+?) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE))

    assert documented == {str(int(code)): meaning for code, meaning in MEANINGS.items()}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.usefixtures("site")
def test_shells_complete(shell: str, site: Path) -> None:
    """The script is printed, and no store is made for it."""
    result = CliRunner().invoke(main, ["completion", shell])

    assert result.exit_code == 0, result.output
    assert "_LANDBRIDGE_COMPLETE" in result.output
    assert not (site / "data").exists()


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("users im", {"import", "imports"}),
        ("users import --dry", {"--dry-run"}),
        ("status --output y", {"yaml"}),
    ],
)
def test_what_shells_are_offered(line: str, offered: set[str]) -> None:
    """The shell asks the command itself, as the script has it do; no store is opened for it."""
    words = {"COMP_WORDS": f"landbridge {line}", "COMP_CWORD": str(len(line.split()))}

    result = CliRunner().invoke(
        main, [], env={**words, "_LANDBRIDGE_COMPLETE": "bash_complete"}, prog_name="landbridge"
    )

    assert {each.partition(",")[2] for each in result.output.splitlines()} == offered


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["get", "domain", "NOWHERE"], 3),
        (["get", "nothing"], 3),
        (["applications", "secrets", "list", "none"], 3),
        (["activity", "show", "4711"], 3),
        (["outbox", "retry", "4711"], 3),
        (["users", "list"], 5),
        (["applications", "create", "x", "--domain", "NOWHERE"], 4),
        (["outbox", "retry"], 2),
        (["applications", "list"], 0),
        (["status"], 0),
    ],
)
@pytest.mark.usefixtures("site")
def test_the_exit_code_says_how_it_ended(arguments: list[str], code: int) -> None:
    """By the table in the docs."""
    assert CliRunner().invoke(main, arguments).exit_code == code
