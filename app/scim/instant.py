"""dateTime values (RFC 7643 §2.3.5) as instants, so that they compare across offsets."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

# XML Schema part 2, §3.2.7, within what a datetime can hold
_DATE_TIME: Final = re.compile(
    r"(?P<seconds>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?P<fraction>\.\d+)?(?P<zone>Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?\Z",
    re.ASCII,
)


def parse_instant(text: str) -> datetime:
    """Read a dateTime; without an offset it is UTC. Raises ValueError."""
    read = _DATE_TIME.match(text)
    if read is None:
        raise ValueError("not an xsd:dateTime")
    fraction = (read["fraction"] or ".0")[:7]
    return datetime.fromisoformat(f"{read['seconds']}{fraction.ljust(7, '0')}{read['zone'] or 'Z'}")
