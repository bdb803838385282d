"""Regular expressions of administrators that cannot run away.

Python's engine tries all ways in which a text may match, and some patterns have more ways than there is time. So a
pattern has few repeats and alternatives, none of them within another, and is held against short texts only: the ways
are then at most some millions, however it is written.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Iterator

MAX_PATTERN = 500
MAX_TEXT = 256
MAX_REPEATS = 3
MAX_BARS = 3
_TOKEN = re.compile(
    r"""(?P<escape>\\[dDwWsSbBtn\W])
    | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<open>\((?!\?)|\(\?:|\(\?P<[A-Za-z_]\w*>)
    | (?P<refused>\(\?|\\.)
    | (?P<close>\))
    | (?P<repeat>(?:[*+?]|\{\d*,?\d*\})[?+]?)
    | (?P<bar>\|)
    | (?P<letter>.)""",
    re.VERBOSE | re.DOTALL,
)


def compile_bounded(pattern: str) -> re.Pattern[str]:
    """Compile a pattern.

    Raises:
        ValueError: if it is none, or could take too long.
    """
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"is longer than {MAX_PATTERN} characters")
    kinds = [found.lastgroup for found in _TOKEN.finditer(pattern)]
    for problem in _problems(kinds):
        raise ValueError(problem)
    try:
        with warnings.catch_warnings():
            # Of sets within sets, which Python has not got yet.
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise ValueError(f"is no regular expression: {error}") from error


def _problems(kinds: list[str | None]) -> Iterator[str]:
    if "refused" in kinds:
        yield "has a group or an escape that is not allowed: (…), (?:…), (?P<name>…) and \\d \\D \\w \\W \\s \\S \\b are"
    if ("close", "repeat") in itertools.pairwise(kinds):
        yield "repeats a group, which could take too long"
    if kinds.count("repeat") > MAX_REPEATS or kinds.count("bar") > MAX_BARS:
        yield f"has more than {MAX_REPEATS} repeats or {MAX_BARS} alternatives, which could take too long"


def match(pattern: re.Pattern[str], text: str) -> dict[str, str]:
    """Return the named groups of a text that matches as a whole; raise ValueError."""
    if len(text) > MAX_TEXT:
        raise ValueError(f"is longer than {MAX_TEXT} characters")
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError(f"does not match {pattern.pattern}")
    return {name: value or "" for name, value in found.groupdict().items()}
