"""What a directory is asked for a text, so that it finds at least what SCIM means by it.

SCIM compares by the present Unicode's full case folding: "ß" is "ss", "İ" is "i" and a dot. Directories fold letter by
letter, by whatever Unicode they were built with, and treat spaces their own way. So where the two may disagree about a
letter the directory is not asked about it: the text is cut there, and its remaining parts must occur in order. Nearly
all texts stay whole. What compatibility characters such as "™" stand for is left to the directory.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from app.directory.filters import Equals, Filter, Present, Substrings, any_of
from app.scim.comparison import fold

_SHARP = "ßẞ"
_MAX_SPELLINGS = 9
STARTS_OF_FOLDS = frozenset("shijtwy")
"""Letters that a single other one, such as "ß" or "ǰ", folds to together with something after them."""
ENDS_OF_FOLDS = frozenset("s")
"""The same, with something before them."""
_LOST_ALONE = frozenset(" -")  # spaces fold, and telephone numbers compare without hyphens, too


@dataclass(frozen=True, slots=True)
class Ends:
    """Which ends of a text are where the value may go on."""

    start: bool = False
    end: bool = False


ENDS = {"eq": Ends(), "sw": Ends(end=True), "ew": Ends(start=True), "co": Ends(start=True, end=True)}


def text_filter(attribute: str, operator: str, text: str, *, case_exact: bool) -> Filter:
    """Make a filter for what ``eq``, ``co``, ``sw`` or ``ew`` means on text."""
    ends = ENDS[operator]
    if case_exact:
        if operator == "eq":
            return Equals(attribute, text.encode())
        return _pattern(attribute, _runs(text, _exact(text, ends)), ends)
    folded = text if text.isascii() else unicodedata.normalize("NFC", fold(text))
    if operator == "eq" and folded.isascii():
        spellings = list(islice(_spellings(folded), _MAX_SPELLINGS + 1))
        if len(spellings) == 1:
            return Equals(attribute, folded.encode())
        if len(spellings) <= _MAX_SPELLINGS:
            return any_of(Equals(attribute, spelling.encode()) for spelling in spellings)
    made = _pattern(attribute, _runs(folded, _folded(folded, ends)), ends)
    if not isinstance(made, Equals):
        return made
    return any_of(Equals(attribute, form.encode()) for form in _forms(folded, text))


def _forms(folded: str, text: str) -> Iterator[str]:
    """Yield the ways in which letters may stand with their marks, in one or apart: not all directories know them for one."""
    yield from dict.fromkeys((folded, unicodedata.normalize("NFD", folded)))
    if not any(unicodedata.is_normalized(form, text) for form in ("NFC", "NFD")):
        yield text


def _spellings(text: str) -> Iterator[str]:
    """Yield the texts of which a directory may tell one from another, and SCIM does not; the first is ``text``."""
    at = text.lower().find("ss")
    if at < 0:
        yield text
        return
    yield from (text[: at + 1] + rest for rest in _spellings(text[at + 1 :]))
    for sharp in _SHARP:
        yield from (text[:at] + sharp + rest for rest in _spellings(text[at + 2 :]))


def _exact(text: str, ends: Ends) -> list[bool]:
    """Tell which characters of a text of which case counts the directory is asked about."""
    kept = [character.isascii() and character.isprintable() for character in text]
    # A letter may be one character with a mark that stands after it.
    before_mark = [*(not following for following in kept[1:]), ends.end]
    return [keep and not composes for keep, composes in zip(kept, before_mark, strict=True)]


def _folded(text: str, ends: Ends) -> list[bool]:
    lower = text.lower()
    kept = [_is_known(character) for character in text]
    for at in range(len(text)):
        if lower[at : at + 2] == "ss":
            kept[at] = kept[at + 1] = False
        if unicodedata.combining(text[at]) and at:
            kept[at - 1] = False
    if ends.start and lower[0] in ENDS_OF_FOLDS:
        kept[0] = False
    if ends.end and lower[-1] in STARTS_OF_FOLDS:
        kept[-1] = False
    return kept


def _is_known(character: str) -> bool:
    """Tell whether any directory folds to this character what SCIM folds to it."""
    if character.isascii():
        return character.isprintable()
    is_stable = fold(character) == character and not unicodedata.combining(character)
    return is_stable and character.isprintable() and character not in _ambiguous()


@cache
def _ambiguous() -> frozenset[str]:
    """Find the characters that others fold to in a way that is not as old as LDAP: by more than a simple lower case."""
    found: set[str] = set()
    for point in (*range(0x80, 0xD800), *range(0xE000, 0x20000), *range(0x2F800, 0x2FA20)):
        character = chr(point)
        folded = fold(character)
        if folded != character and not _is_old_case(character, folded) and not _is_compatible(character):
            found.update(folded)
    return frozenset(found)


def _is_old_case(character: str, folded: str) -> bool:
    is_simple = len(folded) == 1 and character.lower() == folded
    # RFC 4518 §2 is based on Unicode 3.2.
    return is_simple and all(unicodedata.ucd_3_2_0.category(each) != "Cn" for each in (character, folded))


def _is_compatible(character: str) -> bool:
    return unicodedata.normalize("NFKC", character) != unicodedata.normalize("NFC", character)


def _runs(text: str, kept: list[bool]) -> list[str | None]:
    """Cut a text into the parts that are kept; None stands for what is left out between, before or after them."""
    runs: list[str | None] = []
    for character, keep in zip(text, kept, strict=True):
        last = runs[-1] if runs else None
        if not keep or (character == " " and last is not None and last.endswith(" ")):
            runs.append(None)
        elif last is None:
            runs.append(character)
        else:
            runs[-1] = last + character
    return runs


def _pattern(attribute: str, runs: list[str | None], ends: Ends) -> Filter:
    parts = [None if run is None or not set(run) - _LOST_ALONE else run.strip(" ") for run in runs]
    whole = parts[0] if len(parts) == 1 else None
    if whole and parts == runs and ends == Ends():
        return Equals(attribute, whole.encode())
    initial = parts[0] if not ends.start else None
    final = parts[-1] if not ends.end and not (whole and initial) else None
    inner = parts[1 if initial else 0 : len(parts) - 1 if final else len(parts)]
    middle = tuple(part.encode() for part in inner if part)
    if not (initial or middle or final):
        return Present(attribute)
    return Substrings(attribute, _encoded(initial), middle, _encoded(final))


def _encoded(part: str | None) -> bytes | None:
    return part.encode() if part else None
