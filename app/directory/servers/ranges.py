"""Attributes of more values than Active Directory hands out at once, put together again.

They come as ``member;range=0-1499``; what follows is asked for until it comes as ``member;range=3000-*``
(MS-ADTS §3.1.1.3.1.3.3). Sending is left to ``client``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from app.directory.dn import Dn
from app.directory.model import Entry, Values

Fetch: TypeAlias = Callable[[Dn, str], Entry]
"""Reads one attribute, named with its range, of the entry of a name."""

_RANGED = re.compile(r"(?P<attribute>.+);range=\d+-(?P<last>\d+|\*)\Z", re.IGNORECASE)


def complete(entry: Entry, fetch: Fetch) -> Entry:
    """Return the entry with all values of attributes that came in part."""
    if ";" not in "".join(entry.attributes):
        return entry
    ranged = {name: found for name in entry.attributes if ";" in name and (found := _RANGED.match(name))}
    if not ranged:
        return entry
    attributes = {name: values for name, values in entry.attributes.items() if name not in ranged}
    for name, found in ranged.items():
        attributes[found["attribute"]] = entry.values(name) + _rest(found, partial(fetch, entry.dn))
    return Entry(entry.dn, attributes)


def _rest(found: re.Match[str] | None, fetch: Callable[[str], Entry]) -> Values:
    collected: list[bytes] = []
    while found and found["last"] != "*":
        following = fetch(f"{found['attribute']};range={int(found['last']) + 1}-*")
        found = next((each for name in following.attributes if (each := _RANGED.match(name))), None)
        collected += following.values(found.string) if found else ()
    return tuple(collected)
