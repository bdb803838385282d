"""Texts compare without case, width and composition, and with everything else."""

import pytest

from app.scim.comparison import fold


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("Jo", "jO", id="case"),
        pytest.param("Straße", "STRASSE", id="full case folding"),
        pytest.param("\N{FULLWIDTH LATIN CAPITAL LETTER A}b", "AB", id="width"),
        pytest.param("\N{HALFWIDTH KATAKANA LETTER A}", "\N{KATAKANA LETTER A}", id="narrow"),
        pytest.param(
            "e\N{COMBINING ACUTE ACCENT}", "\N{LATIN CAPITAL LETTER E WITH ACUTE}", id="composition"
        ),
    ],
)
def test_the_same(left: str, right: str) -> None:
    """What differs in case, width or composition alone is the same."""
    assert fold(left) == fold(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("\N{TRADE MARK SIGN}", "tm", id="sign"),
        pytest.param("x\N{SUPERSCRIPT TWO}", "x2", id="superscript"),
        pytest.param("a b", "a  b", id="space"),
    ],
)
def test_not_the_same(left: str, right: str) -> None:
    """Other forms of a character are other characters."""
    assert fold(left) != fold(right)
