"""LDAP servers as a directory, by ldap3: connecting and binding. What is said then is ``session``'s business."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ldap3 import EXTERNAL, NONE, SASL, SYNC, Connection, Server
from ldap3.core.exceptions import LDAPExceptionError
from ldap3.protocol.controls import build_control

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.errors import DirectoryError, InsecureConnection, Unavailable
from app.directory.ldap.controls import decode_control
from app.directory.ldap.kerberos import KerberosConnection, KerberosFailed
from app.directory.ldap.naming import NamedServer
from app.directory.ldap.result_codes import know_all
from app.directory.ldap.session import Ldap3Session, close, policy_answer
from app.directory.ldap.trust import Trust
from app.directory.password_policy import PASSWORD_POLICY
from app.directory.servers.directory import Process, ServerDirectory
from app.directory.servers.results import check, check_stale, unavailable
from app.directory.servers.session import Credentials
from app.network.connecting import watch
from app.pem import UnusableFile

know_all()


class LdapDirectory(ServerDirectory):
    """A directory behind one or several servers, by ldap3."""

    def __init__(self, settings: ConnectionSettings, process: Process | None = None) -> None:
        super().__init__(settings, Ldap3Client(settings), process)


class Ldap3Client:
    """ldap3 as a client. Thread-safe: connections are synchronous, and each is used by one thread at a time."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings

    def bind(self, server: ServerAddress, credentials: Credentials | None = None) -> Ldap3Session:
        if not self._settings.is_protected(server):
            raise InsecureConnection(
                f"{server}: a password would be sent unprotected; use ldaps:// or startTls"
            )
        connection: Connection | None = None
        try:
            connection = self._connection(server, credentials)
            connection.open(read_server_info=False)
            if server.scheme != "ldapi":
                watch(connection.socket, self._settings.connect_seconds)
            if self._settings.tls.start_tls and server.scheme == "ldap":
                connection.start_tls(read_server_info=False)
            connection.bind(read_server_info=False, controls=[build_control(PASSWORD_POLICY, False, None)])
        except (
            LDAPExceptionError,
            KerberosFailed,
            OSError,
            ValueError,
            LookupError,
            ImportError,
        ) as error:
            # ValueError: a host name that is none, or a password that cannot be sent. LookupError: an answer that is
            # not LDAP. ImportError: no gssapi.
            if connection is not None:
                close(connection)
            raise unavailable(error, doing=f"connecting to {server}") from error
        doing = f"binding to {server} as {connection.user or self._settings.bind_method}"
        policy = policy_answer(connection.result)
        try:
            check(connection.result, doing=doing, policy=policy)
            check_stale(policy, doing=doing)
        except DirectoryError:
            close(connection)
            raise
        return Ldap3Session(connection, self._settings)

    def _connection(self, server: ServerAddress, credentials: Credentials | None) -> Connection:
        connection = self._who(credentials)(
            self._server(server),
            client_strategy=SYNC,
            check_names=False,
            auto_referrals=False,
            # While connecting; afterwards each question has a time of its own.
            receive_timeout=max(1, int(self._settings.connect_seconds)),
            return_empty_attributes=False,
            auto_range=False,  # ldap3's own way takes an error in the middle for the end
        )
        connection.strategy.decode_control_fast = decode_control
        return connection

    def _who(self, credentials: Credentials | None) -> Callable[..., Connection]:
        """Return what makes a connection for somebody, or for us."""
        settings = self._settings
        if credentials is not None:
            return partial(Connection, user=credentials.dn, password=credentials.password)
        match settings.bind_method:
            case "simple":
                return partial(Connection, user=str(settings.bind_dn), password=settings.bind_password)
            case "external":
                return partial(Connection, authentication=SASL, sasl_mechanism=EXTERNAL, sasl_credentials="")
            case "gssapi":
                return partial(KerberosConnection, keytab=settings.keytab)

    def _server(self, address: ServerAddress) -> Server:
        if address.scheme == "ldapi":
            return Server(str(address), get_info=NONE, connect_timeout=self._settings.connect_seconds)
        return NamedServer(
            address.host,
            port=address.port,
            use_ssl=address.scheme == "ldaps",
            tls=self._trust(),
            get_info=NONE,
            connect_timeout=self._settings.connect_seconds,
        )

    def _trust(self) -> Trust:
        try:
            # Read anew for each connection: certificates are exchanged while we run.
            return Trust(self._settings.tls)
        except UnusableFile as error:
            raise Unavailable(str(error)) from error
