"""Regular expressions are bounded."""

from __future__ import annotations

import pytest

from app.mapping.regular import compile_bounded, match


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?P<local>[^@]+)@example\.org",
        r"(?P<a>\w{1,3})-(?P<b>(?:x|y))(?P<rest>.*)",
        r"[]a*+(]+\*",
        "[[a]",
        "a{x",
    ],
)
def test_allowed(pattern: str) -> None:
    """Groups, sets, escapes and a few repeats are allowed."""
    assert compile_bounded(pattern).pattern == pattern


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        pytest.param("(a+)+b", "repeats a group", id="nested"),
        pytest.param("(?:a|a)*b", "repeats a group", id="alternatives"),
        pytest.param("(a)?", "repeats a group", id="optional"),
        pytest.param("a?a?a?a?aaaa", "more than 3 repeats", id="many repeats"),
        pytest.param("a|b|c|d|e", "more than 3 repeats or 3 alternatives", id="many bars"),
        pytest.param(r"(a)\1", "not allowed", id="reference back"),
        pytest.param("(?=a)", "not allowed", id="look ahead"),
        pytest.param("(?i)a", "not allowed", id="flag"),
        pytest.param("(a", "is no regular expression", id="open"),
        pytest.param("a{99999999999999999999}", "is no regular expression", id="overflow"),
        pytest.param("a" * 501, "longer than 500", id="long"),
    ],
)
def test_refused(pattern: str, problem: str) -> None:
    """What could take too long is refused, whether it would or not."""
    with pytest.raises(ValueError, match=problem):
        compile_bounded(pattern)


def test_match() -> None:
    """A whole text matches or does not; groups that took no part are empty; long texts are not tried."""
    pattern = compile_bounded("(?P<a>x)|(?P<b>y)")

    assert match(pattern, "y") == {"a": "", "b": "y"}
    with pytest.raises(ValueError, match="does not match"):
        match(pattern, "yy")
    with pytest.raises(ValueError, match="longer than 256"):
        match(pattern, "y" * 257)
