"""A claim is held by one living process, and by no dead one."""

import subprocess
import sys
from pathlib import Path

from app.testing.claim import Claim

HOLD = """
import sys
from pathlib import Path
from app.testing.claim import Claim
claim = Claim(Path(sys.argv[1]))
print(claim.take(), flush=True)
"""


def test_a_claim_is_held_once(tmp_path: Path) -> None:
    """Whoever comes second sees who was first."""
    first, second = Claim(tmp_path / "running"), Claim(tmp_path / "running")
    command = [sys.executable, "-c", HOLD + "sys.stdin.read()", str(tmp_path / "running")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()

        taken, holder = first.take(), second.holder()

        process.communicate("")

    assert (taken, holder) == (False, process.pid)


def test_a_claim_is_free_again_after_its_holder(tmp_path: Path) -> None:
    """The next one takes what the first gave up."""
    first, second = Claim(tmp_path / "running"), Claim(tmp_path / "running")
    first.take()
    first.release()

    taken = second.take()
    second.release()

    assert taken


def test_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    """The number that a dead process left behind means nothing."""
    subprocess.run([sys.executable, "-c", HOLD, tmp_path / "running"], check=True, capture_output=True)

    assert (tmp_path / "running").read_text().isdigit()
    assert Claim(tmp_path / "running").holder() is None


def test_nobody_holds_what_was_never_claimed(tmp_path: Path) -> None:
    """Asking makes no file."""
    assert Claim(tmp_path / "running").holder() is None
    assert not (tmp_path / "running").exists()


def test_waiting_ends_with_the_claim_or_with_the_time(tmp_path: Path) -> None:
    """`wait_until_free` tells which of the two it was."""
    claim = Claim(tmp_path / "running")
    claim.take()

    held = Claim(tmp_path / "running").wait_until_free(timeout_seconds=0)
    claim.release()
    released = Claim(tmp_path / "running").wait_until_free(timeout_seconds=0)

    assert (held, released) == (False, True)
