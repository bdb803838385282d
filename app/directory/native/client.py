"""LDAP servers as a directory, by python-ldap: connecting and binding. What is said then is ``session``'s business."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Iterator

import ldap

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.errors import DirectoryError, InsecureConnection, Unavailable
from app.directory.native.connecting import begin_tls, connected
from app.directory.native.connection import Connection
from app.directory.native.controls import WATCHED
from app.directory.native.session import NativeSession, close, policy_answer, result_of, words_of
from app.directory.password_policy import PASSWORD_POLICY
from app.directory.servers.directory import Process, ServerDirectory
from app.directory.servers.results import check, check_stale
from app.directory.servers.session import Credentials
from app.directory.trust import trusting
from app.pem import UnusableFile

_VERSIONS = {"1.2": 0x303, "1.3": 0x304}
# GnuTLS, which Debian builds libldap with, does not heed the option for versions.
_PRIORITIES = {
    "1.2": "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2",
    "1.3": "NORMAL:-VERS-ALL:+VERS-TLS1.3",
}


class NativeDirectory(ServerDirectory):
    """A directory behind one or several servers, by python-ldap."""

    def __init__(self, settings: ConnectionSettings, process: Process | None = None) -> None:
        super().__init__(settings, NativeClient(settings), process)


class NativeClient:
    """python-ldap as a client. libldap is reentrant, and each connection is used by one thread at a time."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings

    def bind(self, server: ServerAddress, credentials: Credentials | None = None) -> NativeSession:
        if not self._settings.is_protected(server):
            raise InsecureConnection(
                f"{server}: a password would be sent unprotected; use ldaps:// or startTls"
            )
        with (
            self._telling(server),
            connected(server, self._settings.connect_seconds) as connection,
        ):
            try:
                self._prepare(connection)
                if server.scheme == "ldaps":
                    begin_tls(connection)
                elif self._settings.tls.start_tls and server.scheme == "ldap":
                    connection.start_tls_s()
                self._say_who(connection, credentials, server)
            except BaseException:
                close(connection)
                raise
        return NativeSession(connection, self._settings)

    def _prepare(self, connection: Connection) -> None:
        connection.protocol_version = ldap.VERSION3
        connection.set_option(ldap.OPT_REFERRALS, 0)
        connection.set_option(ldap.OPT_TIMEOUT, self._settings.connect_seconds)
        _trust(connection, self._settings.tls)

    def _say_who(
        self, connection: Connection, credentials: Credentials | None, server: ServerAddress
    ) -> None:
        method = self._settings.bind_method
        try:
            if credentials is not None:
                self._bind_simply(connection, credentials.dn, credentials.password)
            elif method == "simple":
                self._bind_simply(connection, str(self._settings.bind_dn), self._settings.bind_password)
            else:
                connection.sasl_non_interactive_bind_s(method.upper())
        except ldap.LDAPError as error:
            result = result_of(error)
            if result is None:
                raise
            who = credentials.dn if credentials else str(self._settings.bind_dn) or method
            check(result, doing=f"binding to {server} as {who}", policy=policy_answer(error))
            raise

    def _bind_simply(self, connection: Connection, name: str, password: str) -> None:
        number = connection.simple_bind(name, password, [WATCHED])
        controls = connection.answer(number, self._settings.connect_seconds)
        answers = (each.answer for each in controls if each.controlType == PASSWORD_POLICY)
        check_stale(next(answers, None), doing=f"binding as {name}")

    @contextlib.contextmanager
    def _telling(self, server: ServerAddress) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        except DirectoryError:
            raise
        except (ldap.LDAPError, OSError, ValueError) as error:
            # ValueError: a host name that is none, or a password that cannot be sent.
            took = time.monotonic() - begun
            self._look_at_files()
            raise Unavailable(
                f"connecting to {server}: {_named(error)}",
                diagnostic=words_of(error),
                is_overdue=took >= 0.9 * self._settings.connect_seconds,
            ) from error

    def _look_at_files(self) -> None:
        """Tell of a file that is of no use: libldap says nothing of it."""
        try:
            trusting(self._settings.tls)
        except UnusableFile as error:
            raise Unavailable(str(error)) from error


def _named(error: Exception) -> str:
    """Say in a word or two what went wrong: in the system's words, or by the name that libldap's errors have."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else type(error).__name__


def _trust(connection: Connection, tls: Tls) -> None:
    """Say how the server's certificate is checked: chain and name, unless told otherwise."""
    demanded = ldap.OPT_X_TLS_DEMAND if tls.verify else ldap.OPT_X_TLS_NEVER
    connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, demanded)
    authorities = tls.ca_file or ssl.get_default_verify_paths().cafile
    if authorities:
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, authorities)
    connection.set_option(ldap.OPT_X_TLS_PROTOCOL_MIN, _VERSIONS[tls.minimum_version])
    if ldap.get_option(ldap.OPT_X_TLS_PACKAGE) == "GnuTLS":
        connection.set_option(ldap.OPT_X_TLS_CIPHER_SUITE, _PRIORITIES[tls.minimum_version])
    if tls.certificate:
        connection.set_option(ldap.OPT_X_TLS_CERTFILE, tls.certificate)
        connection.set_option(ldap.OPT_X_TLS_KEYFILE, tls.key or tls.certificate)
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
