"""The shell scripts are POSIX, executable, and do no more than they should."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = sorted(ROOT.glob("script/lib/*.sh"))
SCRIPTS = sorted(
    [path for path in ROOT.glob("script/*") if path.is_file()]
    + [ROOT / "containers/docker-up", ROOT / "containers/openldap/entrypoint"]
)


def in_shell(script: str) -> subprocess.CompletedProcess[str]:
    """Run a piece of shell in the project's top directory."""
    return subprocess.run(["sh", "-euc", script], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in SCRIPTS + LIBRARY])
def test_scripts_are_valid_shell(path: Path) -> None:
    """A plain sh can read every script."""
    done = subprocess.run(["sh", "-n", path], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in SCRIPTS])
def test_scripts_run_on_any_machine(path: Path) -> None:
    """Every script is executable, by sh, and stops at the first error."""
    text = path.read_text()

    assert path.stat().st_mode & 0o111
    assert text.startswith("#!/bin/sh\n")
    assert "\nset -eu\n" in text


def test_packages_are_missing_when_their_program_is() -> None:
    """A program decides, not the package database, so that any system's packages will do."""
    done = in_shell(". script/lib/packages.sh; missing_packages sh:dash no-such-program:some-package")

    assert done.stdout.split() == ["some-package"]


def test_a_python_that_is_too_old_is_passed_over() -> None:
    """`find_python` tries what it is given first, and takes only 3.11 or newer."""
    done = in_shell(". script/lib/python.sh; PYTHON=false find_python")

    assert Path(done.stdout.strip()).name.startswith("python3")


def test_a_command_is_quiet_until_it_fails() -> None:
    """What a command said is shown when it failed, and only then."""
    good = in_shell(". script/lib/say.sh; quietly 'the good' echo hello")
    bad = in_shell(". script/lib/say.sh; quietly 'the bad' sh -c 'echo hello; exit 3'")

    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr.splitlines() == ["hello", "error: the bad failed; its last words are above."]


def test_a_failed_check_does_not_hide_the_next() -> None:
    """All checks run, and the last line names those that failed."""
    done = in_shell(". script/lib/say.sh; . script/lib/checks.sh; check one false; check two true; finish")

    assert done.returncode == 1
    assert done.stderr.splitlines() == ["==> one: FAILED", "==> two: good", "error: failed: one"]


@pytest.mark.parametrize("script", ["script/bootstrap", "containers/docker-up", "script/lock"])
def test_an_unknown_argument_is_refused(script: str) -> None:
    """A mistyped option changes nothing and shows the usage."""
    done = in_shell(f"{script} --nonsense")

    assert done.returncode == 1
    assert "Usage:" in done.stderr
