"""Filters are read with the precedence of RFC 7644, and refused with the column."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings

from app.scim.errors import InvalidFilter
from app.scim.filters.nodes import And, Comparison, Filter, Not, Or, Present, ValuePath
from app.scim.filters.parser import parse, parse_target
from app.scim.filters.text import render
from app.scim.path import AttributePath
from tests.scim.samples import ENTERPRISE, read
from tests.scim.strategies import any_texts, filters

A, B, C = (Present(AttributePath(name)) for name in "abc")
WORK = Comparison(AttributePath("type"), "eq", "work")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        pytest.param("a pr", A, id="presence"),
        pytest.param('a.b eq "x"', Comparison(AttributePath("a", "b"), "eq", "x"), id="comparison"),
        pytest.param("a EQ TRUE", Comparison(AttributePath("a"), "eq", True), id="any case"),
        pytest.param("a ne Null", Comparison(AttributePath("a"), "ne", None), id="null"),
        pytest.param("a gt -1.5e2", Comparison(AttributePath("a"), "gt", -150.0), id="decimal"),
        pytest.param("a le 12", Comparison(AttributePath("a"), "le", 12), id="integer"),
        pytest.param(
            r'a co "\"\\\u00e9 ) and ("', Comparison(AttributePath("a"), "co", '"\\é ) and ('), id="escapes"
        ),
        pytest.param(
            f'{ENTERPRISE}:a.b sw "x"', Comparison(AttributePath("a", "b", ENTERPRISE), "sw", "x"), id="URN"
        ),
        pytest.param("a pr and b pr and c pr", And((A, B, C)), id="and"),
        pytest.param("a pr or b pr And c pr", Or((A, And((B, C)))), id="and binds tighter"),
        pytest.param("(a pr OR b pr) and c pr", And((Or((A, B)), C)), id="grouping"),
        pytest.param("not (a pr) and b pr", And((Not(A), B)), id="not binds tightest"),
        pytest.param("NOT(a pr or b pr)", Not(Or((A, B))), id="not without a space"),
        pytest.param("  ( ( a pr ) )  ", A, id="idle parentheses"),
        pytest.param("a[b pr]", ValuePath(AttributePath("a"), B), id="value path"),
        pytest.param(
            'a [type eq "work" or not (b pr)]',
            ValuePath(AttributePath("a"), Or((WORK, Not(B)))),
            id="full value path",
        ),
        pytest.param(
            'a[type eq "work"].value eq "x"',
            ValuePath(AttributePath("a"), And((WORK, Comparison(AttributePath("value"), "eq", "x")))),
            id="comparison after a value path",
        ),
        pytest.param(
            'a[type eq "work" and b pr].c pr',
            ValuePath(AttributePath("a"), And((WORK, B, C))),
            id="presence after a value path",
        ),
    ],
)
def test_parse(text: str, condition: Filter) -> None:
    """A filter is read into its nodes."""
    assert parse(text) == condition


@pytest.mark.parametrize(
    "text", read("rfc/rfc7644-3.4.2.2-filters.json") + read("rfc/rfc7644-3.4.2.1-filters-over-types.json")
)
def test_rfc_examples(text: str) -> None:
    """Every filter of RFC 7644 §3.4.2 is read (§3.4.2.1's with the quotes that it lacks), and reads the same when written out."""
    condition = parse(text)

    assert parse(render(condition)) == condition


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        pytest.param("", "expected an attribute, not or (, got the end (column 1)", id="empty"),
        pytest.param('"a" eq "b"', "expected an attribute, not or (, got a string (column 1)", id="string first"),
        pytest.param("a", "expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), got the end (column 2)", id="no operator"),
        pytest.param("a is 5", "expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), got 'is' (column 3)", id="operator"),
        pytest.param('a "eq" 5', "expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), got a string (column 3)", id="quoted operator"),
        pytest.param("a eq bjensen", "expected a value (a string in double quotes, a number, true, false or null), got 'bjensen' (column 6)", id="unquoted"),
        pytest.param("a eq 'b'", "expected a value (a string in double quotes, a number, true, false or null), got \"'b'\" (column 6)", id="single quotes"),
        pytest.param("a eq 01", "expected a value (a string in double quotes, a number, true, false or null), got '01' (column 6)", id="leading zero"),
        pytest.param("a eq 1e999", "the number is too large (column 6)", id="infinite"),
        pytest.param(f"a eq {'9' * 5000}", f"expected a value (a string in double quotes, a number, true, false or null), got '{'9' * 40}' (column 6)", id="long number"),
        pytest.param('a eq "b', "the string is not closed by a double quote (column 6)", id="open string"),
        pytest.param('a eq "\\x"', "the string has a control character or an escape that JSON does not know (column 6)", id="escape"),
        pytest.param('a eq "\n"', "the string has a control character or an escape that JSON does not know (column 6)", id="control character"),
        pytest.param('a eq "\\ud800"', "the string has half of a surrogate pair, which is no character (column 6)", id="surrogate"),
        pytest.param("(a pr", "expected ), got the end (column 6)", id="open parenthesis"),
        pytest.param("a pr)", "expected and, or, or the end, got ')' (column 5)", id="closing parenthesis"),
        pytest.param("a pr b pr", "expected and, or, or the end, got 'b' (column 6)", id="no connective"),
        pytest.param("a pr and", "expected an attribute, not or (, got the end (column 9)", id="nothing after and"),
        pytest.param("not a pr", "expected (, got 'a' (column 5)", id="not without parentheses"),
        pytest.param("1a pr", "expected an attribute, got '1a' (column 1)", id="attribute"),
        pytest.param("a[b pr", "expected ], got the end (column 7)", id="open bracket"),
        pytest.param("a[b[c pr]]", "a sub-attribute has no elements to choose from, got '[' (column 4)", id="nested brackets"),
        pytest.param("a[]", "expected an attribute, not or (, got ']' (column 3)", id="empty brackets"),
        pytest.param("((a pr))", "the filter is nested too deeply (column 2)", id="deep"),
        pytest.param("a pr or " * 20 + "a pr", "the filter has more than 150 characters", id="long"),
    ],
)  # fmt: skip
def test_refused(text: str, detail: str) -> None:
    """A malformed filter is refused with what was expected, what came, and where."""
    limit = 150 if "pr or" in text else 10_000

    with pytest.raises(InvalidFilter) as raised:
        parse(text, max_depth=1, max_length=limit)

    assert raised.value.detail == detail


def test_depth_is_not_width() -> None:
    """Parentheses beside each other do not add up to depth."""
    text = " and ".join(["(a pr)"] * 100)

    assert parse(text, max_depth=1) == And((A,) * 100)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        pytest.param("name.givenName", ("name.givenName", None, None), id="attribute"),
        pytest.param('emails[type eq "work"]', ("emails", WORK, None), id="element"),
        pytest.param('emails[type eq "work"].value', ("emails", WORK, "value"), id="sub-attribute"),
    ],
)
def test_target(text: str, target: tuple[str, Filter | None, str | None]) -> None:
    """A PATCH path is an attribute, perhaps with a filter, perhaps with a sub-attribute after that."""
    assert parse_target(text) == target


@pytest.mark.parametrize(
    ("text", "column"),
    [
        pytest.param('emails[type eq "work"] x', 24, id="rest"),
        pytest.param("emails[type eq work]", 16, id="in the filter"),
        pytest.param("emails[type pr", 15, id="open"),
    ],
)
def test_target_refused(text: str, column: int) -> None:
    """A column in a PATCH path counts from the path's start."""
    with pytest.raises(InvalidFilter) as raised:
        parse_target(text)

    assert raised.value.column == column


@given(filters)
@settings(max_examples=150, deadline=None)
def test_render_and_parse(condition: Filter) -> None:
    """A filter that is written out reads the same."""
    assert parse(render(condition), max_length=1_000_000) == condition


@pytest.mark.parametrize(
    "attribute", ["a", "a.b", "not", "NOT", f"{ENTERPRISE}:a.b", "a.b.c", "é", "1", 'a"', "a[", "a(", " a\t"]
)
@pytest.mark.parametrize("operator", [" eq ", " Sw", " xx ", " pr ", "eq", " and "])
@settings(max_examples=30)
@given(any_texts)
def test_single_comparison(attribute: str, operator: str, value: str) -> None:
    """A comparison alone is read, or refused, as it is within brackets, whatever is compared."""
    for string in (json.dumps(value), json.dumps(value, ensure_ascii=False), f'"{value}"'):
        text = f"{attribute}{operator}{string}"
        within = alone = None
        with suppress(InvalidFilter):
            within = parse(f"({text})")
        with suppress(InvalidFilter):
            alone = parse(text)
        assert alone == within


@given(any_texts)
@settings(max_examples=100, deadline=None)
def test_hostile(text: str) -> None:
    """Whatever text comes is read or refused."""
    for hostile in (text, f"userName eq {text}", f"emails[{text}"):
        with suppress(InvalidFilter):
            parse(hostile)
