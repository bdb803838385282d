"""Controls as python-ldap wants them, and those it knows no fast way for: reading an entry back (RFC 4527)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from ldap.controls import LDAPControl, RequestControl, RequestControlTuples
from ldap.controls.libldap import AssertionControl, MatchedValuesControl, SimplePagedResultsControl

from app.directory import windows
from app.directory.ber import octet_string, parts, sequence_of
from app.directory.filters import render
from app.directory.ldif import has_secret
from app.directory.model import (
    RELAX,
    TREE_DELETE,
    Add,
    Delete,
    Modify,
    Operation,
    Rename,
    Search,
    SetPassword,
)
from app.directory.password_policy import PASSWORD_POLICY

EncodedControl: TypeAlias = tuple[str, bool, bytes]
"""A control as it is sent or as it came: its kind, whether it is critical, and its value."""

PRE_READ = "1.3.6.1.1.13.1"  # RFC 4527
POST_READ = "1.3.6.1.1.13.2"  # RFC 4527
SHOW_DELETED = "1.2.840.113556.1.4.417"  # MS-ADTS §3.1.1.3.4.1.14
PERMISSIVE_MODIFY = "1.2.840.113556.1.4.1413"  # Microsoft's; OpenLDAP knows it, and does not list it


class PolicyAnswer(LDAPControl):  # type: ignore[misc]  # python-ldap has no types
    """What the server says of its password policy."""

    controlType = PASSWORD_POLICY  # noqa: N815 - python-ldap's name

    def __init__(self) -> None:
        super().__init__(PASSWORD_POLICY, False)
        self.answer = b""

    def decodeControlValue(self, encoded: bytes) -> None:  # noqa: N802 - python-ldap's name
        self.answer = encoded


class PostRead(LDAPControl):  # type: ignore[misc]  # python-ldap has no types
    """The entry as an operation left it."""

    controlType = POST_READ  # noqa: N815 - python-ldap's name

    def __init__(self, attributes: Sequence[str] = ()) -> None:
        super().__init__(self.controlType, False)
        self._attributes = attributes
        self.found: Mapping[str, list[bytes]] = {}

    def encodeControlValue(self) -> bytes:  # noqa: N802 - python-ldap's name
        return _names(tuple(self._attributes))

    def decodeControlValue(self, encoded: bytes) -> None:  # noqa: N802 - python-ldap's name
        # SearchResultEntry ::= [APPLICATION 4] SEQUENCE { objectName, attributes SEQUENCE OF { type, vals SET OF } }
        _name, attributes = parts(parts(encoded)[0])
        self.found = {
            str(name, "utf-8"): list(map(bytes, parts(values)))
            for name, values in map(parts, parts(attributes))
        }


@lru_cache(maxsize=256)
def _names(attributes: tuple[str, ...]) -> bytes:
    """Write an AttributeSelection: it is the same for most requests."""
    return sequence_of(octet_string(name.encode()) for name in attributes)


class PreRead(PostRead):
    """The entry as it was before an operation."""

    controlType = PRE_READ  # noqa: N815 - python-ldap's name


WATCHED = RequestControl(PASSWORD_POLICY, False)
"""Asks what the server has to say of its password policy."""
RESPONSES = {
    POST_READ: PostRead,
    PRE_READ: PreRead,
    PASSWORD_POLICY: PolicyAnswer,
}
"""What is decoded of answers to operations."""


def controls_of(operation: Operation, read_back: Sequence[str]) -> list[LDAPControl]:
    """Return the controls that an operation is sent with."""
    controls: list[LDAPControl] = []
    if read_back and isinstance(operation, Add | Modify | Rename):
        controls.append(PostRead(read_back))
    if read_back and isinstance(operation, Delete):
        controls.append(PreRead(read_back))
    if isinstance(operation, Add) and operation.kept:
        controls.append(RequestControl(RELAX, True))
    if has_secret(operation):
        controls.append(WATCHED)
    if not isinstance(operation, Add | SetPassword) and operation.assertion is not None:
        controls.append(AssertionControl(True, render(operation.assertion)))
    if isinstance(operation, Modify) and operation.permissive:
        # Who does not know it says what is there already, or is not: no worse than refusing all.
        controls.append(RequestControl(PERMISSIVE_MODIFY, False))
    if isinstance(operation, Delete) and operation.with_below:
        controls.append(RequestControl(TREE_DELETE, True))
    if isinstance(operation, Modify) and operation.is_of_deleted:
        controls.append(RequestControl(SHOW_DELETED, True))
    return controls


def search_controls(search: Search, page_size: int | None, cookie: bytes) -> Sequence[EncodedControl] | None:
    """Return the controls that a search is sent with, page by page where a size is given."""
    pages = () if page_size is None else _pages(page_size, cookie)
    if search.with_deleted or search.values or search.window:
        return (*RequestControlTuples(_search_controls(search)), *pages)
    return pages or None


@lru_cache(maxsize=64)
def _pages(size: int, cookie: bytes) -> tuple[EncodedControl, ...]:
    """Ask for a page: the first ones of lists are the same."""
    # Not critical: parts of a server that know no pages, such as slapd's cn=config, answer at once.
    return tuple(RequestControlTuples([SimplePagedResultsControl(False, size, cookie)]))


def cookie_in(controls: Sequence[EncodedControl]) -> bytes:
    """Return the cookie for the page that follows; an empty one if none does."""
    for kind, _, value in controls:
        if kind == SimplePagedResultsControl.controlType:
            paged = SimplePagedResultsControl()
            paged.decodeControlValue(value)
            return bytes(paged.cookie)
    return b""


def total_in(controls: Sequence[EncodedControl]) -> int | None:
    """Return how many entries there are of which a window was asked for."""
    return next(
        (windows.total_in(value) for kind, _, value in controls if kind == windows.WINDOW_ANSWER), None
    )


def _search_controls(search: Search) -> list[LDAPControl]:
    controls: list[LDAPControl] = [RequestControl(SHOW_DELETED, True)] if search.with_deleted else []
    if search.values:
        wanted = "".join(map(render, search.values))
        controls.append(MatchedValuesControl(False, f"({wanted})"))
    if search.window:
        controls += [RequestControl(oid, True, value) for oid, value in windows.controls_for(search.window)]
    return controls
