"""One ordered list of several sorted ones, page by page: what the next page needs to know travels in its cursor.

Each list is read by its own cursors, so what is in it was decided when it was begun, and its resources keep their places. Of the
page that a list is at, those are remembered that were handed out already: by their ids, since others may vanish meanwhile.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.provisioning.target import Page
from app.scim.errors import InvalidCursor
from app.scim.resource import Resource

Rank = tuple[Any, ...]
Place = Sequence[Any] | int
State = Mapping[str, Place]


@dataclass
class Stream:
    """One sorted list. ``ask`` returns the page at a cursor, ``rank`` what a resource is ordered by."""

    name: str
    ask: Callable[[str], Page]
    rank: Callable[[Resource], Rank]
    cursor: str | None = ""
    """Where the present page is; None where nothing is left."""
    used: list[str] = field(default_factory=list)
    """The ids of those on the present page that were handed out."""
    is_whole: bool = False
    """Whether the list was begun anew to go on with it, so that what was used may stand on any page."""
    total: int = 0
    _following: str | None = None
    _waiting: list[Resource] = field(default_factory=list)

    def read(self) -> None:
        """Read the present page; nothing, where nothing is left."""
        if self.cursor is None:
            return
        self.is_whole = self.is_whole or (not self.cursor and bool(self.used))
        page = self.ask(self.cursor)
        self.total, self._following = page.total, page.next_cursor
        self._waiting = [each for each in page.resources if str(each.attributes["id"]) not in self.used]
        self._fill()

    @property
    def head(self) -> Rank | None:
        """What the next resource is ordered by; None where there is none."""
        return self.rank(self._waiting[0]) if self._waiting else None

    def take(self) -> Resource:
        """Hand out the next resource."""
        taken = self._waiting.pop(0)
        self.used.append(str(taken.attributes["id"]))
        self._fill()
        return taken

    def state(self) -> Place:
        """Say where the list is to go on, or, where nothing is left, how many there were."""
        if not self._waiting:
            return self.total
        if not self.cursor and self._following:
            # A first page has no cursor of its own but the one that leads back to it.
            self.cursor = self.ask(self._following).previous_cursor
        return [self.cursor, self.used, self.is_whole]

    def _fill(self) -> None:
        """Go on to the next page where this one is used up."""
        while not self._waiting and self._following is not None:
            self.cursor = self._following
            page = self.ask(self.cursor)
            if not self.is_whole:
                self.used = []
            self._following = page.next_cursor
            self._waiting = [each for each in page.resources if str(each.attributes["id"]) not in self.used]


def merge(streams: Sequence[Stream], cursor: str, *, count: int, is_descending: bool) -> Page:
    """Return the next ``count`` resources of all lists in one order; of equals the first list's first.

    Raises:
        InvalidCursor: if the cursor is none of this search.
        ScimError: what asking a list raises.
    """
    _restore(streams, cursor)
    for stream in streams:
        stream.read()
    found: list[Resource] = []
    while len(found) < count and (first := _next(streams, is_descending=is_descending)) is not None:
        found.append(first.take())
    total = sum(stream.total for stream in streams)
    return Page(found, total, start_index=None, next_cursor=_cursor(streams))


def _next(streams: Sequence[Stream], *, is_descending: bool) -> Stream | None:
    heads = [(stream.head, stream) for stream in streams]
    ranked = [(head, stream) for head, stream in heads if head is not None]
    if not ranked:
        return None
    choose = max if is_descending else min
    return choose(ranked, key=lambda pair: pair[0])[1]


def _cursor(streams: Sequence[Stream]) -> str | None:
    state = {stream.name: stream.state() for stream in streams}
    if all(isinstance(place, int) for place in state.values()):
        return None
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")


def _restore(streams: Sequence[Stream], cursor: str) -> None:
    if not cursor:
        return
    state = _read(cursor, {stream.name for stream in streams})
    for stream in streams:
        match state[stream.name]:
            case int(total):
                stream.cursor, stream.total = None, total
            case [cursor, used, is_whole]:
                stream.cursor, stream.used, stream.is_whole = cursor, used, is_whole


def _read(cursor: str, names: set[str]) -> State:
    try:
        state = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        is_ours = isinstance(state, dict) and state.keys() == names
        if is_ours and all(_is_place(place) for place in state.values()):
            found: State = state
            return found
    except (ValueError, binascii.Error):
        pass
    raise InvalidCursor("the cursor is not one of this search")


def _is_place(place: object) -> bool:
    match place:
        case int(total):
            return total >= 0
        case [str(), list(used), bool()]:
            return all(isinstance(each, str) for each in used)
        case _:
            return False
