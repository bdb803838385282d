"""A directory is asked for a text in such a way that it finds at least what SCIM means."""

import sys
import unicodedata

import pytest

from app.directory.filters import Equals, Filter, Or, Present, Substrings
from app.mapping.patterns import ENDS_OF_FOLDS, STARTS_OF_FOLDS, text_filter


def equals(*values: str) -> Filter:
    """Match one of several values."""
    found = tuple(Equals("cn", value.encode()) for value in values)
    return found[0] if len(found) == 1 else Or(found)


def parts(initial: str = "", *inner: str, final: str = "") -> Filter:
    """Match values of these parts."""
    return Substrings(
        "cn", initial.encode() or None, tuple(part.encode() for part in inner), final.encode() or None
    )


@pytest.mark.parametrize(
    ("operator", "text", "expected"),
    [
        pytest.param("eq", "BJensen", equals("BJensen"), id="plain"),
        pytest.param("eq", " a  b*\t", equals(" a  b*\t"), id="spaces are the directory's business"),
        pytest.param("eq", "Jess", equals("Jess", "Jeß", "Jeẞ"), id="double s"),
        pytest.param("eq", "sss", equals("sss", "sß", "sẞ", "ßs", "ẞs"), id="three s"),
        pytest.param("eq", "ssassass", parts("", "a", "a"), id="too many spellings"),
        pytest.param("eq", "Zoë", equals("zoë", "zoe\u0308"), id="a letter that is always folded alike"),
        pytest.param("eq", "zoe\u0308", equals("zoë", "zoe\u0308"), id="composition"),
        pytest.param(
            "eq", "ë e\u0308", equals("ë ë", "e\u0308 e\u0308", "ë e\u0308"), id="composition of both kinds"
        ),
        pytest.param("eq", "straße", equals("strasse", "straße", "straẞe"), id="sharp s"),
        pytest.param("eq", "\uff4a\uff4f", equals("jo"), id="width"),
        pytest.param("eq", "İzmir", parts(final="zmir"), id="a letter that becomes two"),
        pytest.param("eq", "Zoßë", parts("zo", final="ë"), id="sharp s among others"),
        pytest.param("eq", "\u03bf\u03b4\u03bf\u03c2", parts("\u03bf\u03b4\u03bf"), id="final sigma"),
        pytest.param("eq", "q\u0301\u0323b", parts(final="b"), id="marks"),
        pytest.param("eq", "😀", equals("😀"), id="emoji"),
        pytest.param("eq", "ß", equals("ss", "ß", "ẞ"), id="nothing but a sharp s"),
        pytest.param("eq", "\u0345", Present("cn"), id="nothing but a mark"),
        pytest.param("sw", "Jo", parts("Jo"), id="starts"),
        pytest.param("ew", "Jo", parts(final="Jo"), id="ends"),
        pytest.param("co", "Jo", parts("", "Jo"), id="contains"),
        pytest.param("sw", "smith", parts("smit"), id="starts, and may end in another letter"),
        pytest.param("ew", "smith", parts(final="mith"), id="ends, and may begin in another letter"),
        pytest.param("co", "smith", parts("", "mit"), id="contains, both"),
        pytest.param("co", "s", Present("cn"), id="half of a sharp s"),
        pytest.param("sw", "assa", parts("a", "a"), id="double s within"),
        pytest.param("co", "a  b", parts("", "a", "b"), id="spaces"),
        pytest.param("sw", " a b ", parts("a b"), id="spaces at the ends"),
        pytest.param("co", "- -", Present("cn"), id="nothing that compares"),
        pytest.param("co", "a\tb", parts("", "a", "b"), id="tab"),
        pytest.param("sw", "a\u00adb", parts("a", "b"), id="soft hyphen"),
    ],
)
def test_case_ignored(operator: str, text: str, expected: Filter) -> None:
    """Where case does not count, a text stays whole as far as any directory compares it as SCIM does."""
    assert text_filter("cn", operator, text, case_exact=False) == expected


@pytest.mark.parametrize(
    ("operator", "text", "expected"),
    [
        pytest.param("eq", "Straße", equals("Straße"), id="equal"),
        pytest.param("sw", "http", parts("htt"), id="the last letter may have a mark"),
        pytest.param("ew", "http", parts(final="http"), id="the first has none"),
        pytest.param("co", "abéc d", parts("", "a", "c"), id="a letter before a mark, and the last"),
        pytest.param("co", "x", Present("cn"), id="one letter"),
    ],
)
def test_case_exact(operator: str, text: str, expected: Filter) -> None:
    """Where case counts, composition does, too, and a directory does not see it."""
    assert text_filter("cn", operator, text, case_exact=True) == expected


def _folds() -> dict[str, str]:
    """Fold each character as SCIM does, leaving compatibility to the directory."""
    characters = (chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point < 0xE000)
    return {
        character: folded
        for character in characters
        if (folded := unicodedata.normalize("NFC", character).casefold()) != character
        and unicodedata.normalize("NFKC", character) == unicodedata.normalize("NFC", character)
    }


def test_tables() -> None:
    """The letters at which texts are cut are those of which Unicode makes several."""
    several = {folded for folded in _folds().values() if len(folded) > 1}

    starts = {folded[0] for folded in several if folded[0].isascii()}
    ends = {folded[-1] for folded in several if folded[-1].isascii()}

    assert starts == STARTS_OF_FOLDS
    assert ends == ENDS_OF_FOLDS
    assert {folded for folded in several if folded.isascii()} == {"ss"}
