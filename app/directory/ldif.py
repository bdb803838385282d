"""LDIF (RFC 2849): entries and change records as text that ``ldapadd`` and ``ldapmodify`` accept.

Secrets never appear: the values of password attributes, and the new password of a ``SetPassword``, are written as
comments that say that one was set.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping

from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Rename, SetPassword, Values

SECRET_ATTRIBUTES = frozenset(
    {"userpassword", "unicodepwd", "dbcspwd", "sambantpassword", "sambalmpassword", "clearpassword"}
)
"""Attributes whose values are never written anywhere, in lower case."""


def render_entry(entry: Entry) -> str:
    """Write an entry as a content record."""
    return "\n".join([_line("dn", str(entry.dn).encode()), *_attributes(entry.attributes)]) + "\n"


def render_operations(operations: Iterable[Operation]) -> str:
    """Write operations as change records, in order, one blank line between them."""
    return "\n".join(render_operation(operation) for operation in operations)


def render_operation(operation: Operation) -> str:
    """Write one operation as a change record."""
    lines = [_line("dn", str(operation.dn).encode()), *_record(operation)]
    return "\n".join(lines) + "\n"


def _record(operation: Operation) -> Iterator[str]:
    match operation:
        case Add(attributes=attributes):
            yield "changetype: add"
            yield from _attributes(attributes)
        case Modify(changes=changes):
            yield "changetype: modify"
            for change in changes:
                yield from _change(change)
        case Delete():
            yield "changetype: delete"
        case Rename(rdn=rdn, new_parent=new_parent):
            yield "changetype: modrdn"
            yield _line("newrdn", str(rdn).encode())
            yield "deleteoldrdn: 1"
            if new_parent is not None:
                yield _line("newsuperior", str(new_parent).encode())
        case SetPassword():
            yield "# a password is set by the Password Modify operation (RFC 3062)"


def _change(change: Change) -> Iterator[str]:
    yield f"{change.kind}: {change.attribute}"
    yield from _attributes({change.attribute: change.values})
    yield "-"


def _attributes(attributes: Mapping[str, Values]) -> Iterator[str]:
    for name, values in attributes.items():
        if name.lower().split(";")[0] in SECRET_ATTRIBUTES:
            yield f"# {name}: not shown"
            continue
        for value in values:
            yield _line(name, value)


def _line(name: str, value: bytes) -> str:
    text = f"{name}: {value.decode()}" if _is_safe(value) else f"{name}:: {base64.b64encode(value).decode()}"
    return _fold(text)


def _is_safe(value: bytes) -> bool:
    # RFC 2849: SAFE-STRING, and no trailing space
    if not value:
        return True
    return (
        value[0] not in b" :<"
        and value[-1] != ord(" ")
        and value.isascii()
        and not any(byte in b"\0\r\n" for byte in value)
    )


def _fold(line: str, width: int = 76) -> str:
    # RFC 2849: a line may be continued by a line that starts with one space
    if len(line) <= width:
        return line
    rest = [line[at : at + width - 1] for at in range(width, len(line), width - 1)]
    return "\n ".join([line[:width], *rest])
