"""Changes of members are summed up without the members."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scim.membership import ReferenceDelta, reference_delta
from app.scim.patch import apply, parse_patch
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.scim.schema import Value
from tests.scim.samples import GROUP, ROBOT, group

MEMBERS = AttributePath("members")


def op(name: str, path: str, value: Value = None) -> dict[str, Value]:
    """Write an operation."""
    return {"op": name, "path": path, "value": value}


def refs(*ids: str) -> tuple[dict[str, Value], ...]:
    """Write references."""
    return tuple({"value": each} for each in ids)


def delta(*operations: Value) -> ReferenceDelta | None:
    """Sum up operations on a group."""
    return reference_delta(parse_patch({"Operations": operations}, GROUP), MEMBERS)


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        pytest.param([op("add", "members", ["1", "2"])], ReferenceDelta(added=refs("1", "2")), id="add"),
        pytest.param(
            [op("remove", "members", ["1", "2"])], ReferenceDelta(removed=refs("1", "2")), id="remove listed"
        ),
        pytest.param(
            [op("remove", 'members[value eq "1"]')], ReferenceDelta(removed=refs("1")), id="remove chosen"
        ),
        pytest.param(
            [op("remove", 'members[value eq "1" or value eq "2"]')],
            ReferenceDelta(removed=refs("1", "2")),
            id="remove several chosen",
        ),
        pytest.param([op("replace", "members", ["1"])], ReferenceDelta(replaced=refs("1")), id="replace"),
        pytest.param([op("remove", "members")], ReferenceDelta(replaced=()), id="remove all"),
        pytest.param([op("remove", "members", [])], ReferenceDelta(), id="remove none"),
        pytest.param(
            [op("add", "members", ["1", "2"]), op("remove", "members", ["1"])],
            ReferenceDelta(added=refs("2"), removed=refs("1")),
            id="the last word counts for a removal",
        ),
        pytest.param(
            [op("remove", "members", ["a", "b"]), op("add", "members", ["A"])],
            ReferenceDelta(added=refs("A"), removed=refs("b")),
            id="the last word counts for an addition",
        ),
        pytest.param(
            [
                op("add", "members", ["9"]),
                op("replace", "members", ["1", "2"]),
                op("add", "members", ["3", "1"]),
                op("remove", "members", ["2", "8"]),
            ],
            ReferenceDelta(replaced=refs("1", "3")),
            id="changes of a replacement",
        ),
    ],
)
def test_delta(operations: list[Value], expected: ReferenceDelta) -> None:
    """Operations on members come to additions and removals, or to a replacement."""
    assert delta(*operations) == expected


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(op("remove", 'members[type eq "User"]'), id="another part"),
        pytest.param(op("remove", 'members[value sw "1"]'), id="no equality"),
        pytest.param(op("add", 'members[value eq "1"]', {"type": "User"}), id="an element that may be there"),
        pytest.param(op("replace", "members.type", "User"), id="a part of all"),
        pytest.param(op("remove", "members.type"), id="a part of all goes"),
        pytest.param(op("remove", "members", [{"type": "User"}]), id="no value"),
    ],
)
def test_unknown(operation: Value) -> None:
    """What depends on the members that are there cannot be summed up."""
    assert delta(op("add", "members", ["1"]), operation) is None


def test_rest() -> None:
    """Operations on other attributes are left over in their order."""
    operations = parse_patch(
        {
            "Operations": [
                {"op": "replace", "value": {"displayName": "x", "members": ["1"], "externalId": "e"}}
            ]
        },
        GROUP,
    )

    assert reference_delta(operations, MEMBERS) == ReferenceDelta(
        replaced=refs("1"), rest=(operations[0], operations[2])
    )


def test_simple_values() -> None:
    """The values of a simple attribute are no references."""
    operations = parse_patch({"Operations": [op("add", "tags", ["a"])]}, ROBOT)

    assert reference_delta(operations, AttributePath("tags")) is None


_ids = st.lists(st.sampled_from("1234"), max_size=3)
_operations = st.builds(op, st.sampled_from(["add", "remove", "replace"]), st.just("members"), _ids)


@given(_ids, st.lists(_operations, min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_delta_does_what_patch_does(ids: list[str], operations: list[Value]) -> None:
    """Carrying out the delta and carrying out the operations give the same members."""
    before = group(*dict.fromkeys(ids))
    read = parse_patch({"Operations": operations}, GROUP) if operations else ()

    summed = reference_delta(read, MEMBERS)

    assert summed is not None
    start = set(ids) if summed.replaced is None else {str(each["value"]) for each in summed.replaced}
    removed = {str(each["value"]) for each in summed.removed}
    expected = (start - removed) | {str(each["value"]) for each in summed.added}
    patched = apply(Resource(GROUP, before.attributes), read)
    values = patched.get(AttributePath("members", "value"))
    assert expected == set(values if isinstance(values, list) else [])
