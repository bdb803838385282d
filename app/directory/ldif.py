"""LDIF (RFC 2849): entries and change records as text that ``ldapadd`` and ``ldapmodify`` accept.

Secrets never appear: where a password is set, a comment says so, and feeding the text to ``ldapmodify`` leaves the
password as it is.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import assert_never

from app.directory.dialects.vocabulary import SECRET_ATTRIBUTES
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
    SetPassword,
    Values,
)

NO_PASSWORD = b"{CRYPT}*"
"""What stands where a password must and nobody has one (crypt(5)): it is no secret."""


@lru_cache(maxsize=4096)
def is_secret(attribute: str) -> bool:
    """Tell whether an attribute holds passwords or keys, whatever its options."""
    return attribute.lower().split(";")[0] in SECRET_ATTRIBUTES


def has_secret(operation: Operation) -> bool:
    """Tell whether an operation sets a password or a key."""
    match operation:
        case Add(attributes=attributes):
            return any(map(is_secret, attributes))
        case Modify(changes=changes):
            return any(is_secret(change.attribute) for change in changes)
        case _:
            return isinstance(operation, SetPassword)


def render_entry(entry: Entry) -> str:
    """Write an entry as a content record."""
    return "\n".join([_line("dn", str(entry.dn).encode()), *_attributes(entry.attributes)]) + "\n"


def render_operations(operations: Iterable[Operation]) -> str:
    """Write operations as change records, in order, one blank line between them."""
    return "\n".join(render_operation(operation) for operation in operations)


def render_operation(operation: Operation) -> str:
    """Write one operation as a change record, or as comments where secrets are all that it changes."""
    dn = _line("dn", str(operation.dn).encode())
    if isinstance(operation, SetPassword):
        lines = ["a password is set by the Password Modify operation (RFC 3062)", dn]
        return _commented(lines)
    if isinstance(operation, Modify) and all(is_secret(change.attribute) for change in operation.changes):
        return _commented([dn, *(_hidden(change) for change in operation.changes)])
    return "\n".join([dn, *_record(operation)]) + "\n"


def _commented(lines: Iterable[str]) -> str:
    # A folded line goes on after one space, so a comment may be folded as any other line.
    return "".join(f"# {line}\n" for line in lines)


def _record(operation: Add | Modify | Delete | Rename) -> Iterator[str]:
    match operation:
        case Add(attributes=attributes):
            if operation.kept:
                yield f"control: {RELAX} true"
            yield "changetype: add"
            yield from _attributes({**attributes, **operation.kept})
        case Modify(changes=changes):
            yield "changetype: modify"
            for change in changes:
                yield from _change(change)
        case Delete():
            if operation.with_below:
                yield f"control: {TREE_DELETE} true"
            yield "changetype: delete"
        case Rename(rdn=rdn, new_parent=new_parent):
            yield "changetype: modrdn"
            yield _line("newrdn", str(rdn).encode())
            yield f"deleteoldrdn: {int(not operation.keeps_old)}"
            if new_parent is not None:
                yield _line("newsuperior", str(new_parent).encode())
        case _:
            assert_never(operation)


def _change(change: Change) -> Iterator[str]:
    if is_secret(change.attribute):
        # Without its values a replace would delete the password.
        yield f"# {_hidden(change)}"
        return
    yield f"{change.kind}: {change.attribute}"
    yield from _attributes({change.attribute: change.values})
    yield "-"


def _hidden(change: Change) -> str:
    return f"{change.kind}: {change.attribute} (values not shown)"


def _attributes(attributes: Mapping[str, Values]) -> Iterator[str]:
    for name, values in attributes.items():
        if is_secret(name) and values != (NO_PASSWORD,):
            yield f"# {name}: not shown"
            continue
        for value in values:
            yield _line(name, value)


def _line(name: str, value: bytes) -> str:
    text = f"{name}: {value.decode()}" if _is_safe(value) else f"{name}:: {base64.b64encode(value).decode()}"
    return _fold(text)


def _is_safe(value: bytes) -> bool:
    # RFC 2849: SAFE-STRING, and no trailing space. No controls: ldapmodify drops tabs and their like at the start.
    if not value:
        return True
    return (
        value[0] not in b" :<" and value[-1] != ord(" ") and value.isascii() and value.decode().isprintable()
    )


def _fold(line: str, width: int = 76) -> str:
    # RFC 2849: a line may be continued by a line that starts with one space
    if len(line) <= width:
        return line
    rest = [line[at : at + width - 1] for at in range(width, len(line), width - 1)]
    return "\n ".join([line[:width], *rest])
