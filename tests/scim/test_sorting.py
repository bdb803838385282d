"""Resources are sorted as RFC 7644 §3.4.2.3 says."""

from __future__ import annotations

import pytest

from app.scim.errors import InvalidValue
from app.scim.path import parse_path
from app.scim.resource import Resource
from app.scim.schema import Value
from app.scim.sorting import resolve_sort_by, sort
from tests.scim.samples import ENTERPRISE, ROBOT, USER, robot


def sorted_values(values: list[Value], name: str, **options: str) -> list[Value]:
    """Sort robots by an attribute, and return its values."""
    robots = [robot(**{name.partition(".")[0]: value}) if value is not None else robot() for value in values]
    order = "descending" if options else "ascending"
    result = sort(robots, resolve_sort_by(parse_path(name), ROBOT), order=order)  # type: ignore[arg-type]  # one of two
    return [each.attributes.get(name.partition(".")[0]) for each in result]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        pytest.param("nickname", ["b", None, "A", "a"], ["A", "a", "b", None], id="case does not count"),
        pytest.param("serial", ["b", "B", "a"], ["B", "a", "b"], id="case counts"),
        pytest.param("wheels", [10, 9, None], [9, 10, None], id="numbers"),
        pytest.param("on", [True, None, False], [False, True, None], id="booleans"),
        pytest.param("built", ["2020-01-01T01:00:00+02:00", "2020-01-01T00:00:00Z"], ["2020-01-01T01:00:00+02:00", "2020-01-01T00:00:00Z"], id="dates"),
        pytest.param("tags", [["b", "a"], ["a", "z"]], [["a", "z"], ["b", "a"]], id="first of many"),
        pytest.param("owner", [{"value": "2"}, {"value": "1"}, {"note": "0"}], [{"value": "1"}, {"value": "2"}, {"note": "0"}], id="complex"),
        pytest.param("parts.type", [[{"type": "b"}], [{"type": "z"}, {"type": "a", "primary": True}], None], [[{"type": "z"}, {"type": "a", "primary": True}], [{"type": "b"}], None], id="primary"),
    ],
)  # fmt: skip
def test_sort(name: str, values: list[Value], expected: list[Value]) -> None:
    """Values are in order, and what has none comes last; descending it is the other way round."""
    assert sorted_values(values, name) == expected
    if name != "nickname":
        assert sorted_values(values, name, order="descending") == expected[::-1]


def test_extension() -> None:
    """A complex attribute of an extension is sorted by its value."""
    managers = [Resource(USER, {ENTERPRISE: {"manager": {"value": value}}}) for value in ("b", "a")]

    assert sort(managers, resolve_sort_by(parse_path(f"{ENTERPRISE}:manager"), USER)) == managers[::-1]


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        pytest.param("shoeSize", "sortBy: Robot has no attribute 'shoeSize'", id="unknown"),
        pytest.param("maker", "sortBy: Robot has no attribute 'maker.value'", id="complex"),
        pytest.param("pin", "sortBy: pin cannot be sorted by", id="secret"),
        pytest.param("owner.code", "sortBy: owner.code cannot be sorted by", id="secret part"),
    ],
)
def test_refused(name: str, detail: str) -> None:
    """What cannot be sorted by is refused by name."""
    with pytest.raises(InvalidValue) as raised:
        resolve_sort_by(parse_path(name), ROBOT)

    assert raised.value.detail == detail
