"""Filters are read from RFC 4515 text."""

import re

import pytest

from app.directory.filter_text import InvalidFilterText, parse_filter
from app.directory.filters import And, Equals, Everything, Extensible, Filter, Not, Or, Present, Substrings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(" (objectClass=person) ", Equals("objectClass", b"person"), id="spaces around"),
        pytest.param("(&)", Everything(), id="RFC 4526"),
        pytest.param("(&(a=1)(|(b=*)(!(c=2))))", None, id="connectives"),
        pytest.param("(cn=)", Equals("cn", b""), id="empty value"),
        pytest.param("(cn=a*)", Substrings("cn", b"a"), id="starts"),
        pytest.param(r"(cn=*\2a*)", Substrings("cn", any=(b"*",)), id="contains an asterisk"),
        pytest.param("(2.5.4.3;lang-de=x)", Equals("2.5.4.3;lang-de", b"x"), id="OID and option"),
        pytest.param("(n:1.2.840:=2)", Extensible("n", "1.2.840", b"2"), id="rule"),
        pytest.param("(cn=a=b>=c)", Equals("cn", b"a=b>=c"), id="operators in a value"),
    ],
)
def test_parse(text: str, expected: Filter | None) -> None:
    """Text is read as the standard writes it."""
    if expected is None:
        expected = And((Equals("a", b"1"), Or((Present("b"), Not(Equals("c", b"2"))))))

    assert parse_filter(text) == expected


@pytest.mark.parametrize(
    ("text", "at"),
    [
        pytest.param("", "'(' at 1", id="empty"),
        pytest.param("cn=x", "'(' at 1", id="no parenthesis"),
        pytest.param("(cn=x", "')' at 6", id="not closed"),
        pytest.param("(cn=x))", "the end at 7", id="more behind"),
        pytest.param("(cn)", "attribute=value at 2", id="no operator"),
        pytest.param("(cñ=x)", "attribute=value at 2", id="attribute not ASCII"),
        pytest.param("(!cn=x)", "'(' at 3", id="not of no filter"),
        pytest.param("(cn~=x)", "another operator", id="approximately"),
        pytest.param("(cn=a**b)", "no two * in a row at 5", id="two asterisks"),
        pytest.param("(n>=1*)", "no * ", id="asterisk in an order"),
        pytest.param("(n:1.2:=1*)", "no * ", id="asterisk for a rule"),
        pytest.param("(n:1.2:>=1)", "attribute=value", id="order by a rule"),
        pytest.param(r"(cn=a\b)", "hexadecimal digits after the backslash at 6", id="lone backslash"),
        pytest.param("(cn=a\0)", "')' at 6", id="NUL"),
        pytest.param("(!" * 60 + "(a=b)" + ")" * 60, "at most 50 levels", id="too deep"),
    ],
)
def test_invalid(text: str, at: str) -> None:
    """What is no filter is refused with the place."""
    with pytest.raises(InvalidFilterText, match=re.escape(at)):
        parse_filter(text)
