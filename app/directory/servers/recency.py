"""When and where a directory was last written to, known to all processes that were forked from one.

With it a client reads its own writes: for a while after a write, reads go to the server that took it, since the others
may not have heard of it yet.
"""

from __future__ import annotations

import mmap
import struct
import zlib

_SLOT = struct.Struct("=dq")
_SLOTS = 1024


class Recency:
    """A table in shared memory. Who makes it before forking shares it; directories that meet in a slot do no harm."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SLOT.size * _SLOTS)

    def note(self, directory: str, server: int, *, now: float) -> None:
        """Note a write to the server of that number."""
        _SLOT.pack_into(self._memory, _offset(directory), now, server + 1)

    def server_written_to(self, directory: str, *, since: float) -> int | None:
        """Return the number of the server that was written to since then; None if none was."""
        written, server = _SLOT.unpack_from(self._memory, _offset(directory))
        return server - 1 if server and written >= since else None


def _offset(directory: str) -> int:
    return zlib.crc32(directory.encode()) % _SLOTS * _SLOT.size
