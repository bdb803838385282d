"""Filters are joined without superfluous parts, and written by RFC 4515."""

import pytest
from hypothesis import given

from app.directory.filter_text import parse_filter
from app.directory.filters import (
    And,
    Equals,
    Everything,
    Extensible,
    Filter,
    GreaterOrEqual,
    LessOrEqual,
    Not,
    Nothing,
    Or,
    Present,
    Substrings,
    all_of,
    any_of,
    attributes_of,
    loosened,
    negate,
    render,
)
from tests.directory.strategies import filters

A, B, C = Present("a"), Present("b"), Present("c")


@given(node=filters)
def test_parse_reads_what_was_rendered(node: Filter) -> None:
    """Whatever values a filter holds, its text parses to the same filter."""
    assert parse_filter(render(node)) == node


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(all_of([]), Everything(), id="and of none"),
        pytest.param(all_of([A]), A, id="and of one"),
        pytest.param(all_of([A, Everything(), A]), A, id="and of the same"),
        pytest.param(all_of([A, Nothing(), B]), Nothing(), id="and of never"),
        pytest.param(all_of([And((A, B)), C]), And((A, B, C)), id="and of and"),
        pytest.param(any_of([]), Nothing(), id="or of none"),
        pytest.param(any_of([A, Nothing(), A]), A, id="or of the same"),
        pytest.param(any_of([A, Everything()]), Everything(), id="or of always"),
        pytest.param(any_of([Or((A, B)), C]), Or((A, B, C)), id="or of or"),
        pytest.param(negate(Everything()), Nothing(), id="not always"),
        pytest.param(negate(Nothing()), Everything(), id="not never"),
        pytest.param(negate(negate(A)), A, id="not not"),
        pytest.param(negate(A), Not(A), id="not"),
    ],
)
def test_joining(made: Filter, expected: Filter) -> None:
    """Constants and repetitions vanish where filters are joined."""
    assert made == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param(Everything(), "(objectClass=*)", id="everything"),
        pytest.param(Nothing(), "(!(objectClass=*))", id="nothing"),
        pytest.param(And((A, Or((B, Not(C))))), "(&(a=*)(|(b=*)(!(c=*))))", id="connectives"),
        pytest.param(Equals("cn", b"*()\\\0"), r"(cn=\2a\28\29\5c\00)", id="specials"),
        pytest.param(Equals("cn", b" a "), r"(cn=\20\61\20)", id="spaces at the ends"),
        pytest.param(Equals("cn", b"\xff"), r"(cn=\ff)", id="not UTF-8"),
        pytest.param(Equals("cn", "é😀".encode()), "(cn=é😀)", id="others"),
        pytest.param(GreaterOrEqual("n", b"1"), "(n>=1)", id="at least"),
        pytest.param(LessOrEqual("n", b"1"), "(n<=1)", id="at most"),
        pytest.param(Extensible("n", "1.2.3", b"1"), "(n:1.2.3:=1)", id="rule"),
        pytest.param(Substrings("cn", b"a", (b"*", b"c"), b"d"), r"(cn=a*\2a*c*d)", id="all parts"),
        pytest.param(Substrings("cn", final=b"d"), "(cn=*d)", id="last part"),
    ],
)
def test_render(node: Filter, expected: str) -> None:
    """Every kind of filter has its text."""
    assert render(node) == expected


@given(node=filters)
def test_attributes(node: Filter) -> None:
    """The attributes that a filter looks at are those in its text."""
    assert all(name in render(node).lower() for name in attributes_of(node))


def test_attributes_of_each_kind() -> None:
    """Attributes are named once, in lower case, and constants look at none."""
    node = And((Or((Present("CN"), Equals("cn", b"x"))), Not(Present("sn")), Everything()))

    assert attributes_of(node) == {"cn", "sn"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(objectClass=person)", Everything()),
        ("(&(objectCategory=person)(OBJECTCLASS=user)(uid=*))", Present("uid")),
        ("(&(objectClass=user)(!(objectClass=computer)))", Not(Equals("objectClass", b"computer"))),
        ("(|(objectClass=person)(&(objectClass=account)(uid=*)))", Everything()),
        ("(|(&(objectClass=person)(sn=a))(title=b))", Or((Equals("sn", b"a"), Equals("title", b"b")))),
        ("(objectClass=*)", parse_filter("(objectClass=*)")),
    ],
)
def test_loosened(text: str, expected: Filter) -> None:
    """What is left of a filter without some attributes matches all that it matches, and asks nothing of them."""
    assert loosened(parse_filter(text), frozenset({"objectclass", "objectcategory"})) == expected
