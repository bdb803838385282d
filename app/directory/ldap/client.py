"""LDAP servers as a directory, by ldap3.

Connections are pooled; results become errors in ``results``. Reading is tried once more on a fresh connection when
one fails, writing never: nobody knows whether the server had carried it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from threading import Lock
from typing import Any, TypeVar, assert_never

from ldap3 import (
    BASE,
    LEVEL,
    MODIFY_ADD,
    MODIFY_DELETE,
    MODIFY_REPLACE,
    NONE,
    SUBTREE,
    SYNC,
    Connection,
    Server,
)
from ldap3.core.exceptions import LDAPCommunicationError, LDAPExceptionError, LDAPResponseTimeoutError
from ldap3.operation.search import compile_filter, parse_filter
from ldap3.protocol.controls import build_control
from ldap3.protocol.rfc4527 import post_read_control

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.dn import Dn
from app.directory.errors import (
    DirectoryError,
    InsecureConnection,
    InsufficientAccess,
    InvalidCredentials,
    LimitExceeded,
    NoSuchEntry,
    OutcomeUnknown,
    Refused,
    SchemaViolation,
    Unavailable,
)
from app.directory.filters import Everything, Filter, Nothing, render
from app.directory.ldap.controls import ASSERTION, PAGED_RESULTS, PERMISSIVE_MODIFY, POST_READ, decode_control
from app.directory.ldap.pool import Pool, close
from app.directory.ldap.ranges import complete
from app.directory.ldap.replicas import ReplicaConnection, stamped
from app.directory.ldap.results import check, unavailable
from app.directory.ldap.trust import Trust
from app.directory.model import (
    Add,
    Change,
    Delete,
    Entry,
    Modify,
    Operation,
    Rename,
    Scope,
    Search,
    SetPassword,
)
from app.directory.port import Capabilities

NO_ATTRIBUTES = ("1.1",)  # RFC 4511 §4.5.1.8

_SCOPES: Mapping[Scope, Any] = {"base": BASE, "one": LEVEL, "subtree": SUBTREE}
_CHANGES = {"add": MODIFY_ADD, "delete": MODIFY_DELETE, "replace": MODIFY_REPLACE}
# No answer came; whether the server has done what it was asked is not known.
_LOST = (LDAPCommunicationError, LDAPResponseTimeoutError)
Result = TypeVar("Result")


class LdapDirectory:
    """A directory behind one or several servers, tried in their order."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings
        self._pool = Pool(self._connect, size=settings.pool_size, wait_seconds=settings.wait_seconds)
        self._capabilities: Capabilities | None = None
        self._lock = Lock()

    def search(self, search: Search) -> Iterator[Entry]:
        if isinstance(search.filter, Nothing):
            return
        page_size = self._settings.page_size
        if search.size_limit is not None and search.size_limit <= page_size:
            found = self._reading(lambda connection: self._search(connection, search, page_size=None)[0])
            # Samba knows no size limit.
            yield from found[: search.size_limit]
            return
        yield from islice(self._pages(search, page_size), search.size_limit)

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        doing = f"{type(operation).__name__} {operation.dn}"
        try:
            with self._pool.connection() as connection:
                _send(connection, operation, _controls(operation, read_back))
                result = connection.result
        except _LOST as error:
            raise OutcomeUnknown(f"{doing}: the connection was lost", diagnostic=str(error)) from error
        except LDAPExceptionError as error:
            raise _unsendable(error, doing=doing) from error
        check(result, doing=doing, is_password=isinstance(operation, SetPassword))
        return _entry_read_back(operation, result)

    def authenticate(self, dn: Dn, password: str) -> None:
        # RFC 4513 §5.1.2: a name with an empty password is an unauthenticated bind, which "succeeds".
        if not password or not dn.rdns:
            raise InvalidCredentials("the name or the password is empty")
        try:
            close(self._first_that_answers(str(dn), password))
        except (InsufficientAccess, SchemaViolation) as error:
            # inappropriateAuthentication, invalidDNSyntax: who has no password, or cannot exist, has no right one.
            raise InvalidCredentials(str(error), code=error.code, diagnostic=error.diagnostic) from error

    def capabilities(self) -> Capabilities:
        with self._lock:
            if self._capabilities is None:
                self._capabilities = self._read_capabilities()
            return self._capabilities

    def close(self) -> None:
        """Close idle connections."""
        self._pool.close()

    def _connect(self) -> ReplicaConnection:
        connection = self._first_that_answers(str(self._settings.bind_dn), self._settings.bind_password)
        if self._settings.replica:
            connection.learn(self._settings.replica)
        return connection

    def _first_that_answers(self, user: str, password: str) -> ReplicaConnection:
        failures: list[DirectoryError] = []
        for server in self._settings.servers:
            try:
                return self._bind(server, user, password)
            except Unavailable as error:
                failures.append(error)
        raise failures[0]

    def _bind(self, server: ServerAddress, user: str, password: str) -> ReplicaConnection:
        if not self._settings.is_protected(server):
            raise InsecureConnection(
                f"{server}: a password would be sent unprotected; use ldaps:// or startTls"
            )
        connection: ReplicaConnection | None = None
        try:
            connection = self._connection(server, user, password)
            connection.open(read_server_info=False)
            if self._settings.tls.start_tls and server.scheme == "ldap":
                connection.start_tls(read_server_info=False)
            connection.bind(read_server_info=False)
        except (LDAPExceptionError, OSError, ValueError) as error:
            # ValueError: a host name that is none, or a password that cannot be sent.
            if connection is not None:
                close(connection)
            raise unavailable(error, doing=f"connecting to {server}") from error
        try:
            check(connection.result, doing=f"binding to {server} as {user}")
        except DirectoryError:
            close(connection)
            raise
        return connection

    def _connection(self, server: ServerAddress, user: str, password: str) -> ReplicaConnection:
        connection = ReplicaConnection(
            self._server(server),
            user=user,
            password=password,
            client_strategy=SYNC,
            check_names=False,
            auto_referrals=False,
            receive_timeout=int(self._settings.operation_seconds),
            return_empty_attributes=False,
            auto_range=False,  # ldap3's own way takes an error in the middle for the end
        )
        connection.strategy.decode_control_fast = decode_control
        return connection

    def _server(self, address: ServerAddress) -> Server:
        if address.scheme == "ldapi":
            return Server(str(address), get_info=NONE, connect_timeout=self._settings.connect_seconds)
        return Server(
            address.host,
            port=address.port,
            use_ssl=address.scheme == "ldaps",
            tls=self._trust(),
            get_info=NONE,
            connect_timeout=self._settings.connect_seconds,
        )

    def _trust(self) -> Trust:
        try:
            return Trust(self._settings.tls)
        except OSError as error:
            raise Unavailable(
                f"the authorities in {self._settings.tls.ca_file} cannot be read: {error}"
            ) from error

    def _reading(self, read: Callable[[Connection], Result]) -> Result:
        """Read, and once more on another connection if the first one turns out to be dead."""
        for is_last in (False, True):
            try:
                with self._pool.connection() as connection:
                    return read(connection)
            except LDAPExceptionError as error:
                _raise_unless_worth_another(error, is_last=is_last)
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _pages(self, search: Search, page_size: int) -> Iterator[Entry]:
        entries: list[Entry] = []
        for is_last in (False, True):
            has_begun = False
            try:
                # RFC 2696: the cookie belongs to its connection, so one connection is kept for all pages.
                with self._pool.connection() as connection:
                    entries, cookie = self._search(connection, search, page_size=page_size)
                    while cookie:
                        has_begun = True
                        yield from entries
                        entries, cookie = self._search(connection, search, page_size=page_size, cookie=cookie)
                break
            except LDAPExceptionError as error:
                _raise_unless_worth_another(error, is_last=is_last or has_begun)
        yield from entries

    def _search(
        self, connection: Connection, search: Search, *, page_size: int | None, cookie: bytes | None = b""
    ) -> tuple[list[Entry], bytes | None]:
        connection.search(
            search.address or str(search.base),
            render(search.filter),
            search_scope=_SCOPES[search.scope],
            attributes=list(search.attributes or NO_ATTRIBUTES),
            size_limit=search.size_limit or 0,
            paged_size=page_size,
            paged_cookie=cookie or None,
        )
        try:
            check(connection.result, doing=f"searching {search.base}")
        except NoSuchEntry:
            return [], None
        except LimitExceeded:
            # A limit of the server's own comes sooner than ours, and is not to be taken for the end.
            if search.size_limit is None or len(connection.response or ()) < search.size_limit:
                raise
        # Referrals to other parts of the forest come along with what is found; they are not followed.
        found = [_entry(each) for each in connection.response or () if each["type"] == "searchResEntry"]
        cookie = _cookie(connection)
        whole = [complete(entry, partial(_fetch, connection, entry.dn)) for entry in found]
        return [stamped(entry, connection, search.attributes) for entry in whole], cookie

    def _read_capabilities(self) -> Capabilities:
        search = Search(
            Dn(()),
            scope="base",
            attributes=("supportedControl", "supportedExtension", "supportedFeatures", "vendorName"),
            size_limit=1,
        )
        root = next(self.search(search), Entry(Dn(()), {}))
        return Capabilities(
            controls=_texts(root, "supportedControl"),
            extensions=_texts(root, "supportedExtension"),
            features=_texts(root, "supportedFeatures"),
            vendor=root.text("vendorName") or "",
        )


def _raise_unless_worth_another(error: LDAPExceptionError, *, is_last: bool) -> None:
    if not isinstance(error, _LOST):
        raise _unsendable(error, doing="searching") from error
    if is_last:
        raise unavailable(error, doing="searching") from error


def _unsendable(error: LDAPExceptionError, *, doing: str) -> Refused:
    """Say that an operation cannot be put into a message, so that nothing was sent."""
    return Refused(f"{doing}: {type(error).__name__}", diagnostic=str(error))


def _send(connection: Connection, operation: Operation, controls: list[Any] | None) -> None:
    match operation:
        case Add(dn, attributes):
            connection.add(
                str(dn),
                attributes={name: list(values) for name, values in attributes.items()},
                controls=controls,
            )
        case Modify(dn, changes):
            connection.modify(operation.address or str(dn), _changes(changes), controls=controls)
        case Rename(dn, rdn, new_parent):
            connection.modify_dn(
                str(dn),
                str(rdn),
                delete_old_dn=not operation.keeps_old,
                new_superior=None if new_parent is None else str(new_parent),
                controls=controls,
            )
        case Delete(dn):
            connection.delete(operation.address or str(dn), controls=controls)
        case SetPassword(dn, password):
            connection.extend.standard.modify_password(str(dn), new_password=password)
        case _:
            assert_never(operation)


def _changes(changes: Sequence[Change]) -> Mapping[str, list[tuple[str, list[bytes]]]]:
    grouped: dict[str, list[tuple[str, list[bytes]]]] = {}
    for change in changes:
        grouped.setdefault(change.attribute, []).append((_CHANGES[change.kind], list(change.values)))
    return grouped


def _controls(operation: Operation, read_back: Sequence[str]) -> list[Any] | None:
    controls = []
    if read_back and isinstance(operation, Add | Modify | Rename):
        controls.append(post_read_control(list(read_back), criticality=False))
    if not isinstance(operation, Add | SetPassword) and operation.assertion is not None:
        controls.append(build_control(ASSERTION, True, _encoded(operation.assertion)))
    if isinstance(operation, Modify) and operation.permissive:
        controls.append(build_control(PERMISSIVE_MODIFY, True, None))
    return controls or None


def _encoded(node: Filter) -> Any:
    root = parse_filter(render(node), None, False, False, None, False)
    return compile_filter(root.elements[0])


def _fetch(connection: Connection, dn: Dn, attribute: str) -> Entry:
    connection.search(str(dn), render(Everything()), search_scope=BASE, attributes=[attribute])
    check(connection.result, doing=f"reading {attribute} of {dn}")
    found = (_entry(each) for each in connection.response or () if each["type"] == "searchResEntry")
    return next(found, Entry(dn, {}))


def _entry(found: Mapping[str, Any]) -> Entry:
    return Entry.of(Dn.parse(found["dn"]), found["raw_attributes"])


def _entry_read_back(operation: Operation, result: Mapping[str, Any]) -> Entry | None:
    control = (result.get("controls") or {}).get(POST_READ)
    if control is None:
        return None
    dn = operation.new_dn if isinstance(operation, Rename) else operation.dn
    return Entry.of(dn, control["value"]["result"])


def _cookie(connection: Connection) -> bytes | None:
    control = (connection.result.get("controls") or {}).get(PAGED_RESULTS)
    return (control["value"]["cookie"] or None) if control else None


def _texts(entry: Entry, attribute: str) -> frozenset[str]:
    return frozenset(value.decode() for value in entry.values(attribute))
