"""Expressions are checked when a map is loaded, always come to an end, and fail without a word about values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mapping.expression import Evaluation, Expression, Finding, InvalidExpression
from app.mapping.expression_functions import FUNCTIONS, OWN
from app.scim.resource import Resource
from app.scim.schema import Value
from tests.scim.samples import ENTERPRISE, USER

JO = Resource(
    USER,
    {
        "userName": "Jo",
        "active": True,
        "title": " Dr ",
        "nickName": "Zoë Straße",
        "name": {"familyName": "Doe"},
        "password": "secret",
        "emails": [
            {"value": "h@x", "type": "home"},
            {"value": "w@x", "type": "Work"},
            {"value": "p@x", "type": "work", "primary": True},
        ],
        ENTERPRISE: {"department": "Sales", "employeeNumber": "7"},
    },
)


def made(text: str, resource: Resource = JO) -> tuple[str, ...]:
    """Return what an expression makes of a resource, where it does not fail."""
    evaluation = Evaluation(resource)
    texts = evaluation.texts(Expression.parse(text, USER), place="x")
    assert evaluation.findings == []
    return texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("resource.userName", ("Jo",)),
        ("lower(resource.userName) + '@x'", ("jo@x",)),
        ("resource.userName.upper()", ("JO",)),
        ("resource.title.trim()", ("Dr",)),
        ("resource.title.replace(' ', '')", ("Dr",)),
        ("resource.userName.substring(0, 1)", ("J",)),
        ("resource.userName.substring(1)", ("o",)),
        ("resource.userName.substring(5)", ()),
        ("'a,b'.split(',')", ("a", "b")),
        ("['a', 'b'].join()", ("ab",)),
        ("resource.emails.map(e, e.value).join('+')", ("h@x+w@x+p@x",)),
        ("ascii(resource.nickName)", ("Zoe Strasse",)),
        ("resource.emails.ofType('work').map(e, e.value)", ("p@x", "w@x")),
        ("firstOfType(resource.emails, 'home')", ("h@x",)),
        ("firstOfType(resource.emails, 'other')", ()),
        ("resource.emails.primary()", ("p@x",)),
        ("resource.phoneNumbers.primary()", ()),
        ("resource.active", ("true",)),
        ("resource.active ? 1 : 2", ("1",)),
        ("1.5", ("1.5",)),
        ("''", ()),
        ("null", ()),
        (f'resource["{ENTERPRISE}"].department', ("Sales",)),
        (f'has(resource["{ENTERPRISE}"].costCenter) ? "a" : "b"', ("b",)),
        ("has(resource.name.givenName) ? 'a' : resource.name.familyName", ("Doe",)),
        ("size(resource.phoneNumbers)", ("0",)),
        ("resource.emails.exists(e, e.type == 'home') ? 'y' : 'n'", ("y",)),
        ("resource.userName.matches('^J') ? 'y' : 'n'", ("y",)),
        ("resource.userName.matches(r'^\\w+$') ? 'y' : 'n'", ("y",)),
        ("{'Jo': 'x'}[resource.userName]", ("x",)),
        ("[1, 2].map(a, [3].map(b, string(a * b)))[1]", ("6",)),
    ],
)
def test_makes(text: str, expected: tuple[str, ...]) -> None:
    """An expression makes texts of a resource's attributes."""
    assert made(text) == expected


def test_absent_lists_and_complex_attributes_are_empty() -> None:
    """What a resource lacks need not be asked for, where it is a list or complex."""
    bare = Resource(USER, {"userName": "jo"})

    assert made("resource.emails.size() == 0 && !has(resource.name.familyName)", bare) == ("true",)
    assert made(f'has(resource["{ENTERPRISE}"].department)', bare) == ("false",)


GONE = "asks for an attribute that is not there"
TYPE = "makes or compares values of a type that it cannot"
OTHER = "cannot be worked out for this resource"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("resource.displayName", GONE),
        ("resource.name.givenName", GONE),
        ("resource.phoneNumbers[0].value", "asks for an element that is not there"),
        ("resource.userName + 1", TYPE),
        ("resource.name", TYPE),
        ("lower(resource.active)", OTHER),
        ("resource.userName.substring(-1)", OTHER),
        ("resource.userName.split('')", OTHER),
        ("resource.userName.join()", OTHER),
        ("[1].ofType('x')", OTHER),
        ("1 / (1 - 1)", OTHER),
    ],
)
def test_fails(text: str, message: str) -> None:
    """What fails makes nothing, and is a finding that holds no value."""
    evaluation = Evaluation(JO)

    assert evaluation.texts(Expression.parse(text, USER), place="here") == ()
    assert evaluation.findings == [Finding("here", message)]


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param({"title": "x" * 10_001}, id="text"),
        pytest.param({"emails": [{"value": "x"}] * 201}, id="list"),
        pytest.param({"title": "\ud800"}, id="half a character"),
    ],
)
def test_bounded_input(attributes: dict[str, Value]) -> None:
    """Attributes too long to compute with make nothing; those that are not named do not matter."""
    hostile = Resource(USER, {"userName": "jo", **attributes})
    name = next(iter(attributes))
    evaluation = Evaluation(hostile)

    assert evaluation.texts(Expression.parse(f"[resource.{name}]", USER), place="x") == ()
    assert [finding.place for finding in evaluation.findings] == ["x"]
    assert made("resource.userName", hostile) == ("jo",)


@pytest.mark.parametrize(
    "text",
    [
        "resource.title + resource.title",
        "lower(resource.title + resource.title)",
        "replace(resource.title, 'x', 'xx')",
    ],
)
def test_bounded_output(text: str) -> None:
    """A text that grows too long is none."""
    evaluation = Evaluation(Resource(USER, {"title": "x" * 6000}))

    assert evaluation.texts(Expression.parse(text, USER), place="x") == ()
    assert len(evaluation.findings) == 1


def test_conditions() -> None:
    """A condition holds, does not, or fails and then does not; none at all holds."""
    evaluation = Evaluation(JO)

    held = [
        evaluation.holds(Expression.parse(text, USER), place="w")
        for text in ("resource.active", "!resource.active", "resource.userName", "resource.userType == 'x'")
    ]

    assert held == [True, False, False, False]
    assert evaluation.holds(None, place="w")
    assert evaluation.findings == [
        Finding("w", f"the condition {TYPE}"),
        Finding("w", f"the condition {GONE}"),
    ]


NESTED = "[1].map(a, [1].map(b, [1].map(c, 1)))"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 +", "is no expression: <input>:1:4: Syntax error"),
        ("", "is no expression"),
        ("(" * 300 + "1" + ")" * 300, "is no expression"),
        ("'" + "x" * 1000 + "'", "is longer than 1000 characters"),
        (NESTED, "goes through lists within lists deeper than 2"),
        ("other", "knows no other: there is resource, as in resource.userName"),
        (
            "timestamp('2020-01-01T00:00:00Z')",
            "calls timestamp, which is not there; there are ascii, contains",
        ),
        ("resource.userName.open()", "calls open, which is not there"),
        ("resource", "resource stands alone"),
        ("[resource].size()", "resource stands alone"),
        ("resource['x", "resource stands alone"),
        ("resource.", "resource stands alone"),
        ("resource.nobody", "User has no attribute 'nobody'"),
        ("resource.name.nobody", "User has no attribute 'name.nobody'"),
        ("resource['urn:x'].a", "User has no attribute 'urn:x:a'"),
        ("resource.username", "has username, which is written resource.userName"),
        ("resource.department", f'written resource["{ENTERPRISE}"].department'),
        ("resource.password", "password is a secret"),
        ("resource.userName.matches('(')", "has a pattern that is none: '('"),
        ("resource.userName.matches(resource.title)", "matches wants one pattern, in quotes"),
        ("resource.userName.matches('a' + 'b')", "matches wants one pattern, in quotes"),
        ("resource.userName.matches(", "matches wants one pattern, in quotes"),
        ("1 // x", "has comments"),
        ("'''a'''", "three quotes"),
        ("resource.`a`", "back quotes"),
        (")", "is no expression"),
    ],
)
def test_refused(text: str, message: str) -> None:
    """What is no expression, names what is not there, or could take too long is refused."""
    with pytest.raises(InvalidExpression) as caught:
        Expression.parse(text, USER)

    assert message in str(caught.value)


def test_names_bound_by_comprehensions() -> None:
    """Chained comprehensions are no nested ones, and the text of a string is no code."""
    chained = (
        "resource.emails.filter(e, e.type == 'work').map(x, x.value).filter(y, y.contains('a.map(b, c.map('))"
    )

    assert made(f"{chained}.size()") == ("0",)


def test_paths() -> None:
    """An expression tells which attributes it is about."""
    text = f'resource.name.familyName + resource["{ENTERPRISE}"].department + resource.emails[0].value'

    assert [str(path) for path in Expression.parse(text, USER).paths] == [
        "name.familyName",
        f"{ENTERPRISE}:department",
        "emails",
    ]


_words = st.sampled_from(
    [
        "resource",
        ".userName",
        ".emails",
        ".name",
        "(",
        ")",
        "[",
        "]",
        "+",
        "-",
        "!",
        "?",
        ":",
        ",",
        "0",
        "1.5",
    ]
    + [
        "'x'",
        "r'\\'",
        "true",
        "null",
        "==",
        "&&",
        ".map(e, ",
        ".exists(e, ",
        "e",
        ".value",
        "{",
        "}",
        " in ",
        '"',
    ]
    + [f".{name}(" for name in (*sorted(FUNCTIONS), *sorted(OWN))]
)


@settings(max_examples=300, deadline=None)
@given(text=st.lists(_words, max_size=12).map("".join) | st.text(max_size=30))
def test_never_anything_else(text: str) -> None:
    """Whatever is written is refused as an expression, or makes texts, or is a finding."""
    try:
        expression = Expression.parse(text, USER)
    except InvalidExpression:
        return
    evaluation = Evaluation(JO)
    texts = evaluation.texts(expression, place="x")

    assert all(isinstance(each, str) for each in texts)
    assert not (texts and evaluation.findings)
