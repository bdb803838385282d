"""Descriptions of RFC 4512 §4.1 are read as every server writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.dn import Dn
from app.directory.model import Entry
from app.directory.schema import AttributeType, ContentRule, ObjectClass, Schema
from app.directory.schema_text import (
    Fields,
    InvalidDescription,
    attribute_type,
    content_rule,
    object_class,
    parse,
    read_schema,
)

TEXT = "1.3.6.1.4.1.1466.115.121.1.15"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "( 0.9.2342.19200300.100.1.1 NAME ( 'uid' 'userid' ) DESC 'RFC4519: user identifier' "
            "EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch "
            "SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{256} )",
            AttributeType(
                "0.9.2342.19200300.100.1.1",
                ("uid", "userid"),
                syntax=TEXT,
                length=256,
                equality="caseIgnoreMatch",
                substrings="caseIgnoreSubstringsMatch",
            ),
            id="openldap",
        ),
        pytest.param(
            "( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' SYNTAX '1.3.6.1.4.1.1466.115.121.1.15' SINGLE-VALUE )",
            AttributeType("1.2.840.113556.1.4.221", ("sAMAccountName",), syntax=TEXT, single_valued=True),
            id="active-directory",
        ),
        pytest.param(
            "(nsAccountLock-oid NAME 'nsAccountLock' DESC '' SYNTAX 1.2 X-ORIGIN ( '389 DS' 'it''s' ) COLLECTIVE"
            " NO-USER-MODIFICATION USAGE directoryOperation ORDERING x)",
            AttributeType(
                "nsAccountLock-oid",
                ("nsAccountLock",),
                syntax="1.2",
                ordering="x",
                is_collective=True,
                is_writable=False,
                usage="directoryOperation",
            ),
            id="389-ds",
        ),
        pytest.param("( 1.2.3 SUP name )", AttributeType("1.2.3", superior="name"), id="bare"),
    ],
)
def test_attribute_types(text: str, expected: AttributeType) -> None:
    """Quoted syntaxes, words for OIDs and missing spaces are understood."""
    assert attribute_type(text) == expected


def test_object_classes() -> None:
    """A class is structural unless it says something else."""
    texts = [
        "( 2.5.6.6 NAME 'person' SUP top MUST ( sn $ cn ) MAY telephoneNumber )",
        "( 1.1 NAME ( 'a' 'b' ) SUP ( x $ y ) AUXILIARY MUST (o ) )",
        "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
    ]

    assert [object_class(text) for text in texts] == [
        ObjectClass(
            "2.5.6.6", ("person",), ("top",), "STRUCTURAL", must=("sn", "cn"), may=("telephoneNumber",)
        ),
        ObjectClass("1.1", ("a", "b"), ("x", "y"), "AUXILIARY", must=("o",)),
        ObjectClass("2.5.6.0", ("top",), (), "ABSTRACT", must=("objectClass",)),
    ]


def test_content_rules() -> None:
    """A content rule says what a structural class may have besides."""
    text = "( 1.2 NAME 'user' AUX ( a $ b ) MUST (c ) MAY d )"

    assert content_rule(text) == ContentRule("1.2", ("user",), ("a", "b"), ("c",), ("d",))


def test_escapes() -> None:
    """A quote and a backslash within a text are read as such."""
    assert parse(r"( 1.1 DESC 'it\27s a \5c' )") == Fields("1.1", {"DESC": ("it's a \\",)})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("1.1 NAME 'a'", id="no-parentheses"),
        pytest.param("( ( 'a' ) )", id="no-oid"),
        pytest.param("( 1.1 NAME 'a )", id="open-quote"),
        pytest.param("( 1.1 NAME ( 'a' 'b' )", id="open-list"),
        pytest.param("( 1.1 NAME )", id="no-value"),
        pytest.param("( 1.1 'a' )", id="quoted-word"),
        pytest.param("( 1.1 NAME 'a' ) )", id="mark-as-word"),
    ],
)
def test_refused(text: str) -> None:
    """What is no description is refused."""
    with pytest.raises(InvalidDescription):
        parse(text)


@given(st.text(alphabet=st.sampled_from("()$' a1\\{}"), max_size=12))
def test_hostile(text: str) -> None:
    """Any text is read or refused."""
    try:
        parse(text)
    except InvalidDescription:
        return


_names = st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,5}", fullmatch=True), max_size=3).map(tuple)


def _written(fields: Fields) -> str:
    lists = " ".join(f"{word} ( {' $ '.join(values)} )" for word, values in fields.values.items())
    return f"( {fields.oid} {lists} )"


@given(
    st.builds(Fields, st.just("1.2"), st.dictionaries(st.sampled_from(["SUP", "MUST", "MAY", "AUX"]), _names))
)
def test_lists(fields: Fields) -> None:
    """Lists are read as they are written."""
    assert parse(_written(fields)) == fields


def test_subschema() -> None:
    """What cannot be read is left out; what Active Directory says elsewhere is put where it belongs."""
    entry = Entry.of(
        Dn(()),
        {
            "attributeTypes": [
                b"( 1.1 NAME 'a' SYNTAX '1.5' )",
                b"broken",
                b"( 1.2 NAME 'b' )",
                b"( 1.3 NAME 'c' )",
            ],
            "objectClasses": [b"( 2.1 NAME 'k' )"],
            "dITContentRules": [b"( 2.1 AUX x )"],
            "extendedAttributeInfo": [
                b"( 1.1 NAME 'a' RANGE-UPPER '64' INDEXED )",
                b"( 1.2 NAME 'b' RANGE-UPPER 'x' SYSTEM-ONLY )",
            ],
        },
    )

    assert read_schema(entry) == Schema(
        (
            AttributeType("1.1", ("a",), syntax="1.5", length=64, is_indexed=True),
            AttributeType("1.2", ("b",), is_writable=False, is_indexed=False),
            AttributeType("1.3", ("c",)),
        ),
        (ObjectClass("2.1", ("k",)),),
        (ContentRule("2.1", auxiliaries=("x",)),),
    )
