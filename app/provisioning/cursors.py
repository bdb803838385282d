"""Cursors (RFC 9865): places in a snapshot, signed, for one list of one application only.

They hold all that is needed to go on, so any process can.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field
from struct import Struct

from app.scim.errors import InvalidCursor

_PLACE = Struct(">16sQQ")
_TAG_BYTES = 16
_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins, from 0, and how long it is."""

    snapshot: str
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Cursors:
    """Writes and reads the cursors of one list, which ``bound_to`` tells from all others."""

    key: bytes = field(repr=False)
    bound_to: bytes

    def write(self, place: Place) -> str:
        """Return a cursor; its characters need no escape in a URL."""
        packed = _PLACE.pack(bytes.fromhex(place.snapshot), place.start, place.count)
        # 48 bytes are 64 characters exactly: there is no padding, and no bit that does not count.
        return base64.urlsafe_b64encode(packed + self._tag(packed)).decode()

    def read(self, cursor: str) -> Place:
        """Return the place.

        Raises:
            InvalidCursor: if it was changed, or comes from another list or application, or from nowhere.
        """
        raw = _decoded(cursor)
        packed = raw[: _PLACE.size]
        if not hmac.compare_digest(raw[_PLACE.size :], self._tag(packed)):
            raise InvalidCursor(
                "cursor: not one of this list; send nextCursor or previousCursor with the same filter, sortBy and "
                "sortOrder, or an empty cursor to begin anew."
            )
        snapshot, start, count = _PLACE.unpack(packed)
        return Place(snapshot.hex(), start, count)

    def _tag(self, packed: bytes) -> bytes:
        return hmac.digest(self.key, self.bound_to + packed, "sha256")[:_TAG_BYTES]


def _decoded(cursor: str) -> bytes:
    if len(cursor) != _LENGTH:
        return b""
    try:
        return base64.b64decode(cursor, altchars=b"-_", validate=True)
    except ValueError:
        return b""
