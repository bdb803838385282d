"""Values go to the directory and come back, or are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mapping.transforms import (
    BINARY,
    BOOLEAN,
    DECIMAL,
    GENERALIZED_TIME,
    INTEGER,
    POSTAL_ADDRESS,
    TEXT,
    Transform,
    default_for,
    value_of_text,
)
from app.scim.schema import Attribute, Value
from tests.directory.strategies import texts
from tests.scim.samples import USER


@pytest.mark.parametrize(
    ("transform", "value", "raw"),
    [
        pytest.param(TEXT, "é*", "é*".encode(), id="text"),
        pytest.param(BOOLEAN, True, b"TRUE", id="true"),
        pytest.param(BOOLEAN, False, b"FALSE", id="false"),
        pytest.param(INTEGER, -3, b"-3", id="integer"),
        pytest.param(DECIMAL, 2.5, b"2.5", id="decimal"),
        pytest.param(DECIMAL, 1e300, b"1e+300", id="large decimal"),
        pytest.param(BINARY, "AAEC", b"\0\1\2", id="binary"),
        pytest.param(GENERALIZED_TIME, "2026-01-02T03:04:05Z", b"20260102030405.0Z", id="time"),
        pytest.param(GENERALIZED_TIME, "0001-01-01T00:00:00Z", b"00010101000000.0Z", id="long ago"),
        pytest.param(GENERALIZED_TIME, "2026-01-02T03:04:05.120000Z", b"20260102030405.12Z", id="fraction"),
        pytest.param(POSTAL_ADDRESS, "1 St\nA$B\\C", b"1 St$A\\24B\\5CC", id="postal address"),
    ],
)
def test_both_ways(transform: Transform, value: Value, raw: bytes) -> None:
    """Each value has one form in the directory, and that form is read as the value."""
    assert transform.to_directory(value) == raw
    assert transform.to_scim(raw) == value


@given(text=texts)
def test_text(text: str) -> None:
    """Any text comes back, also as a postal address, but for the line ends around it."""
    assert TEXT.to_scim(TEXT.to_directory(text)) == text
    lines = text.replace("\r\n", "\n").strip("\n")
    if lines:
        assert POSTAL_ADDRESS.to_scim(POSTAL_ADDRESS.to_directory(text)) == lines


@given(value=st.integers())
def test_integers(value: int) -> None:
    """Any integer comes back."""
    assert INTEGER.to_scim(INTEGER.to_directory(value)) == value


@given(value=st.datetimes(timezones=st.timezones()))
def test_times(value: object) -> None:
    """Any instant comes back as the same instant, or is refused at the ends of time."""
    text = str(value).replace(" ", "T")
    try:
        raw = GENERALIZED_TIME.to_directory(text)
    except ValueError:
        return

    assert GENERALIZED_TIME.to_directory(GENERALIZED_TIME.to_scim(raw)) == raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(b"2026010203Z", "2026-01-02T03:00:00Z", id="hours"),
        pytest.param(b"202601020304Z", "2026-01-02T03:04:00Z", id="minutes"),
        pytest.param(b"2026010203.5Z", "2026-01-02T03:30:00Z", id="half an hour"),
        pytest.param(b"202601020304,5Z", "2026-01-02T03:04:30Z", id="half a minute"),
        pytest.param(b"20260102030405+0200", "2026-01-02T01:04:05Z", id="east"),
        pytest.param(b"20260102030405-02", "2026-01-02T05:04:05Z", id="west"),
    ],
)
def test_time(raw: bytes, expected: str) -> None:
    """GeneralizedTime is read in each of its forms."""
    assert GENERALIZED_TIME.to_scim(raw) == expected


@pytest.mark.parametrize(
    ("transform", "value"),
    [
        pytest.param(TEXT, "", id="empty text"),
        pytest.param(TEXT, "\ud800", id="half a character"),
        pytest.param(INTEGER, 2.5, id="no integer"),
        pytest.param(INTEGER, True, id="boolean for integer"),
        pytest.param(INTEGER, "3", id="text for integer"),
        pytest.param(BINARY, "%", id="no base64"),
        pytest.param(GENERALIZED_TIME, "yesterday", id="no time"),
        pytest.param(GENERALIZED_TIME, "0001-01-01T00:00:00+14:00", id="before all time"),
        pytest.param(POSTAL_ADDRESS, "\n", id="empty address"),
    ],
)
def test_refused_to_directory(transform: Transform, value: Value) -> None:
    """What has no form in the directory is refused."""
    with pytest.raises(ValueError, match=r"is|holds|not"):
        transform.to_directory(value)


@pytest.mark.parametrize(
    ("transform", "raw"),
    [
        pytest.param(TEXT, b"\xff", id="no text"),
        pytest.param(BOOLEAN, b"true", id="no boolean"),
        pytest.param(INTEGER, b"1_000", id="underscore"),
        pytest.param(INTEGER, b" 1", id="space"),
        pytest.param(DECIMAL, b"nan", id="not a number"),
        pytest.param(DECIMAL, b"1e999", id="infinite"),
        pytest.param(GENERALIZED_TIME, b"2026", id="year"),
        pytest.param(GENERALIZED_TIME, b"20261302030405Z", id="month 13"),
        pytest.param(GENERALIZED_TIME, b"00010101000000+1400", id="before all time"),
        pytest.param(GENERALIZED_TIME, b"20260102030405+2500", id="no zone"),
    ],
)
def test_refused_to_scim(transform: Transform, raw: bytes) -> None:
    """What cannot be read is refused, never shown as something else."""
    with pytest.raises(ValueError):  # noqa: PT011 - what reads says it in its own words
        transform.to_scim(raw)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [("boolean", "True", True), ("boolean", "false", False), ("integer", "-5", -5), ("string", "5", "5")],
)
def test_value_of_text(kind: str, text: str, expected: Value) -> None:
    """Texts are read as values of the attribute's type."""
    found = value_of_text(text, Attribute("x", kind))  # type: ignore[arg-type]  # a table of types

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(("kind", "text"), [("boolean", "yes"), ("integer", "x")])
def test_no_value_of_text(kind: str, text: str) -> None:
    """A text that is none is refused."""
    with pytest.raises(ValueError, match="is n"):
        value_of_text(text, Attribute("x", kind))  # type: ignore[arg-type]  # a table of types


@pytest.mark.parametrize(
    ("name", "expected"),
    [("userName", TEXT), ("active", BOOLEAN), ("emails", TEXT), ("x509Certificates", BINARY)],
)
def test_default(name: str, expected: Transform) -> None:
    """An attribute's type decides on its transform, a complex one's value's."""
    attribute = USER.attribute(name)
    assert attribute is not None

    assert default_for(attribute) is expected


def test_no_default() -> None:
    """A complex attribute without a value has no transform."""
    attribute = USER.attribute("name")
    assert attribute is not None

    with pytest.raises(ValueError, match="name one of its sub-attributes"):
        default_for(attribute)
