"""What is said over one of ldap3's connections: searches and operations, bytes in and bytes out."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from ldap3 import BASE, LEVEL, MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE, SUBTREE, Connection
from ldap3.core.exceptions import LDAPCommunicationError, LDAPExceptionError, LDAPResponseTimeoutError
from ldap3.operation.search import compile_filter, parse_filter
from ldap3.protocol.controls import build_control
from ldap3.protocol.rfc4527 import post_read_control, pre_read_control
from pyasn1.codec.ber.encoder import encode

from app.directory.ber import sequence_of
from app.directory.connection import ConnectionSettings
from app.directory.dn import Dn
from app.directory.errors import ConnectionLost, LimitExceeded, NoSuchEntry, OutcomeUnknown, Refused
from app.directory.filters import Everything, Filter, render
from app.directory.ldap.controls import (
    ASSERTION,
    MATCHED_VALUES,
    PAGED_RESULTS,
    PERMISSIVE_MODIFY,
    POST_READ,
    PRE_READ,
    SHOW_DELETED,
)
from app.directory.ldif import has_secret
from app.directory.model import (
    RELAX,
    TREE_DELETE,
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
from app.directory.password_policy import PASSWORD_POLICY
from app.directory.servers.ranges import complete
from app.directory.servers.results import check, is_overdue
from app.directory.servers.session import Page
from app.directory.windows import WINDOW_ANSWER, controls_for, total_in

WHO_AM_I = "1.3.6.1.4.1.4203.1.11.3"
NO_ATTRIBUTES = ("1.1",)  # RFC 4511 §4.5.1.8

_SCOPES: Mapping[Scope, Any] = {"base": BASE, "one": LEVEL, "subtree": SUBTREE}
_CHANGES = {"add": MODIFY_ADD, "delete": MODIFY_DELETE, "replace": MODIFY_REPLACE}
# No answer came; whether the server has done what it was asked is not known.
_LOST = (
    LDAPCommunicationError,
    LDAPResponseTimeoutError,
    LookupError,
)  # LookupError: an answer that is not LDAP


class Ldap3Session:
    """One bound connection."""

    def __init__(self, connection: Connection, settings: ConnectionSettings) -> None:
        self.replica_id = b""
        self._connection = connection
        self._settings = settings

    def page(self, search: Search, *, page_size: int | None, cookie: bytes = b"") -> Page:
        doing = f"searching {search.base}"
        self._allow(self._settings.search_seconds)
        try:
            self._send_search(search, page_size=page_size, cookie=cookie)
            return self._page(search, doing=doing)
        except _LOST as error:
            raise ConnectionLost(
                f"{doing}: the connection was lost", diagnostic=str(error), is_overdue=is_overdue(error)
            ) from error
        except LDAPExceptionError as error:
            raise _unsendable(error, doing=doing) from error

    def execute(self, operation: Operation, *, read_back: Sequence[str]) -> Entry | None:
        doing = f"{type(operation).__name__} {operation.dn}"
        self._allow(self._settings.operation_seconds)
        try:
            _send(self._connection, operation, _controls(operation, read_back))
        except _LOST as error:
            raise OutcomeUnknown(
                f"{doing}: the connection was lost", diagnostic=str(error), is_overdue=is_overdue(error)
            ) from error
        except LDAPExceptionError as error:
            raise _unsendable(error, doing=doing) from error
        result = self._connection.result
        check(
            result, doing=doing, is_password=isinstance(operation, SetPassword), policy=policy_answer(result)
        )
        return _entry_read_back(operation, result)

    def who_am_i(self) -> str:
        doing = "asking who we are"
        self._allow(self._settings.operation_seconds)
        try:
            self._connection.extended(WHO_AM_I)
        except _LOST as error:
            raise ConnectionLost(
                f"{doing}: the connection was lost", diagnostic=str(error), is_overdue=is_overdue(error)
            ) from error
        except LDAPExceptionError as error:
            raise _unsendable(error, doing=doing) from error
        check(self._connection.result, doing=doing)
        return bytes(self._connection.result.get("responseValue") or b"").decode("utf-8", "replace")

    def has_ended(self) -> bool:
        # An idle connection has nothing to read, unless the server has closed it or said that it will (RFC 4511 §4.4.1).
        poll = select.poll()  # select.select knows no descriptors above 1023
        poll.register(self._connection.socket, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        close(self._connection)

    def cut(self) -> None:
        with (
            contextlib.suppress(OSError, AttributeError),
            socket.socket(fileno=os.dup(self._connection.socket.fileno())) as copy,
        ):
            copy.shutdown(socket.SHUT_RDWR)

    def abandon(self) -> None:
        self._connection.socket.close()

    def _allow(self, seconds: float) -> None:
        with contextlib.suppress(OSError, AttributeError):
            self._connection.socket.settimeout(seconds)

    def _send_search(self, search: Search, *, page_size: int | None, cookie: bytes) -> None:
        self._connection.search(
            search.address or str(search.base),
            render(search.filter),
            search_scope=_SCOPES[search.scope],
            attributes=list(search.attributes or NO_ATTRIBUTES),
            size_limit=search.size_limit or 0,
            time_limit=int(self._settings.search_seconds),
            controls=_search_controls(search),
            paged_size=page_size,
            paged_cookie=cookie or None,
        )

    def _page(self, search: Search, *, doing: str) -> Page:
        connection = self._connection
        try:
            check(connection.result, doing=doing)
        except NoSuchEntry:
            return Page([])
        except LimitExceeded:
            # A limit of the server's own comes sooner than ours, and is not to be taken for the end.
            if search.size_limit is None or len(connection.response or ()) < search.size_limit:
                raise
        answers = connection.response or ()
        found = [_entry(each) for each in answers if each["type"] == "searchResEntry"]
        references = [tuple(each["uri"]) for each in answers if each["type"] == "searchResRef"]
        cookie = _cookie(connection)
        total = _total(connection) if search.window else None
        return Page([complete(entry, self._fetch) for entry in found], cookie, references, total)

    def _fetch(self, dn: Dn, attribute: str) -> Entry:
        self._connection.search(str(dn), render(Everything()), search_scope=BASE, attributes=[attribute])
        check(self._connection.result, doing=f"reading {attribute} of {dn}")
        answers = self._connection.response or ()
        return next((_entry(each) for each in answers if each["type"] == "searchResEntry"), Entry(dn, {}))


def close(connection: Connection) -> None:
    """Close a connection in whatever state it is; a socket that was never fully opened, too."""
    with contextlib.suppress(LDAPExceptionError, OSError):
        connection.unbind()
    if connection.socket is not None:
        connection.socket.close()


def _unsendable(error: LDAPExceptionError, *, doing: str) -> Refused:
    """Say that an operation cannot be put into a message, so that nothing was sent."""
    return Refused(f"{doing}: {type(error).__name__}", diagnostic=str(error))


def _send(connection: Connection, operation: Operation, controls: list[Any] | None) -> None:
    match operation:
        case Add(dn, attributes, kept):
            connection.add(
                str(dn),
                attributes={name: list(values) for name, values in {**attributes, **kept}.items()},
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
            connection.extend.standard.modify_password(str(dn), new_password=password, controls=controls)
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
    if read_back and isinstance(operation, Delete):
        controls.append(pre_read_control(list(read_back), criticality=False))
    if isinstance(operation, Add) and operation.kept:
        controls.append(build_control(RELAX, True, None))
    if has_secret(operation):
        controls.append(build_control(PASSWORD_POLICY, False, None))
    if not isinstance(operation, Add | SetPassword) and operation.assertion is not None:
        controls.append(build_control(ASSERTION, True, _encoded(operation.assertion)))
    if isinstance(operation, Modify) and operation.permissive:
        # Who does not know it says what is there already, or is not: no worse than refusing all.
        controls.append(build_control(PERMISSIVE_MODIFY, False, None))
    if isinstance(operation, Delete) and operation.with_below:
        controls.append(build_control(TREE_DELETE, True, None))
    if isinstance(operation, Modify) and operation.is_of_deleted:
        controls.append(build_control(SHOW_DELETED, True, None))
    return controls or None


def _search_controls(search: Search) -> list[Any] | None:
    controls = [build_control(SHOW_DELETED, True, None)] if search.with_deleted else []
    if search.values:
        # RFC 3876 §2: ValuesReturnFilter ::= SEQUENCE OF SimpleFilterItem
        items = [encode(_encoded(item)) for item in search.values]
        controls.append(build_control(MATCHED_VALUES, False, sequence_of(items), encode_control_value=False))
    if search.window:
        controls += [
            build_control(oid, True, value, encode_control_value=False)
            for oid, value in controls_for(search.window)
        ]
    return controls or None


def _encoded(node: Filter) -> Any:
    root = parse_filter(render(node), None, False, False, None, False)
    return compile_filter(root.elements[0])


def _entry(found: Mapping[str, Any]) -> Entry:
    return Entry.of(Dn.told(found["dn"]), found["raw_attributes"])


def _entry_read_back(operation: Operation, result: Mapping[str, Any]) -> Entry | None:
    answers = result.get("controls") or {}
    control = answers.get(POST_READ) or answers.get(PRE_READ)
    if control is None:
        return None
    dn = operation.new_dn if isinstance(operation, Rename) else operation.dn
    return Entry.of(dn, control["value"]["result"])


def policy_answer(result: Mapping[str, Any]) -> bytes | None:
    """Return what the server says of its password policy."""
    control = (result.get("controls") or {}).get(PASSWORD_POLICY)
    return None if control is None else control["value"]


def _total(connection: Connection) -> int | None:
    control = (connection.result.get("controls") or {}).get(WINDOW_ANSWER)
    return total_in(control["value"]) if control else None


def _cookie(connection: Connection) -> bytes:
    control = (connection.result.get("controls") or {}).get(PAGED_RESULTS)
    return (control["value"]["cookie"] or b"") if control else b""
