"""Controls as python-ldap wants them, and those it knows no fast way for: reading an entry back (RFC 4527)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ldap.controls import LDAPControl, RequestControl
from ldap.controls.libldap import AssertionControl, SimplePagedResultsControl

from app.directory.filters import render
from app.directory.model import Add, Modify, Operation, Rename, SetPassword

POST_READ = "1.3.6.1.1.13.2"  # RFC 4527
SHOW_DELETED = "1.2.840.113556.1.4.417"  # MS-ADTS §3.1.1.3.4.1.14
PERMISSIVE_MODIFY = "1.2.840.113556.1.4.1413"  # Microsoft's; OpenLDAP knows it, and does not list it
_SEQUENCE, _OCTET_STRING = 0x30, 0x04


class PostRead(LDAPControl):  # type: ignore[misc]  # python-ldap has no types
    """The entry as an operation left it."""

    controlType = POST_READ  # noqa: N815 - python-ldap's name

    def __init__(self, attributes: Sequence[str] = ()) -> None:
        super().__init__(POST_READ, False)
        self._attributes = attributes
        self.found: Mapping[str, list[bytes]] = {}

    def encodeControlValue(self) -> bytes:  # noqa: N802 - python-ldap's name
        names = b"".join(_encoded(_OCTET_STRING, name.encode()) for name in self._attributes)
        return _encoded(_SEQUENCE, names)

    def decodeControlValue(self, encoded: bytes) -> None:  # noqa: N802 - python-ldap's name
        # SearchResultEntry ::= [APPLICATION 4] SEQUENCE { objectName, attributes SEQUENCE OF { type, vals SET OF } }
        _name, attributes = _parts(next(_parts(encoded)))
        pairs = (tuple(_parts(attribute)) for attribute in _parts(attributes))
        self.found = {
            bytes(name).decode(): [bytes(value) for value in _parts(values)] for name, values in pairs
        }


RESPONSES = {POST_READ: PostRead, SimplePagedResultsControl.controlType: SimplePagedResultsControl}
"""What is decoded of answers."""


def controls_of(operation: Operation, read_back: Sequence[str]) -> list[LDAPControl]:
    """Return the controls that an operation is sent with."""
    controls: list[LDAPControl] = []
    if read_back and isinstance(operation, Add | Modify | Rename):
        controls.append(PostRead(read_back))
    if not isinstance(operation, Add | SetPassword) and operation.assertion is not None:
        controls.append(AssertionControl(True, render(operation.assertion)))
    if isinstance(operation, Modify) and operation.permissive:
        controls.append(RequestControl(PERMISSIVE_MODIFY, True))
    if isinstance(operation, Modify) and operation.is_of_deleted:
        controls.append(RequestControl(SHOW_DELETED, True))
    return controls


def _encoded(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:  # noqa: PLR2004 - X.690 §8.1.3.4: the short form
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _parts(encoded: bytes | memoryview) -> Iterator[memoryview]:
    """Yield the contents of the elements that stand one after the other."""
    view = memoryview(encoded)
    at = 0
    while at < len(view):
        length = view[at + 1]
        at += 2
        if length >= 0x80:  # noqa: PLR2004 - X.690 §8.1.3.5: the long form
            octets = length & 0x7F
            length = int.from_bytes(view[at : at + octets], "big")
            at += octets
        yield view[at : at + length]
        at += length
