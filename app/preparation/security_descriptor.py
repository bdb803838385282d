"""Windows security descriptors as Active Directory keeps them (MS-DTYP §2.4.6): as much as giving rights to an account takes."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from struct import pack, unpack_from

_HEADER = "<BBHIIII"
_ALLOWED_OBJECT = 0x05
_HAS_OBJECT, _HAS_INHERITING = 0x1, 0x2
_INHERITED = 0x10
_DACL_PRESENT, _SELF_RELATIVE = 0x0004, 0x8000
_REVISION_DS = 4
CONTAINER_INHERIT, INHERIT_ONLY = 0x02, 0x08
CREATE_CHILD, DELETE_CHILD, CONTROL_ACCESS = 0x1, 0x2, 0x100
MANAGE = 0x10 | 0x20 | 0x4 | 0x80 | 0x20000 | 0x10000 | 0x40
"""Read and write properties, list, read the descriptor, delete, and delete what is below."""


class InvalidDescriptor(ValueError):
    """Bytes are no security descriptor that is read here."""


@dataclass(frozen=True, slots=True)
class Right:
    """A right on entries of a class, or, of an extended right, the right to that. The ids are raw GUIDs."""

    mask: int
    flags: int
    object_type: bytes = b""
    inheriting: bytes = b""

    def ace(self, sid: bytes) -> bytes:
        """Write it as an access control entry for an account (MS-DTYP §2.4.4.3)."""
        present = (_HAS_OBJECT if self.object_type else 0) | (_HAS_INHERITING if self.inheriting else 0)
        body = pack("<II", self.mask, present) + self.object_type + self.inheriting + sid
        return pack("<BBH", _ALLOWED_OBJECT, self.flags, 4 + len(body)) + body


def with_rights(descriptor: bytes, sid: bytes, rights: Iterable[Right]) -> bytes:
    """Return a descriptor in which an account has rights; the same bytes where it has them all.

    Raises:
        InvalidDescriptor: if it is none.
    """
    try:
        _, _, control, *offsets = unpack_from(_HEADER, descriptor)
        owner, group, sacl, dacl = (_part(descriptor, at, index) for index, at in enumerate(offsets))
        aces = list(_aces(dacl))
    except (IndexError, struct.error) as error:
        raise InvalidDescriptor("the entry's security descriptor cannot be read") from error
    new = [ace for ace in (right.ace(sid) for right in rights) if ace not in aces]
    if not new:
        return descriptor
    # Explicit entries stand before inherited ones (MS-DTYP §2.4.5).
    place = next((index for index, ace in enumerate(aces) if ace[1] & _INHERITED), len(aces))
    merged = [*aces[:place], *new, *aces[place:]]
    return _descriptor(control, [owner, group, sacl, _acl(merged)])


def _part(descriptor: bytes, offset: int, index: int) -> bytes:
    if not offset:
        return b""
    is_sid = index < 2  # noqa: PLR2004 - owner and group come first
    size = 8 + 4 * descriptor[offset + 1] if is_sid else unpack_from("<H", descriptor, offset + 2)[0]
    return descriptor[offset : offset + size]


def _aces(acl: bytes) -> Iterator[bytes]:
    if not acl:
        return
    (count,) = unpack_from("<H", acl, 4)
    at = 8
    for _ in range(count):
        (size,) = unpack_from("<H", acl, at + 2)
        yield acl[at : at + size]
        at += size


def _acl(aces: list[bytes]) -> bytes:
    body = b"".join(aces)
    return pack("<BBHHH", _REVISION_DS, 0, 8 + len(body), len(aces), 0) + body


def _descriptor(control: int, parts: list[bytes]) -> bytes:
    at, offsets = 20, []
    for part in parts:
        offsets.append(at if part else 0)
        at += len(part)
    head = pack(_HEADER, 1, 0, control | _DACL_PRESENT | _SELF_RELATIVE, *offsets)
    return head + b"".join(parts)
