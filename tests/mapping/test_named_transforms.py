"""Named transforms and what undoes them."""

from __future__ import annotations

from typing import Any

import pytest

from app.mapping.named_transforms import make_transform
from app.scim.schema import Attribute, Value

TEXT = Attribute("a")
REGEX = {
    "scim": r"(?P<user>[^@]+)@(?P<domain>\w+)",
    "to_directory": r"{domain}\{user}",
    "directory": r"(?P<domain>\w+)\\(?P<user>.+)",
    "to_scim": "{user}@{domain}",
}
ROLES = {"Employee": "e", "Contractor": "c"}


@pytest.mark.parametrize(
    ("steps", "value", "raw", "back"),
    [
        pytest.param([("lower", None)], "Ann", b"ann", "ann", id="lower"),
        pytest.param([("upper", None)], "Ann", b"ANN", "ANN", id="upper"),
        pytest.param([("trim", None)], " Ann ", b"Ann", "Ann", id="trim"),
        pytest.param([("prefix", "x-")], "Ann", b"x-Ann", "Ann", id="prefix"),
        pytest.param([("suffix", "-x")], "Ann", b"Ann-x", "Ann", id="suffix"),
        pytest.param([("table", ROLES)], "employee", b"e", "Employee", id="table"),
        pytest.param([("regex", REGEX)], "ann@corp", b"corp\\ann", "ann@corp", id="regex"),
        pytest.param(
            [("trim", None), ("lower", None), ("prefix", "x-"), ("suffix", "@y")],
            " Ann",
            b"x-ann@y",
            "ann",
            id="list",
        ),
        pytest.param([("text", None)], "Ann", b"Ann", "Ann", id="plain"),
    ],
)
def test_both_ways(steps: list[tuple[str, Any]], value: Value, raw: bytes, back: Value) -> None:
    """What is written is read back, as far as nothing is lost."""
    transform = make_transform(steps, TEXT)

    assert transform.to_directory(value) == raw
    assert transform.to_scim(raw) == back


@pytest.mark.parametrize(
    ("attribute", "table", "value", "raw"),
    [
        (Attribute("on", type="boolean"), {"true": "Y", "false": "N"}, False, b"N"),
        (Attribute("level", type="integer"), {"1": "low", "2": "high"}, 2, b"high"),
        (Attribute("m", type="complex", sub_attributes=(Attribute("value"),)), {"a": "b"}, "a", b"b"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_typed_table(attribute: Attribute, table: dict[str, str], value: Value, raw: bytes) -> None:
    """A table is read by the attribute's type."""
    transform = make_transform([("table", table)], attribute)

    assert transform.to_directory(value) == raw
    assert transform.to_scim(raw) == value


@pytest.mark.parametrize("name", ["lower", "upper", "trim"])
def test_stored_otherwise(name: str) -> None:
    """What somebody else has stored is shown as it is."""
    assert make_transform([(name, None)], TEXT).to_scim(b" aB ") == " aB "


@pytest.mark.parametrize(
    ("step", "value"),
    [(("table", ROLES), "x"), (("regex", REGEX), "x"), (("prefix", "x"), ""), (("trim", None), "  ")],
    ids=str,
)
def test_refused_values(step: tuple[str, Any], value: str) -> None:
    """A value without a form in the directory is refused."""
    with pytest.raises(ValueError, match=r"is none of Employee, Contractor|does not match|is empty"):
        make_transform([step], TEXT).to_directory(value)


@pytest.mark.parametrize(
    ("step", "raw"),
    [
        (("table", ROLES), b"E"),
        (("regex", REGEX), b"x"),
        (("prefix", "x-"), b"ann"),
        (("prefix", "x-"), b"x-"),
        (("suffix", "-x"), b"ann"),
        (("suffix", "-x"), b"-x"),
    ],
    ids=str,
)
def test_unreadable(step: tuple[str, Any], raw: bytes) -> None:
    """What the transform could not have made is not shown."""
    with pytest.raises(ValueError, match=r"in the table|match|begin|end"):
        make_transform([step], TEXT).to_scim(raw)


@pytest.mark.parametrize(
    ("steps", "attribute", "problem"),
    [
        pytest.param([("prefix", "x"), ("upper", None)], TEXT, "cannot be read back", id="order"),
        pytest.param([("lower", None), ("table", ROLES)], TEXT, "go together in a list", id="list"),
        pytest.param([("table", {"a": "x", "A": "y"})], TEXT, "a value twice", id="twice in SCIM"),
        pytest.param([("table", {"a": "x", "b": "X"})], TEXT, "a value twice", id="twice in the directory"),
        pytest.param([("table", {"a": "x"})], Attribute("a", type="binary"), "not for binary", id="binary"),
        pytest.param(
            [("lower", None)],
            Attribute("a", type="integer"),
            "lower is for reference and string",
            id="number",
        ),
        pytest.param(
            [("integer", None)], TEXT, "integer is for integer, not for string", id="text as number"
        ),
        pytest.param(
            [("boolean", None)], Attribute("a", type="integer"), "is for boolean, not for integer", id="bool"
        ),
        pytest.param(
            [("text", None)], Attribute("a", type="boolean"), "not for boolean", id="boolean as text"
        ),
        pytest.param(
            [("table", {"x": "y"})], Attribute("a", type="boolean"), "neither true nor false", id="boolean"
        ),
        pytest.param(
            [("regex", {**REGEX, "to_scim": "{nobody}"})], TEXT, "no group of .* fills: nobody", id="gap"
        ),
        pytest.param([("regex", {**REGEX, "scim": "(a+)+"})], TEXT, "repeats a group", id="pattern"),
    ],
)
def test_wrong(steps: list[tuple[str, Any]], attribute: Attribute, problem: str) -> None:
    """What cannot work is refused when the map is read."""
    with pytest.raises(ValueError, match=problem):
        make_transform(steps, attribute)
