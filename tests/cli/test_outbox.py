"""The commands for the outbox: what waits, what is dead, and what is done about it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.outbox import outbox
from tests.outbound.bridges import application, connector, proxy_bridge
from tests.outbound.unruly import Fault, Unruly, unruly
from tests.web.scim.bridge import Bridge


@pytest.fixture
def nowhere() -> Iterator[Unruly]:
    """Stand in front of a service that is not there."""
    with unruly("http://127.0.0.1:9") as standing:
        yield standing


@pytest.fixture
def bridge(nowhere: Unruly, tmp_path: Path) -> Iterator[Bridge]:
    """Give a Landbridge with a task that was refused."""
    crm = connector("crm", nowhere.url, blocking=False)
    with proxy_bridge(tmp_path, crm, application("crm")) as made:
        made.user("jo", password="secret-1")
        nowhere.faults = [Fault(methods=("GET",), status=400)] * 2
        made.services.worker.drain()
        yield made


def run(bridge: Bridge, *arguments: str, stdin: str = "") -> Result:
    """Run a command."""
    return CliRunner().invoke(outbox, arguments, obj=bridge.services, input=stdin)


def test_a_dead_letter_is_listed_shown_edited_and_retried(bridge: Bridge) -> None:
    """A dead letter says what was refused, shows what it carries but for secrets, and can be put right."""
    [task] = bridge.services.outbound.outbox.page()
    [listed] = json.loads(run(bridge, "list", "--dead", "-o", "json").stdout)
    shown = run(bridge, "show", str(task.id))
    [status] = json.loads(run(bridge, "status", "-o", "json").stdout)
    edited = run(bridge, "edit", str(task.id), "-f", "-", stdin=shown.stdout.replace('"jo"', '"jolanda"'))
    retried = run(bridge, "retry", str(task.id))

    assert (listed["connector"], listed["action"]) == ("crm", "create")
    assert "Bad Request" in listed["error"]
    assert '"userName": "jo"' in shown.stdout
    assert "secret-1" not in shown.output
    assert (status["waiting"], status["dead"]) == (0, 1)
    assert (edited.exit_code, retried.stdout) == (0, "1 to be tried again\n")
    assert json.loads(run(bridge, "list", "--dead", "-o", "json").stdout) == []
    assert "jolanda" in run(bridge, "show", str(task.id)).stdout


def test_a_dead_letter_is_skipped(bridge: Bridge) -> None:
    """A dead letter is given up once."""
    [task] = bridge.services.outbound.outbox.page()

    assert run(bridge, "skip", str(task.id)).exit_code == 0
    again = run(bridge, "skip", str(task.id))

    assert (again.exit_code, again.stderr) == (3, f"Error: there is no task {task.id}\n")
    [entry] = [each for each in bridge.services.audit.page() if each.action == "outbox skip"]
    assert entry.detail == "create at crm"


def test_pausing_and_resuming(bridge: Bridge) -> None:
    """A connector is paused, said to be so, and resumed."""
    run(bridge, "pause", "crm")
    paused = run(bridge, "status").stdout
    run(bridge, "resume", "crm")

    assert re.search(r"^crm +paused ", paused, re.MULTILINE)
    assert re.search(r"^crm +ready ", run(bridge, "status").stdout, re.MULTILINE)
    assert run(bridge, "deliver").stdout == "0 taken up\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(["show", "77"], "there is no task 77", id="show"),
        pytest.param(["retry", "77"], "there is no dead task 77", id="retry"),
        pytest.param(["retry"], "name one task, or --connector, or --all", id="retry what"),
        pytest.param(["pause", "nothing"], "there is no connector nothing", id="pause"),
        pytest.param(["edit", "77", "-f", "-"], "the content is not JSON", id="edit"),
    ],
)
def test_what_is_not_there_is_said(bridge: Bridge, arguments: list[str], problem: str) -> None:
    """A command that can do nothing says why and fails."""
    answer = run(bridge, *arguments)

    assert answer.exit_code != 0
    assert problem in answer.stderr
