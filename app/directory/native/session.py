"""What is said over one of python-ldap's connections: searches and operations, bytes in and bytes out."""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, assert_never

import ldap
from ldap.controls.libldap import SimplePagedResultsControl
from ldap.ldapobject import SimpleLDAPObject

from app.directory.connection import ConnectionSettings
from app.directory.dn import Dn
from app.directory.errors import ConnectionLost, LimitExceeded, NoSuchEntry, OutcomeUnknown, Refused
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
from app.directory.native.controls import POST_READ, PRE_READ, RESPONSES, controls_of, search_controls
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
_URL = re.compile(r"^ldap[si]?://\S+", re.MULTILINE)


class NativeSession:
    """One bound connection."""

    def __init__(self, connection: SimpleLDAPObject, settings: ConnectionSettings) -> None:
        self.replica_id = b""
        self._connection = connection
        self._settings = settings
        self._socket: int = connection.get_option(ldap.OPT_DESC)

    def page(self, search: Search, *, page_size: int | None, cookie: bytes = b"") -> Page:
        found = self._asked(search, page_size=page_size, cookie=cookie)
        whole = [complete(entry, partial(self._fetch, entry.dn)) for entry in found.entries]
        return Page(whole, found.cookie, found.references)

    def _asked(self, search: Search, *, page_size: int | None, cookie: bytes = b"") -> Page:
        """Return a page as it comes, with attributes that came in part."""
        doing = f"searching {search.base}"
        try:
            with _sending(doing):
                number = self._send_search(search, page_size=page_size, cookie=cookie)
            return self._page(number, search, doing=doing)
        except NoSuchEntry:
            return Page([])
        except _Lost as lost:
            raise ConnectionLost(
                f"{doing}: the connection was lost", diagnostic=lost.diagnostic, is_overdue=lost.is_overdue
            ) from lost.__cause__

    def execute(self, operation: Operation, *, read_back: Sequence[str]) -> Entry | None:
        doing = f"{type(operation).__name__} {operation.dn}"
        try:
            with _sending(doing):
                number = _send(self._connection, operation, controls_of(operation, read_back))
            return self._outcome(number, operation, doing=doing)
        except _Lost as lost:
            raise OutcomeUnknown(
                f"{doing}: the connection was lost", diagnostic=lost.diagnostic, is_overdue=lost.is_overdue
            ) from lost.__cause__

    def who_am_i(self) -> str:
        doing = "asking who we are"
        try:
            with _answering(doing):
                return str(self._connection.whoami_s() or "")
        except _Lost as lost:
            raise ConnectionLost(
                f"{doing}: the connection was lost", diagnostic=lost.diagnostic, is_overdue=lost.is_overdue
            ) from lost.__cause__

    def has_ended(self) -> bool:
        # An idle connection has nothing to read, unless the server has closed it or said that it will (RFC 4511 §4.4.1).
        poll = select.poll()  # select.select knows no descriptors above 1023
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))

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
        # Not critical: parts of a server that know no pages, such as slapd's cn=config, answer at once.
        controls = [SimplePagedResultsControl(False, page_size, cookie)] if page_size else []
        controls += search_controls(search)
        number: int = self._connection.search_ext(
            search.address or str(search.base),
            _SCOPES[search.scope],
            render(search.filter),
            list(search.attributes or NO_ATTRIBUTES),
            0,
            controls or None,
            None,
            self._settings.search_seconds,
            search.size_limit or 0,
        )
        return number

    def _page(self, number: int, search: Search, *, doing: str) -> Page:
        found: list[tuple[str | None, Any]] = []
        cookie = b""
        try:
            # Where a limit may end it, one by one: libldap drops what came before an error.
            for answers, controls in self._answers(
                number, one_by_one=search.size_limit is not None, doing=doing
            ):
                found += answers
                cookie = next((control.cookie for control in controls if hasattr(control, "cookie")), b"")
        except LimitExceeded:
            # A limit of the server's own comes sooner than ours, and is not to be taken for the end.
            if search.size_limit is None or len(found) < search.size_limit:
                raise
        entries = [Entry.of(Dn.told(dn), attributes) for dn, attributes in found if dn is not None]
        return Page(entries, cookie, [tuple(urls) for dn, urls in found if dn is None])

    def _answers(
        self, number: int, *, one_by_one: bool, doing: str
    ) -> Iterator[tuple[list[tuple[str | None, Any]], list[Any]]]:
        kind = None
        while kind != ldap.RES_SEARCH_RESULT:
            with _answering(doing):
                kind, entries, _, controls, *_ = self._connection.result4(
                    number, int(not one_by_one), self._settings.search_seconds, 0, 0, 0, RESPONSES
                )
            yield [(dn, attributes) for dn, attributes, *_ in entries], controls

    def _outcome(self, number: int, operation: Operation, *, doing: str) -> Entry | None:
        with _answering(doing, is_password=isinstance(operation, SetPassword)):
            _, _, _, controls, *_ = self._connection.result4(
                number, 1, self._settings.operation_seconds, 0, 0, 0, RESPONSES
            )
        found = next((each.found for each in controls if each.controlType in {PRE_READ, POST_READ}), None)
        if found is None:
            return None
        return Entry.of(operation.new_dn if isinstance(operation, Rename) else operation.dn, found)

    def _fetch(self, dn: Dn, attribute: str) -> Entry:
        search = Search(dn, "base", Everything(), (attribute,))
        return next(iter(self._asked(search, page_size=None).entries), Entry(dn, {}))


class _Lost(Exception):
    """No answer came."""

    def __init__(self, error: ldap.LDAPError) -> None:
        super().__init__()
        self.diagnostic = str(error)
        self.is_overdue = _code(error) == _TIMEOUT


@contextlib.contextmanager
def _sending(doing: str) -> Iterator[None]:
    try:
        yield
    except ldap.LDAPError as error:
        if _code(error) in _LOST:
            raise _Lost(error) from error
        raise Refused(f"{doing}: {type(error).__name__}", diagnostic=str(error)) from error
    except (TypeError, ValueError) as error:
        # It cannot be put into a message, so nothing was sent.
        raise Refused(f"{doing}: {type(error).__name__}", diagnostic=str(error)) from error


@contextlib.contextmanager
def _answering(doing: str, *, is_password: bool = False) -> Iterator[None]:
    try:
        yield
    except ldap.LDAPError as error:
        result = result_of(error)
        if result is None:
            raise _Lost(error) from error
        check(result, doing=doing, is_password=is_password, policy=policy_answer(error))
        raise


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


def _send(connection: SimpleLDAPObject, operation: Operation, controls: list[Any]) -> int:
    number: int
    match operation:
        case Add(dn, attributes):
            entry = [(name, list(values)) for name, values in attributes.items()]
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


def close(connection: SimpleLDAPObject) -> None:
    """Close a connection in whatever state it is."""
    with contextlib.suppress(ldap.LDAPError, AttributeError):
        connection.unbind_ext_s()
