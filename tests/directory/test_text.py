"""Text compares as directories compare it."""

import pytest

from app.directory.text import prepare


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("BJensen", "bjensen", id="case"),
        pytest.param("  a   b ", "A B", id="spaces"),
        pytest.param("Müller", "mu\u0308LLER", id="composition"),
        pytest.param("\uff4a\uff4f", "jo", id="width"),
        pytest.param("\u03a3", "\u03c3", id="no neighbours"),
    ],
)
def test_equal(left: str, right: str) -> None:
    """Texts that differ in case, composition or superfluous space are prepared alike."""
    assert prepare(left) == prepare(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("straße", "strasse", id="sharp s"),
        pytest.param("\u03a3", "\u03c2", id="final sigma"),
        pytest.param("a\tb", "a b", id="tab"),
        pytest.param("a b", "ab", id="no space"),
    ],
)
def test_distinct(left: str, right: str) -> None:
    """What a server keeps as two entries is never one name here."""
    assert prepare(left) != prepare(right)
