"""Testing a connection step by step: each is told with what came of it, and those behind a failure are not tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.port import Acquainted, Directory
from app.network.connecting import connect
from app.network.names import Names
from app.preparation.detection import Root, read_root
from app.preparation.finding import has_errors
from app.preparation.live import NoSchema, read_subschema
from app.preparation.openldap_config import exists
from app.preparation.tls_probe import check_server

Outcome = Literal["passed", "failed", "warning", "skipped"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a test, and what came of it."""

    name: str
    outcome: Outcome
    told: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it for a machine."""
        return {"step": self.name, "outcome": self.outcome, "told": self.told}


@dataclass(frozen=True, slots=True)
class Trial:
    """What a test of a connection brought. ``root`` is None where nobody got so far."""

    steps: tuple[Step, ...]
    root: Root | None = None

    @property
    def passed(self) -> bool:
        """Whether no step failed."""
        return all(step.outcome != "failed" for step in self.steps)


@runtime_checkable
class _Closable(Protocol):
    def close(self) -> None: ...


def try_connection(
    settings: ConnectionSettings,
    base: Dn | None,
    *,
    connect: Callable[[ConnectionSettings], Directory],
    now: datetime,
) -> Trial:
    """Test how a directory is reached. Nothing is changed there."""
    steps: list[Step] = []
    reached = [_reach(server, settings, steps, now=now) for server in settings.servers]
    if settings.servers and not any(reached):
        return Trial((*steps, *_skipped("bind")))
    directory = connect(settings)
    try:
        root = _ask(directory, base, steps)
    finally:
        if isinstance(directory, _Closable):
            directory.close()
    return Trial(tuple(steps), root)


_AFTER_BIND = ("who am I", "product", "base", "schema")


def _skipped(*names: str) -> Iterator[Step]:
    for name in (*names, *_AFTER_BIND):
        yield Step(name, "skipped", "Not tried.")


def _reach(server: ServerAddress, settings: ConnectionSettings, steps: list[Step], *, now: datetime) -> bool:
    if server.scheme == "ldapi":
        return True
    for name, look in (("resolve", _resolve), ("connect", _connect)):
        try:
            steps.append(Step(f"{name} {server.host}", "passed", look(server, settings)))
        except (OSError, UnicodeError) as error:
            steps.append(Step(f"{name} {server.host}", "failed", f"{error}."))
            return False
    found = list(check_server(server, settings, now=now))
    if not found:
        is_tls = server.scheme == "ldaps" or settings.tls.start_tls
        told = (
            "The certificate is trusted, and is this server's." if is_tls else "Not needed on this machine."
        )
        steps.append(Step(f"TLS {server.host}", "passed" if is_tls else "skipped", told))
        return True
    # Where certificates are not checked, that is said, and the rest is tried all the same.
    outcome: Outcome = "failed" if has_errors(found) and settings.tls.verify else "warning"
    steps.append(Step(f"TLS {server.host}", outcome, " ".join(f"{each.seen} {each.fix}" for each in found)))
    return outcome != "failed"


def _resolve(server: ServerAddress, settings: ConnectionSettings) -> str:
    # What DNS says now, whatever is remembered.
    found = Names().addresses(server.host, server.port, settings.connect_seconds)
    return ", ".join(dict.fromkeys(str(address[0]) for *_, address in found)) + "."


def _connect(server: ServerAddress, settings: ConnectionSettings) -> str:
    connect(server.host, server.port, settings.connect_seconds).close()
    return f"Port {server.port} is open."


def _ask(directory: Directory, base: Dn | None, steps: list[Step]) -> Root | None:
    try:
        root = read_root(directory)
    except DirectoryError as error:
        steps += [Step("bind", "failed", _said(error)), *_skipped()]
        return None
    steps.append(Step("bind", "passed", "The server accepts the account."))
    steps.append(_who(directory))
    steps.append(Step("product", "passed", f"{root.detect()}."))
    steps.append(_base(directory, base, root))
    steps.append(_schema(directory))
    return root


def _who(directory: Directory) -> Step:
    if not isinstance(directory, Acquainted):
        return Step("who am I", "skipped", "The directory cannot be asked.")
    try:
        known = directory.who_am_i()
    except DirectoryError as error:
        return Step("who am I", "skipped", f"The server does not tell: {_said(error)}")
    # RFC 4532 §2.2: an empty answer is anonymity.
    return Step("who am I", "passed", known) if known else Step("who am I", "failed", "Nobody: anonymous.")


def _base(directory: Directory, base: Dn | None, root: Root) -> Step:
    contexts = "; ".join(map(str, root.contexts)) or "none"
    if base is None:
        return Step("base", "skipped", f"The directory has {contexts}.")
    try:
        if exists(directory, base):
            return Step("base", "passed", f"{base} can be read.")
    except DirectoryError as error:
        return Step("base", "failed", _said(error))
    told = f"There is no {base}, or the account does not see it. The directory has {contexts}."
    return Step("base", "failed", told)


def _schema(directory: Directory) -> Step:
    try:
        schema = read_subschema(directory)
    except NoSchema as error:
        return Step("schema", "warning", f"{error}.")
    except DirectoryError as error:
        return Step("schema", "failed", _said(error))
    told = f"{len(schema.attribute_types)} attributes and {len(schema.object_classes)} object classes."
    return Step("schema", "passed", told)


def _said(error: DirectoryError) -> str:
    return f"{error}." + (f" {error.diagnostic}" if error.diagnostic else "")
