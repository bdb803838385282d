"""Parts of sorted lists: the controls by which a server sorts (RFC 2891) and hands out a part of that (VLV).

VLV is draft-ietf-ldapext-ldapv3-vlv-09. The values are written here, since no client library writes them as both need them.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.directory.ber import boolean, elements, integer, number, octet_string, parts, sequence_of
from app.directory.model import SortKey, Window

SORT = "1.2.840.113556.1.4.473"
WINDOW = "2.16.840.1.113730.3.4.9"
WINDOW_ANSWER = "2.16.840.1.113730.3.4.10"
NEEDED = frozenset({SORT, WINDOW})
"""The controls that a server has to offer."""

_BY_OFFSET, _REVERSE_ORDER = 0xA0, 0x81


def controls_for(window: Window) -> Sequence[tuple[str, bytes]]:
    """Return the controls that ask for a part, each by its OID and its value. Both are critical."""
    return (SORT, _sort(window.keys)), (WINDOW, _window(window))


def total_in(answer: bytes | memoryview) -> int:
    """Read out of a VirtualListViewResponse how many entries the whole list has."""
    [(_, response)] = elements(answer)
    return number(parts(response)[1])


def _sort(keys: Sequence[SortKey]) -> bytes:
    """Write a SortKeyList (RFC 2891 §1.1), each compared by its attribute's own ordering rule."""
    return sequence_of(
        sequence_of(
            [octet_string(key.attribute.encode()), *([boolean(_REVERSE_ORDER)] if key.is_descending else [])]
        )
        for key in keys
    )


def _window(window: Window) -> bytes:
    """Write a VirtualListViewRequest: it counts from 1, and from one entry to those that follow."""
    offset = sequence_of([integer(window.start + 1), integer(0)], tag=_BY_OFFSET)
    return sequence_of([integer(0), integer(window.count - 1), offset])
