"""The demo: Landbridge over a private OpenLDAP, in one directory, started and ended together.

This process watches over both. Whatever way it ends, by Ctrl-C, SIGTERM or SIGKILL, they end with it. `script/demo`
calls this after installing what is needed.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import click

from app.testing.announcement import Announcement
from app.testing.claim import Claim
from app.testing.server import DirectoryServer
from app.testing.slapd import Slapd, SlapdError, free_ports

ROOT = Path(__file__).parents[2]
ADMIN_USER = ADMIN_PASSWORD = "admin"  # noqa: S105 - the demo's, on loopback, as the guides have it
CLIENT_ID = "demo"

_READY_SECONDS = 90
_STOP_SECONDS = 30
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo's directory and the port that it is served on."""

    directory: Path
    port: int

    @property
    def url(self) -> str:
        """Name the address that Landbridge is served at."""
        return f"https://localhost:{self.port}"

    @property
    def ca_file(self) -> Path:
        """Name the certificate that Landbridge makes for itself."""
        return self.directory / "landbridge" / "tls" / "server.crt"

    @property
    def log_file(self) -> Path:
        """Name the file of Landbridge's log."""
        return self.directory / "landbridge.log"

    @property
    def claim(self) -> Claim:
        """Give the claim of who runs here."""
        return Claim(self.directory / "running")


@click.command()
@click.option("--port", default=9443, show_default=True, help="Port to serve on; 0 takes a free one.")
@click.option(
    "--data",
    default=ROOT / ".demo",
    show_default=".demo in the checkout",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory for all that the demo keeps.",
)
@click.option(
    "--background", "mode", flag_value="background", help="Return when it is ready, and leave it running."
)
@click.option("--stop", "mode", flag_value="stop", help="Stop the demo that runs on this data.")
@click.option("--reset", is_flag=True, help="Throw the data away and start afresh.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def main(*, port: int, data: Path, mode: str | None, reset: bool, as_json: bool) -> None:
    """Run Landbridge on https://localhost:9443 over an OpenLDAP of its own."""
    directory = data.resolve()
    if mode == "stop":
        stop_demo(Demo(directory, port).claim)
        return
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    demo = Demo(directory, port or free_ports(1)[0])
    refuse_if_running(demo)
    refuse_if_port_is_taken(demo.port)
    if reset:
        clear(directory)
    if mode == "background":
        tell(run_in_background(demo), as_json=as_json)
        return
    run(demo, as_json=as_json)


def refuse_if_running(demo: Demo) -> None:
    """Raise if another process runs on the same data."""
    pid = demo.claim.holder()
    if pid:
        raise click.ClickException(
            f"The demo in {demo.directory} is running already (process {pid}). Stop it with: script/demo --stop"
        )


def refuse_if_port_is_taken(port: int) -> None:
    """Raise if somebody else listens on the port."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be had: {os.strerror(error.errno or 0)}. Choose another: script/demo --port {port + 1}"
        ) from error


def clear(directory: Path) -> None:
    """Delete what a demo made in its directory, and nothing else."""
    for name in ("slapd", "landbridge"):
        shutil.rmtree(directory / name, ignore_errors=True)
    for name in ("secrets.json", "landbridge.log", "demo.log"):
        (directory / name).unlink(missing_ok=True)


def tell(announcement: Announcement, *, as_json: bool) -> None:
    """Print how to reach the demo."""
    click.echo(announcement.to_json() if as_json else announcement.to_text())


def stop_demo(claim: Claim) -> None:
    """Stop the process that holds the claim, and wait until all of it is gone."""
    pid = claim.holder()
    if not pid:
        click.echo("The demo is not running.", err=True)
        return
    os.kill(pid, signal.SIGTERM)
    if not claim.wait_until_free(timeout_seconds=_STOP_SECONDS):
        raise click.ClickException(
            f"The demo (process {pid}) has not stopped within {_STOP_SECONDS} seconds."
        )
    click.echo("The demo is stopped.", err=True)


def run_in_background(demo: Demo) -> Announcement:
    """Start another process that runs the demo, and return what it announces."""
    log_file = demo.directory / "demo.log"
    command = [sys.executable, "-m", "app.testing.demo", "--json"]
    with log_file.open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - this program itself
            [*command, "--port", str(demo.port), "--data", str(demo.directory)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    assert process.stdout  # noqa: S101 - it is a pipe
    with process.stdout as output:
        line = output.readline()
    if not line:
        process.wait()
        raise click.ClickException(log_file.read_text().removeprefix("Error: ").strip())
    return Announcement.from_json(line)


def run(demo: Demo, *, as_json: bool) -> None:
    """Run the demo until it is told to stop."""
    claim = demo.claim
    if not claim.take():
        refuse_if_running(demo)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with running_slapd(demo) as slapd:
            secret = client_secret(demo.directory / "secrets.json")
            with running_landbridge(demo, environment(demo, slapd, secret)) as landbridge:
                try:
                    wait_until_ready(demo, landbridge)
                    tell(announce(demo, slapd, secret), as_json=as_json)
                    status = landbridge.wait()
                finally:
                    let_nothing_interrupt()
        raise click.ClickException(f"Landbridge ended by itself (status {status}).\n{tail(demo.log_file)}")
    except KeyboardInterrupt:
        pass
    finally:
        claim.release()


@contextmanager
def running_slapd(demo: Demo) -> Iterator[Slapd]:
    """Run OpenLDAP for the time of the block."""
    slapd = Slapd(demo.directory / "slapd")
    try:
        slapd.start()
    except SlapdError as error:
        raise click.ClickException(f"OpenLDAP does not start: {error}") from error
    try:
        yield slapd
    finally:
        slapd.stop()


@contextmanager
def running_landbridge(demo: Demo, variables: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run Landbridge for the time of the block."""
    command = ["/usr/bin/setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", "app", "serve"]
    with demo.log_file.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - this project's own program
            command,
            cwd=ROOT,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


def let_nothing_interrupt() -> None:
    """Have a second signal change nothing: what is left to do is to end in good order."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, in the end by force."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS / 2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def client_secret(file: Path) -> str:
    """Return the demo application's secret, made when it is asked for first."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps({"client_secret": secrets.token_urlsafe(24)}))
    return str(json.loads(file.read_text())["client_secret"])


def environment(demo: Demo, directory: DirectoryServer, secret: str) -> dict[str, str]:
    """Give Landbridge's settings; none of the caller's reach it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LANDBRIDGE_")}
    return kept | {
        "LANDBRIDGE_HOST": "127.0.0.1",
        "LANDBRIDGE_PORT": str(demo.port),
        "LANDBRIDGE_DATA_DIR": str(demo.directory / "landbridge"),
        "LANDBRIDGE_DOCUMENTS": str(ROOT / "config"),
        "LANDBRIDGE_ADMIN_USER": ADMIN_USER,
        "LANDBRIDGE_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "LANDBRIDGE_DEMO_CLIENT_SECRET": secret,
        "LANDBRIDGE_LDAP_URL": directory.ldaps_uri,
        "LANDBRIDGE_LDAP_CA_FILE": str(directory.ca_file),
        "LANDBRIDGE_LDAP_BASE": directory.base_dn,
        "LANDBRIDGE_LDAP_BIND_DN": directory.bind_dn,
        "LANDBRIDGE_LDAP_BIND_PASSWORD": directory.bind_password,
    }


def wait_until_ready(demo: Demo, landbridge: subprocess.Popen[bytes]) -> None:
    """Wait until Landbridge says that it can serve."""
    deadline = monotonic() + _READY_SECONDS
    while not is_ready(demo):
        if landbridge.poll() is not None:
            raise click.ClickException(f"Landbridge does not start.\n{tail(demo.log_file)}")
        if monotonic() > deadline:
            raise click.ClickException(f"Landbridge is not ready in time.\n{tail(demo.log_file)}")
        sleep(_PAUSE_SECONDS)


def is_ready(demo: Demo) -> bool:
    """Ask Landbridge whether it can serve, with its certificate verified."""
    if not demo.ca_file.exists():
        return False
    try:
        context = ssl.create_default_context(cafile=demo.ca_file)
        with urllib.request.urlopen(f"{demo.url}/readyz", timeout=5, context=context) as answer:  # noqa: S310 - https
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's OK
    except OSError:
        # refused, not ready (HTTPError is an OSError), or the certificate is only half written
        return False


def announce(demo: Demo, slapd: Slapd, secret: str) -> Announcement:
    """Say how to reach the running demo."""
    return Announcement(
        url=demo.url,
        ca_file=str(demo.ca_file),
        admin_user=ADMIN_USER,
        admin_password=ADMIN_PASSWORD,
        client_id=CLIENT_ID,
        client_secret=secret,
        ldap_uri=slapd.uri,
        ldap_bind_dn=slapd.bind_dn,
        ldap_bind_password=slapd.bind_password,
        ldap_base_dn=slapd.base_dn,
        pid=os.getpid(),
    )


def tail(file: Path, lines: int = 15) -> str:
    """Return the end of a log."""
    return "\n".join(file.read_text(errors="replace").splitlines()[-lines:])


if __name__ == "__main__":
    main(prog_name="script/demo")
