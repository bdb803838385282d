"""PostgreSQL of Debian as a private process on loopback, run by a user who is not root."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwnam

from app.testing.slapd import free_ports

UNPRIVILEGED = "nobody"
USER = "landbridge"


def programs() -> Path:
    """Find the directory of the newest installed version's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    assert found, "PostgreSQL is missing: script/bootstrap --dev installs it"
    return found[-1]


@contextmanager
def postgresql(directory: Path, *, certificates: Path | None = None) -> Iterator[str]:
    """Make and run a server, which speaks TLS with certificates; yield the URL of an empty database."""
    data, password = directory / "data", secrets.token_hex(16)
    [port] = free_ports(1)
    secret = directory / "password"
    directory.mkdir(parents=True)
    secret.write_text(password)
    if certificates:
        _copy(certificates, directory)
    _hand_over(directory)
    initdb: list[str | Path] = [
        "-D",
        data,
        "-U",
        USER,
        "-A",
        "scram-sha-256",
        "--pwfile",
        secret,
        "-E",
        "UTF8",
        "--no-sync",
    ]
    _run("initdb", *initdb)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
    if certificates:
        files = f"-c ssl_cert_file={directory}/server.crt -c ssl_key_file={directory}/server.key"
        options = f"{options} -c ssl=on {files}"
    _run("pg_ctl", "-D", data, "-l", directory / "log", "-w", "-o", options, "start")
    try:
        yield f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"
    finally:
        _run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(directory)


def _copy(certificates: Path, directory: Path) -> None:
    for name in ("server.crt", "server.key"):
        shutil.copy(certificates / name, directory)
        (directory / name).chmod(0o600)


def _hand_over(directory: Path) -> None:
    """Let the server's user at its files, and on the way to them."""
    if os.getuid() != 0:
        return
    user = getpwnam(UNPRIVILEGED)
    for path in (directory, *directory.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)


def _run(program: str, *arguments: str | Path) -> None:
    command = [str(programs() / program), *map(str, arguments)]
    if os.getuid() == 0:
        user = getpwnam(UNPRIVILEGED)
        ids = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
        command = ["setpriv", *ids, *command]
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, cwd="/", env={"PATH": os.defpath, "LC_ALL": "C"}
    )
