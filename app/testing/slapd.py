"""A private slapd: its own process, data directory, ports on loopback and certificates; nothing system-wide is touched.

    with Slapd(directory) as slapd:
        connect(slapd.ldaps_uri, slapd.bind_dn, slapd.bind_password)

The configuration and the first entries are the files of `containers/openldap`, which the image uses as well. The
data stay in the directory between starts. slapd ends with the thread that started it, however that ends.
"""

import json
import secrets
import shutil
import socket
import subprocess
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from string import Template
from typing import Self

from app.testing import tls
from app.testing.ready import wait_for_bind
from app.testing.server import CONFIG_DN, DirectoryAddress, DirectoryServer

TEMPLATES = Path(__file__).parents[2] / "containers" / "openldap"

_PROGRAM = Path("/usr/sbin/slapd")
_MODULES = Path("/usr/lib/ldap")
# Ubuntu confines this path, and no other, to the system's own directories: a copy elsewhere is free of that.
_CONFINEMENT = Path("/etc/apparmor.d/usr.sbin.slapd")
_CRYPT_SALT_FORMAT = "$6$%.16s"
_START_ATTEMPTS = 3
_PORTS = range(10240, 32768)


class SlapdError(RuntimeError):
    """slapd could not be made to run; the message ends with what it said itself."""


@dataclass(frozen=True, slots=True)
class _Secrets:
    bind_password: str
    config_password: str


class Slapd(DirectoryServer):
    """An OpenLDAP server in a directory of its own, started by `start()` or `with`.

    `durable=False` leaves writing to disk to the system: much faster, and only a crash of the machine loses data.
    `hash_cleartext=True` makes the server hash passwords that arrive in an add or a modify. `templates` has another
    `config.ldif` and `base.ldif`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        base_dn: str = "dc=example,dc=org",
        durable: bool = True,
        hash_cleartext: bool = False,
        templates: Path = TEMPLATES,
    ) -> None:
        self._templates = templates
        self.directory = directory.resolve()
        self.log_file = self.directory / "slapd.log"
        self._base_dn = base_dn
        self._durable = durable
        self._hash_cleartext = hash_cleartext
        self._process: subprocess.Popen[bytes] | None = None
        self._address: DirectoryAddress | None = None

    @property
    def address(self) -> DirectoryAddress:
        """Tell where the directory answers; the ports stay the same over `stop()` and `start()`."""
        if self._address is None:
            raise SlapdError("slapd has not been started yet")
        return self._address

    @property
    def pid(self) -> int | None:
        """Tell the running process's id."""
        return self._process.pid if self._process and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Tell whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self, *, timeout_seconds: float = 20) -> None:
        """Make the directory if it is new, start slapd and return when it answers a bind."""
        if self.is_running:
            return
        if not (self.directory / "slapd.d").is_dir():
            self._create()
        if self._address:
            self._address = self._address_at(self._address.uri, self._address.ldaps_uri)
            self._launch(self._address, timeout_seconds=timeout_seconds)
            return
        for attempt in range(1, _START_ATTEMPTS + 1):
            self._address = self._new_address()
            try:
                self._launch(self._address, timeout_seconds=timeout_seconds)
            except SlapdError:
                # Between our look and slapd's, somebody else may have taken the port.
                self._address = None
                if attempt == _START_ATTEMPTS:
                    raise
            else:
                return

    def stop(self, *, timeout_seconds: float = 10) -> None:
        """End slapd and wait until it has written its data."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def restart(self) -> None:
        """Stop and start on the same data and the same ports."""
        self.stop()
        self.start()

    def reset(self) -> None:
        """Start afresh: data and configuration as on the first day, with new passwords and on the same ports."""
        self.stop()
        self.remove()
        self.start()

    def remove(self) -> None:
        """Delete all that a stopped server left behind."""
        if self.is_running:
            raise SlapdError("slapd is running; stop it before its files are deleted")
        for path in ("slapd.d", "slapd.d.new", "database", "tls"):
            shutil.rmtree(self.directory / path, ignore_errors=True)
        for path in ("secrets.json", "slapd.log", "slapd"):
            (self.directory / path).unlink(missing_ok=True)

    def seed(self, ldif: Path) -> None:
        """Load entries offline, many times faster than over LDAP; a running server is stopped and started again."""
        was_running = self.is_running
        self.stop()
        self._run("add", "-q", "-F", self._config_dir, "-b", self._base_dn, "-l", str(ldif.resolve()))
        if was_running:
            self.start()

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines that slapd wrote."""
        if not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _config_dir(self) -> str:
        return str(self.directory / "slapd.d")

    @property
    def _bind_dn(self) -> str:
        return f"cn=landbridge,{self._base_dn}"

    def _create(self) -> None:
        """Make the directory's files; only a configuration that has its data gets its name."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        made = _Secrets(secrets.token_urlsafe(24), secrets.token_urlsafe(24))
        _write_private(self.directory / "secrets.json", json.dumps(asdict(made)))
        tls.issue(self.directory / "tls")
        unfinished = self.directory / "slapd.d.new"
        for fresh in (self.directory / "database", unfinished):
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
        values = self._template_values(made)
        self._add_template("config.ldif", values, "-F", str(unfinished), "-n", "0")
        self._add_template("base.ldif", values, "-F", str(unfinished), "-b", self._base_dn)
        unfinished.rename(self._config_dir)

    def _add_template(self, name: str, values: dict[str, str], *target: str) -> None:
        filled = self.directory / name
        _write_private(filled, Template((self._templates / name).read_text()).substitute(values))
        try:
            self._run("add", *target, "-l", str(filled))
        finally:
            filled.unlink()

    def _template_values(self, made: _Secrets) -> dict[str, str]:
        has_argon2 = (_MODULES / "argon2.so").exists()
        return {
            "WITH_ARGON2": "" if has_argon2 else "# ",
            "PASSWORD_HASH": "{ARGON2}" if has_argon2 else "{CRYPT}",
            "CRYPT_SALT_FORMAT": _CRYPT_SALT_FORMAT,
            "NO_SYNC": _ldap_boolean(not self._durable),
            "HASH_CLEARTEXT": _ldap_boolean(self._hash_cleartext),
            "LDAP_BASE": self._base_dn,
            "LDAP_DC": self._base_dn.split(",")[0].partition("=")[2],
            "LDAP_BIND_DN": self._bind_dn,
            "LDAP_BIND_CN": "landbridge",
            "LDAP_BIND_PASSWORD_HASH": self._hash(made.bind_password),
            "CONFIG_PASSWORD_HASH": self._hash(made.config_password),
        }

    def _hash(self, password: str) -> str:
        file = self.directory / "password"
        _write_private(file, password)
        try:
            return self._run(
                "passwd", "-n", "-h", "{CRYPT}", "-c", _CRYPT_SALT_FORMAT, "-T", str(file)
            ).strip()
        finally:
            file.unlink()

    def _new_address(self) -> DirectoryAddress:
        plain, encrypted = free_ports(2)
        return self._address_at(f"ldap://127.0.0.1:{plain}", f"ldaps://127.0.0.1:{encrypted}")

    def _address_at(self, uri: str, ldaps_uri: str) -> DirectoryAddress:
        kept = _Secrets(**json.loads((self.directory / "secrets.json").read_text()))
        return DirectoryAddress(
            uri=uri,
            ldaps_uri=ldaps_uri,
            ca_file=self.directory / "tls" / "ca.crt",
            base_dn=self._base_dn,
            bind_dn=self._bind_dn,
            bind_password=kept.bind_password,
            config_dn=CONFIG_DN,
            config_password=kept.config_password,
        )

    def _launch(self, address: DirectoryAddress, *, timeout_seconds: float) -> None:
        listen = f"{address.uri}/ {address.ldaps_uri}/"
        # -d keeps slapd in the foreground, with what it must say on standard error.
        command = [str(self._program()), "-d", "none", "-F", self._config_dir, "-h", listen]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command is made above
                ["/usr/bin/setpriv", "--pdeathsig", "TERM", "--", *command],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for whoever started it, who will then stop slapd.
                start_new_session=True,
            )
        if not wait_for_bind(address.uri, timeout_seconds=timeout_seconds, is_alive=lambda: self.is_running):
            reason = "did not answer in time" if self.is_running else "ended while starting"
            self.stop()
            raise SlapdError(f"slapd {reason}:\n{self.log_tail()}")

    def _program(self) -> Path:
        if not _PROGRAM.exists():
            raise SlapdError(f"{_PROGRAM} is missing: install the package slapd (script/bootstrap does)")
        if not _CONFINEMENT.exists():
            return _PROGRAM
        copy = self.directory / "slapd"
        if not copy.exists():
            shutil.copy2(_PROGRAM, copy)
        return copy

    def _run(self, tool: str, *arguments: str) -> str:
        """Run one of slapd's own tools (`slapadd` is `slapd -Tadd`) and return what it printed."""
        done = subprocess.run(  # noqa: S603 - the program is slapd and the arguments are this module's
            [str(self._program()), f"-T{tool}", *arguments],
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SlapdError(f"slap{tool} ended with {done.returncode}:\n{done.stderr.strip()}")
        return done.stdout


def free_ports(count: int) -> list[int]:
    """Find ports on loopback that nobody listens on at this moment.

    They are not of those that the system gives to outgoing connections, so nobody takes them while a server restarts:
    not even a client that tries to reach it, which may otherwise connect to itself.
    """
    candidates = secrets.SystemRandom().sample(_PORTS, k=200)
    return list(islice(filter(_is_free, candidates), count))


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _ldap_boolean(value: bool) -> str:  # noqa: FBT001 - it is what is spelled out
    return "TRUE" if value else "FALSE"


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
