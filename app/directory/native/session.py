"""What is said over one of python-ldap's connections: searches and operations, bytes in and bytes out."""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn, TypeAlias, assert_never

import ldap

from app.directory.connection import ConnectionSettings
from app.directory.dn import Dn
from app.directory.errors import (
    ConnectionLost,
    DirectoryError,
    LimitExceeded,
    NoSuchEntry,
    OutcomeUnknown,
    Refused,
)
from app.directory.filters import Everything, render
from app.directory.model import (
    Add,
    Delete,
    Entry,
    Modify,
    Operation,
    Rename,
    Scope,
    Search,
    SetPassword,
)
from app.directory.native.connection import Connection
from app.directory.native.controls import (
    POST_READ,
    PRE_READ,
    EncodedControl,
    controls_of,
    cookie_in,
    search_controls,
    total_in,
)
from app.directory.password_policy import PASSWORD_POLICY
from app.directory.servers.ranges import complete
from app.directory.servers.results import check
from app.directory.servers.session import Page

NO_ATTRIBUTES = ("1.1",)  # RFC 4511 §4.5.1.8

_SCOPES: Mapping[Scope, int] = {
    "base": ldap.SCOPE_BASE,
    "one": ldap.SCOPE_ONELEVEL,
    "subtree": ldap.SCOPE_SUBTREE,
}
_CHANGES = {"add": ldap.MOD_ADD, "delete": ldap.MOD_DELETE, "replace": ldap.MOD_REPLACE}
# Codes of libldap's own: no answer came, or none that could be read.
_SERVER_DOWN, _DECODING_ERROR, _TIMEOUT, _CONNECT_ERROR = -1, -4, -5, -11
_LOST = {_SERVER_DOWN, _DECODING_ERROR, _TIMEOUT, _CONNECT_ERROR}
# TypeError, ValueError: it cannot be put into a message.
_UNSENT = (ldap.LDAPError, TypeError, ValueError)
Lost: TypeAlias = ConnectionLost | OutcomeUnknown
_URL = re.compile(r"^ldap[si]?://\S+", re.MULTILINE)


class NativeSession:
    """One bound connection."""

    def __init__(self, connection: Connection, settings: ConnectionSettings) -> None:
        self.replica_id = b""
        self._connection = connection
        self._settings = settings
        self._socket: int = connection.get_option(ldap.OPT_DESC)
        self._poll = select.poll()  # select.select knows no descriptors above 1023
        self._poll.register(self._socket, select.POLLIN)

    def page(self, search: Search, *, page_size: int | None, cookie: bytes = b"") -> Page:
        found = self._asked(search, page_size=page_size, cookie=cookie)
        found.entries[:] = [complete(entry, self._fetch) for entry in found.entries]
        return found

    def _asked(self, search: Search, *, page_size: int | None, cookie: bytes = b"") -> Page:
        """Return a page as it comes, with attributes that came in part."""
        try:
            number = self._send_search(search, page_size=page_size, cookie=cookie)
        except _UNSENT as error:
            raise _unsent(error, ConnectionLost, doing=f"searching {search.base}") from error
        found: list[tuple[str | None, Any]] = []
        total: int | None = None
        try:
            controls = self._collect(found, number, search)
            cookie = cookie_in(controls)
            if search.window is not None:
                total = total_in(controls)
        except NoSuchEntry:
            return Page([])
        except LimitExceeded:
            if search.is_for_one:
                return self._asked(replace(search, is_for_one=False), page_size=page_size, cookie=cookie)
            # A limit of the server's own comes sooner than ours, and is not to be taken for the end.
            if search.size_limit is None or len(found) < search.size_limit:
                raise
            cookie = b""
        entries = [Entry.of(Dn.told(dn), attributes) for dn, attributes in found if dn is not None]
        if len(entries) == len(found):
            return Page(entries, cookie, total=total)
        return Page(entries, cookie, [tuple(urls) for dn, urls in found if dn is None], total)

    def execute(self, operation: Operation, *, read_back: Sequence[str]) -> Entry | None:
        try:
            number = _send(self._connection, operation, controls_of(operation, read_back))
        except _UNSENT as error:
            raise _unsent(error, OutcomeUnknown, doing=_doing(operation)) from error
        try:
            controls = self._connection.answer(number, self._settings.operation_seconds)
        except ldap.LDAPError as error:
            refuse(
                error, OutcomeUnknown, doing=_doing(operation), is_password=isinstance(operation, SetPassword)
            )
        found = next((each.found for each in controls if each.controlType in {PRE_READ, POST_READ}), None)
        if found is None:
            return None
        return Entry.of(operation.new_dn if isinstance(operation, Rename) else operation.dn, found)

    def who_am_i(self) -> str:
        try:
            return str(self._connection.whoami_s() or "")
        except ldap.LDAPError as error:
            refuse(error, ConnectionLost, doing="asking who we are")

    def has_ended(self) -> bool:
        # An idle connection has nothing to read, unless the server has closed it or said that it will (RFC 4511 §4.4.1).
        return bool(self._poll.poll(0))

    def close(self) -> None:
        close(self._connection)

    def cut(self) -> None:
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self._socket)) as copy:
            copy.shutdown(socket.SHUT_RDWR)

    def abandon(self) -> None:
        # libldap says goodbye over whatever its descriptor leads to.
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, self._socket)
            os.close(nowhere)
        close(self._connection)

    def _send_search(self, search: Search, *, page_size: int | None, cookie: bytes) -> int:
        return self._connection.ask(
            search.address or str(search.base),
            _SCOPES[search.scope],
            render(search.filter),
            search.attributes or NO_ATTRIBUTES,
            search_controls(search, page_size, cookie),
            seconds=self._settings.search_seconds,
            limit=search.size_limit or 0,
        )

    def _collect(
        self, found: list[tuple[str | None, Any]], number: int, search: Search
    ) -> Sequence[EncodedControl]:
        """Add all that answers a search; return the controls of its end."""
        # Where a limit may well end it, one by one: python-ldap drops what came before an error.
        is_whole = search.size_limit is None or search.is_for_one or search.scope == "base"
        kind: int | None = None
        controls: Sequence[EncodedControl] = ()
        try:
            while kind != ldap.RES_SEARCH_RESULT:
                kind, entries, controls = self._connection.found(
                    number, self._settings.search_seconds, is_whole=is_whole
                )
                found += entries
        except ldap.LDAPError as error:
            refuse(error, ConnectionLost, doing=f"searching {search.base}")
        return controls

    def _fetch(self, dn: Dn, attribute: str) -> Entry:
        search = Search(dn, "base", Everything(), (attribute,))
        return next(iter(self._asked(search, page_size=None).entries), Entry(dn, {}))


def _unsent(error: Exception, lost: type[Lost], *, doing: str) -> DirectoryError:
    """Say why something was not sent."""
    if isinstance(error, ldap.LDAPError) and _code(error) in _LOST:
        return _lost(error, lost, doing=doing)
    return Refused(f"{doing}: {type(error).__name__}", diagnostic=words_of(error))


def refuse(error: ldap.LDAPError, lost: type[Lost], *, doing: str, is_password: bool = False) -> NoReturn:
    """Raise what an error stands for that came in the place of an answer; ``lost`` if none came."""
    result = result_of(error)
    if result is None:
        raise _lost(error, lost, doing=doing) from error
    check(result, doing=doing, is_password=is_password, policy=policy_answer(error))
    raise error


def _lost(error: ldap.LDAPError, kind: type[Lost], *, doing: str) -> Lost:
    overdue = _code(error) == _TIMEOUT
    return kind(f"{doing}: the connection was lost", diagnostic=words_of(error), is_overdue=overdue)


def words_of(error: Exception) -> str:
    """Return what an exception says, without the numbers that python-ldap puts around it."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    said = [text for key in ("desc", "info") if (text := str(told.get(key) or "").strip())]
    return ": ".join(said) or str(error)


def _doing(operation: Operation) -> str:
    return f"{type(operation).__name__} {operation.dn}"


def result_of(error: ldap.LDAPError) -> Mapping[str, Any] | None:
    """Return the result (RFC 4511 §4.1.9) that an exception stands for; None if it is one of libldap's own."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    code = _code(error)
    if code < 0:
        return None
    info = told.get("info", "")
    return {
        "result": code,
        "description": told.get("desc", ""),
        "message": info,
        "referrals": _URL.findall(info),
    }


def policy_answer(error: ldap.LDAPError) -> bytes | None:
    """Return what the server says of its password policy beside an error."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    answers = (value for oid, _, value in told.get("ctrls") or () if oid == PASSWORD_POLICY)
    return next(answers, None)


def _code(error: ldap.LDAPError) -> int:
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    code = told.get("result", _TIMEOUT if isinstance(error, ldap.TIMEOUT) else _SERVER_DOWN)
    return int(code)


def _send(connection: Connection, operation: Operation, controls: list[Any]) -> int:
    number: int
    match operation:
        case Add(dn, attributes, kept):
            entry = [(name, list(values)) for name, values in {**attributes, **kept}.items()]
            number = connection.add_ext(str(dn), entry, controls)
        case Modify(changes=()):
            raise ValueError("nothing is to be changed")
        case Modify(dn, changes):
            changed = [(_CHANGES[each.kind], each.attribute, list(each.values) or None) for each in changes]
            number = connection.modify_ext(operation.address or str(dn), changed, controls)
        case Rename(dn, rdn, new_parent):
            above = None if new_parent is None else str(new_parent)
            number = connection.rename(str(dn), str(rdn), above, int(not operation.keeps_old), controls)
        case Delete(dn):
            number = connection.delete_ext(operation.address or str(dn), controls)
        case SetPassword(dn, password):
            number = connection.passwd(str(dn), None, password, controls)
        case _:
            assert_never(operation)
    return number


def close(connection: Connection) -> None:
    """Close a connection in whatever state it is."""
    with contextlib.suppress(ldap.LDAPError, AttributeError):
        connection.unbind_ext_s()
