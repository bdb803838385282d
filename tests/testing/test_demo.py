"""The demo starts both servers, keeps its data, and leaves nothing running."""

import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.testing.announcement import Announcement
from app.testing.demo import clear


def demo(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the demo's command on the directory and a free port."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "app.testing.demo", "--port", "0", "--data", data, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def start(data: Path, *arguments: str) -> Announcement:
    """Start the demo in the background."""
    done = demo(data, "--background", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return Announcement.from_json(done.stdout)


def is_ready(announcement: Announcement) -> bool:
    """Ask Landbridge, with its certificate verified."""
    context = ssl.create_default_context(cafile=announcement.ca_file)
    with urllib.request.urlopen(f"{announcement.url}/readyz", context=context, timeout=10) as answer:  # noqa: S310 - https
        return bool(answer.status == 200)


def bind(announcement: Announcement) -> bool:
    """Bind to the demo's directory with the announced account."""
    account = ["-D", announcement.ldap_bind_dn, "-w", announcement.ldap_bind_password]
    command = ["ldapwhoami", "-x", "-H", announcement.ldap_uri, *account]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def processes_of(announcement: Announcement) -> list[int]:
    """Open the demo's process and those that it started, as descriptors that tell their end."""
    pid = announcement.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [os.pidfd_open(each) for each in (pid, *map(int, children))]


def have_ended(processes: list[int]) -> bool:
    """Wait for the end of all; nobody else can tell it, for they are not this process's children."""
    ended = [select.select([process], [], [], 20)[0] for process in processes]
    for process in processes:
        os.close(process)
    return all(ended)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Give a directory for a demo, and stop what still runs there afterwards."""
    yield tmp_path / "demo"
    demo(tmp_path / "demo", "--stop")


@pytest.mark.directory
def test_a_demo_is_ready_when_it_says_so_and_gone_when_stopped(data: Path) -> None:
    """Both servers answer as announced; after a stop neither process is left."""
    announcement = start(data)
    processes = processes_of(announcement)

    ready, bound = is_ready(announcement), bind(announcement)
    stopped = demo(data, "--stop")

    assert (ready, bound) == (True, True)
    assert len(processes) == 3
    assert (stopped.returncode, stopped.stderr) == (0, "The demo is stopped.\n")
    assert have_ended(processes)


@pytest.mark.directory
def test_a_second_start_keeps_the_data_and_a_reset_does_not(data: Path) -> None:
    """Secrets and entries outlive a stop, and end with a reset."""
    first = start(data)
    demo(data, "--stop")
    second = start(data)
    demo(data, "--stop")
    third = start(data, "--reset")

    assert (second.client_secret, second.ldap_bind_password) == (
        first.client_secret,
        first.ldap_bind_password,
    )
    assert third.client_secret != first.client_secret
    assert third.ldap_bind_password != first.ldap_bind_password


@pytest.mark.directory
def test_a_running_demo_is_not_started_again_nor_reset(data: Path) -> None:
    """The second command says who runs, and touches nothing."""
    announcement = start(data)

    again = demo(data, "--reset")

    assert again.returncode == 1
    assert f"running already (process {announcement.pid})" in again.stderr
    assert is_ready(announcement)


@pytest.mark.directory
def test_a_demo_killed_outright_takes_its_servers_along(data: Path) -> None:
    """Nothing outlives the demo, whatever way it ends."""
    announcement = start(data)
    processes = processes_of(announcement)

    os.kill(announcement.pid, signal.SIGKILL)

    assert have_ended(processes)


@pytest.mark.directory
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_in_the_foreground_ends_quietly_when_told(data: Path, number: signal.Signals) -> None:
    """It prints what a person needs, and Ctrl-C or SIGTERM ends it without an error."""
    # Who runs the tests in the background of a shell has them ignore SIGINT.
    command = ["env", "--default-signal=INT", sys.executable, "-P", "-m", "app.testing.demo"]
    command += ["--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        first = process.stdout.readline()

        process.send_signal(number)
        try:
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()

    assert first.startswith("Landbridge is ready.")
    assert (process.returncode, errors) == (0, "")


@pytest.mark.directory
def test_a_demo_whose_landbridge_dies_says_so(data: Path) -> None:
    """Half a demo does not go on."""
    announcement = start(data)
    demo_process, *servers = processes_of(announcement)
    landbridge = servers[-1]

    signal.pidfd_send_signal(landbridge, signal.SIGKILL)

    assert have_ended([demo_process, *servers])
    assert "Landbridge ended by itself (status -9)." in (data / "demo.log").read_text()


@pytest.mark.directory
def test_a_landbridge_that_cannot_start_is_told_with_its_words(data: Path) -> None:
    """The reason of a failed start reaches whoever started it."""
    (data / "landbridge" / "landbridge.db").mkdir(parents=True)

    done = demo(data, "--background")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: Landbridge does not start.\n")
    assert "landbridge.db" in done.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """The message names the port and a way out."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        done = demo(tmp_path, "--port", str(port))

    assert done.returncode == 1
    assert done.stderr == (
        f"Error: Port {port} cannot be had: Address already in use. Choose another: script/demo --port {port + 1}\n"
    )


def test_stopping_what_does_not_run_is_no_error(tmp_path: Path) -> None:
    """Stop tells what should be, and makes no directory."""
    done = demo(tmp_path / "never", "--stop")

    assert (done.returncode, done.stderr) == (0, "The demo is not running.\n")
    assert not (tmp_path / "never").exists()


def test_a_reset_deletes_only_what_the_demo_made(tmp_path: Path) -> None:
    """A directory that also holds something else keeps that."""
    (tmp_path / "slapd").mkdir()
    for name in ("thesis.txt", "secrets.json", "demo.log"):
        (tmp_path / name).write_text("something")

    clear(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
