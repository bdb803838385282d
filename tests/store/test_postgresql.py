"""Whom a PostgreSQL has to be before anything is said to it, and how long it is waited for."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import OperationalError

from app.store.database import MIGRATION_LOCK, Database
from app.store.postgresql import PATIENCE, connect_args
from app.store.unusable import UnreachableStore
from app.testing import tls
from tests.outbound.postgresql import postgresql

FAR = "store.example.org"
"""A name that is looked for nowhere: the address is given beside it."""


def told(text: str, **environ: str) -> dict[str, str | int]:
    """Return what libpq is told of TLS."""
    args = connect_args(make_url(f"postgresql+psycopg://{text}"), environ)
    return {name: value for name, value in args.items() if name.startswith("ssl")}


@pytest.mark.parametrize(
    "text",
    [
        "/x",
        "localhost/x",
        "127.0.0.1/x",
        "[::1]/x",
        "/x?host=/var/run/postgresql",
        "/x?host=@abstract",
        "/x?host=localhost:5432&host=127.0.0.2:5433",
        "/x?hostaddr=127.0.0.1,::1",
        "/x?host=[::1]:5432",
        "db/x?sslmode=disable",
        "db/x?sslmode=verify-full&sslrootcert=/ca.crt",
    ],
)
def test_left_alone(text: str) -> None:
    """On this machine TLS is nobody's business, and a URL that says something is taken by its word."""
    assert told(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "db/x",
        "10.0.0.1/x",
        "[2001:db8::1]/x",
        "/x?host=localhost:1&host=db:2",
        "/x?host=localhost,db",
        "/x?hostaddr=10.0.0.1",
        "/x?host=2001:db8::1",
        "localhost/x?hostaddr=10.0.0.1",
    ],
)
def test_demanded(text: str) -> None:
    """Beyond it the server is to prove who it is, to authorities that are there."""
    demanded = told(text)

    assert demanded["sslmode"] == "verify-full"
    assert Path(str(demanded["sslrootcert"])).exists()
    assert told(text, PGSSLMODE="require") == {}
    assert told("/x", PGHOST="db") == demanded
    assert told("/x", PGHOSTADDR="10.0.0.1") == demanded
    assert told("/x?service=shared") == told("/x", PGSERVICE="shared") == demanded
    assert told(text, PGSSLROOTCERT="/ca.crt") == {"sslmode": "verify-full"}
    assert told("localhost/x", PGHOST="db") == {}
    assert told(f"{text}{'&' if '?' in text else '?'}sslrootcert=/ca.crt") == {"sslmode": "verify-full"}


def test_patience() -> None:
    """A server that is silently gone is given up, as soon as the URL says."""
    given = connect_args(make_url("postgresql+psycopg://localhost/x?connect_timeout=30"))

    assert given == {name: value for name, value in PATIENCE.items() if name != "connect_timeout"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Issue a certificate for the name."""
    directory = tmp_path_factory.mktemp("certificates")
    tls.issue(directory, names=(x509.DNSName(FAR),))
    return directory


@pytest.fixture(scope="module")
def server(certificates: Path) -> Iterator[URL]:
    """Run a PostgreSQL that speaks TLS; its URL is that of a machine elsewhere."""
    directory = Path(tempfile.mkdtemp(prefix="landbridge-postgresql-"))
    directory.chmod(0o755)
    with postgresql(directory / "server", certificates=certificates) as text:
        url = make_url(text)
        yield url.set(host=FAR, query={"hostaddr": "127.0.0.1"})
    shutil.rmtree(directory)


def ping(url: URL) -> None:
    """Migrate a store, and let it go."""
    database = Database(url.render_as_string(hide_password=False))
    try:
        database.migrate()
    finally:
        database.dispose()


def test_a_server_that_proves_who_it_is(server: URL, certificates: Path) -> None:
    """By a certificate of the authorities that are named, it is spoken with."""
    ping(server.update_query_dict({"sslrootcert": str(certificates / "ca.crt")}))


@pytest.mark.parametrize(
    ("name", "has_authority", "why"),
    [
        pytest.param(FAR, False, "certificate verify failed", id="unknown-authority"),
        pytest.param("elsewhere.example.org", True, "does not match", id="name"),
    ],
)
def test_a_server_that_does_not(
    server: URL,
    certificates: Path,
    name: str,
    has_authority: bool,  # noqa: FBT001 - a case
    why: str,
) -> None:
    """It is told what is wrong, and what can be done; no password is shown."""
    authority = {"sslrootcert": str(certificates / "ca.crt")} if has_authority else {}

    with pytest.raises(UnreachableStore, match=why) as refused:
        ping(server.set(host=name).update_query_dict(authority))

    assert "give database_url ?sslrootcert=FILE" in str(refused.value)
    assert str(server.password) not in str(refused.value)


def test_a_server_without_tls(postgresql_url: URL) -> None:
    """Nothing is said to it in plain, unless the URL says so."""
    url = postgresql_url.set(host=FAR, query={"hostaddr": "127.0.0.1"})

    with pytest.raises(UnreachableStore, match="server does not support SSL"):
        ping(url)

    ping(url.update_query_dict({"sslmode": "disable"}))


def ask_frozen(database: Database) -> None:
    """Ask a server that stops for as long as it is waited for."""
    with database.reading() as session:
        process = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        os.kill(process, signal.SIGSTOP)
        try:
            session.execute(text("SELECT 1"))
        finally:
            os.kill(process, signal.SIGCONT)


def test_a_server_that_is_frozen(copied: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it longer than was said, and once it is back it is used again."""
    monkeypatch.setattr("app.store.patient.PatientConnection.answer_seconds", 0.5)

    with pytest.raises(OperationalError, match=r"does not answer within 0\.5 s"):
        ask_frozen(copied)

    copied.ping()


def test_migrations_take_as_long_as_they_take(copied: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for another process to migrate the store goes on when that is through."""
    monkeypatch.setattr("app.store.patient.PatientConnection.answer_seconds", 0.2)
    lock = {"key": MIGRATION_LOCK}
    with copied.engine.begin() as first, ThreadPoolExecutor(1) as pool:
        first.execute(text("SELECT pg_advisory_xact_lock(:key)"), lock)
        second = pool.submit(copied.migrate)
        with pytest.raises(TimeoutError):
            second.result(timeout=1)
        first.commit()
        second.result(timeout=30)
