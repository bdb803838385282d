"""Why a store cannot be used: from the start, in the words of who set it up, or just now. No message has a password in it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from app.telemetry import STORE_FAILURES, get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

FAILURES: Final = (OperationalError, InterfaceError, sqlite3.OperationalError)
"""What is raised by a store that cannot be used just now: its disk is full, it is locked, its server does not answer."""

_TLS = (
    " (Beyond this machine PostgreSQL is to prove who it is: give database_url ?sslrootcert=FILE, the authorities of its"
    " certificate, with sslmode=verify-full; or sslmode=disable where the network may read and change all that is said.)"
)
_log = get_logger("landbridge.store")


def report(failure: Exception, **known: str) -> None:
    """Count a failure of the store, and log why it failed: on one line, unless it is for a fault of ours."""
    STORE_FAILURES.inc()
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    # SQLite calls a statement that is wrong operational, too.
    is_ours = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    traced = {"exc_info": failure} if is_ours else {}
    _log.error("store_failed", reason=reason_of(failure), **known, **traced)


def reason_of(failure: Exception) -> str:
    """Say on one line why a store failed, without statements and what they were about."""
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    return " ".join(str(cause).split())


@contextmanager
def regardless() -> Iterator[None]:
    """Go on where the store fails in the block: what is not written down there runs out by itself, or harms nobody."""
    try:
        yield
    except FAILURES as error:
        report(error)


class UnusableStore(Exception):
    """The store cannot be used; the text says which, and why."""


class UnreachableStore(UnusableStore):
    """The server of the store does not answer, or not us."""


@contextmanager
def using_file(path: str) -> Iterator[None]:
    """Have a file of SQLite made or opened by the block; raise UnusableStore."""
    try:
        yield
    except OSError as error:
        by = f"as user {os.getuid()}"
        raise UnusableStore(f"the store {path} cannot be written to {by}: {error.strerror}") from error
    except sqlite3.Error as error:
        raise UnusableStore(f"the store {path} cannot be used: {error}") from error


@contextmanager
def using(url: URL) -> Iterator[None]:
    """Have a store asked for the first time by the block; raise UnusableStore."""
    # Parameters may have passwords, too.
    name = url.database if url.get_backend_name() == "sqlite" else url.set(query={}).render_as_string()
    try:
        yield
    except DBAPIError as error:
        kind = UnusableStore if isinstance(error.orig, sqlite3.Error) else UnreachableStore
        raise kind(f"the store {name} cannot be used: {reason_of(error)}{_way_out(error)}") from error
    except CommandError as error:
        raise UnusableStore(
            f"the store {name} is another version's, which is newer or not finished: {error}"
        ) from error


def _way_out(failure: DBAPIError) -> str:
    # libpq speaks of SSL in all that it says of TLS, but for the certificate.
    is_tls = not isinstance(failure.orig, sqlite3.Error) and any(
        word in str(failure.orig) for word in ("SSL", "certificate")
    )
    return _TLS if is_tls else ""


@contextmanager
def driving(url: URL) -> Iterator[None]:
    """Have the driver for a URL loaded by the block; raise UnusableStore."""
    try:
        yield
    except ImportError as error:
        extra = "; psycopg comes with the extra: pip install 'landbridge[postgresql]'"
        is_ours = url.get_driver_name() == "psycopg"
        raise UnusableStore(f"database_url: {error}{extra if is_ours else ''}") from error
