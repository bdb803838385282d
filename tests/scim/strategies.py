"""What hypothesis makes: JSON as an attacker sends it, values for every attribute, whole users."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from app.scim.filters.nodes import And, Comparison, Filter, Not, Operator, Or, Present, ValuePath
from app.scim.path import AttributePath, resolve
from app.scim.resource import Resource
from app.scim.schema import Attribute, Value
from tests.scim.samples import ENTERPRISE, USER

HOSTILE = (
    "*",
    "(",
    ")",
    "\\",
    ",",
    "+",
    '"',
    "=",
    "<",
    ">",
    ";",
    "#",
    " lead",
    "trail ",
    "😀",
    "\u202e",
    "é",
    "e\u0301",
    "ß",
    "x" * 10_000,
)

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
)
any_texts = st.one_of(texts, st.sampled_from(["", "\0", "\ud800", "true", "{"]))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), any_texts)
_names = st.one_of(
    st.sampled_from(
        [attribute.name for attribute in USER.core_attributes] + [ENTERPRISE, "USERNAME", "value", "primary"]
    ),
    any_texts,
)
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(_names, below, max_size=5),
    max_leaves=12,
).map(lambda value: {"userName": "x", **value} if isinstance(value, dict) else value)

_storable = texts.filter(lambda text: "\0" not in text)

_SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "string": texts,
    "reference": texts,
    "boolean": st.booleans(),
    "binary": st.sampled_from(["AAEC", "AA=="]),
}


def values_for(attribute: Attribute) -> st.SearchStrategy[Any]:
    """Make canonical values of an attribute."""
    if not attribute.multi_valued:
        return _single(attribute)
    lists = st.lists(_single(attribute), min_size=1, max_size=3, unique_by=repr)
    return lists.map(_keep_one_primary)


def attributes_for(attributes: tuple[Attribute, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Make canonical attributes; what is read-only is left out."""
    made = {found.name: values_for(found) for found in attributes if found.mutability != "readOnly"}
    return st.sets(st.sampled_from(sorted(made)), min_size=1, max_size=5).flatmap(
        lambda names: st.fixed_dictionaries({name: made[name] for name in made if name in names})
    )


def _single(attribute: Attribute) -> st.SearchStrategy[Any]:
    if attribute.sub_attributes:
        return attributes_for(attribute.sub_attributes)
    is_storable = attribute.returned == "never" or attribute.name == "externalId"
    return _storable if is_storable else _SIMPLE[attribute.type]


def _keep_one_primary(elements: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for element in elements:
        again = any(isinstance(before, dict) and before.get("primary") for before in kept)
        kept.append({**element, "primary": False} if again and "primary" in element else element)
    return [element for index, element in enumerate(kept) if element not in kept[:index]]


def _user(core: dict[str, Value], extension: dict[str, Value] | None) -> Resource:
    below = {ENTERPRISE: extension} if extension else {}
    return Resource(USER, {"userName": "bjensen", **core, **below})


users = st.builds(
    _user,
    attributes_for(USER.schema.attributes),
    st.none() | attributes_for(USER.extensions[0].schema.attributes),
)

_paths = st.builds(
    AttributePath,
    st.sampled_from(["userName", "name", "emails", "notable"]),
    st.none() | st.sampled_from(["value", "$ref"]),
    st.none() | st.just(ENTERPRISE),
)
_finite = st.floats(allow_nan=False, allow_infinity=False)
_compared = st.one_of(st.none(), st.booleans(), st.integers(), _finite, texts)
_tests: st.SearchStrategy[Filter] = st.builds(
    Comparison, _paths, st.sampled_from(get_args(Operator)), _compared
) | st.builds(Present, _paths)


def _joined(below: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(below, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, below)


filters = st.recursive(
    _tests | st.builds(ValuePath, _paths, st.recursive(_tests, _joined, max_leaves=4)), _joined, max_leaves=6
)


@st.composite
def _user_patch(draw: st.DrawFn) -> dict[str, Any]:
    changeable = [
        found for found in USER.schema.attributes if found.mutability != "readOnly" and not found.required
    ]
    attribute = draw(st.sampled_from(changeable))
    if draw(st.booleans()):
        return {"op": "remove", "path": attribute.name}
    return {"op": "replace", "path": attribute.name, "value": draw(values_for(attribute))}


user_patches = _user_patch()

_LEAVES = [
    AttributePath(found.name, sub.name if sub else None)
    for found in USER.core_attributes
    if found.returned != "never"
    for sub in (found.sub_attributes or (None,))
]
_ELEMENTS = [found for found in USER.schema.attributes if found.multi_valued]


def _comparisons(path: AttributePath, leaf: Attribute) -> st.SearchStrategy[Filter]:
    match leaf.type:
        case "boolean":
            return st.builds(Comparison, st.just(path), st.sampled_from(["eq", "ne"]), st.booleans())
        case "binary":
            return st.builds(Comparison, st.just(path), st.sampled_from(["eq", "ne"]), _SIMPLE["binary"])
        case "dateTime":
            dates = st.sampled_from(
                ["2011-05-13T04:42:34Z", "2011-05-13T06:42:34+02:00", "2030-01-01T00:00:00"]
            )
            return st.builds(
                Comparison, st.just(path), st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), dates
            )
        case _:
            return st.builds(Comparison, st.just(path), st.sampled_from(get_args(Operator)), texts)


_leaf_tests = st.sampled_from(_LEAVES).flatmap(
    lambda path: st.builds(Present, st.just(path)) | _comparisons(path, resolve(path, USER).leaf)
)
_element_tests = st.sampled_from(_ELEMENTS).flatmap(
    lambda found: st.builds(
        ValuePath,
        st.just(AttributePath(found.name)),
        st.recursive(
            st.sampled_from(found.sub_attributes).flatmap(
                lambda sub: _comparisons(AttributePath(sub.name), sub)
            ),
            _joined,
            max_leaves=3,
        ),
    )
)
user_filters: st.SearchStrategy[Filter] = st.recursive(_leaf_tests | _element_tests, _joined, max_leaves=5)
"""Filters that have a meaning for users."""
