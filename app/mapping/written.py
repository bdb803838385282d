"""What a rule's directory attribute holds of a resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.directory.model import Values
from app.directory.text import prepare
from app.mapping.expression import Evaluation
from app.mapping.model import Place, Rule
from app.mapping.sources import first_made
from app.mapping.transforms import value_of_text
from app.scim.errors import InvalidValue
from app.scim.resource import Resource, is_complex, values_of
from app.scim.schema import Value


def written_values(rule: Rule, evaluation: Evaluation) -> Values:
    """Return what is written of a resource, by a default where it says nothing; raise InvalidValue."""
    if rule.when is not None and not evaluation.holds(rule.when, place=f"attributes.{rule.place}.when"):
        return ()
    found = values_at(rule, evaluation.resource)
    if not found and rule.defaults:
        found = _default(rule, evaluation)
    values = distinct(rule, found) if len(found) > 1 else found
    mark = rule.transform.mark
    # The primary one comes first.
    return tuple(mark(value, index == 0) for index, value in enumerate(values)) if mark else values


def values_at(rule: Rule, resource: Resource) -> Values:
    """Return the directory values of what stands at a rule's place; raise InvalidValue."""
    if rule.place.top not in resource.attributes:
        return ()
    try:
        return tuple([rule.transform.to_directory(value) for value in _scim_values(rule.place, resource)])
    except ValueError as error:
        raise InvalidValue(f"{rule.place} {error}") from error


def _scim_values(place: Place, resource: Resource) -> Sequence[Value]:
    if place.is_elements or place.is_element_part:
        found: Sequence[Value] = _element_values(place, resource)
    else:
        found = values_of(resource.get(place.path))
    # Directories have no empty values: the empty text is no value there.
    return [value for value in found if value is not None and value != ""]


def _element_values(place: Place, resource: Resource) -> Sequence[Value]:
    every = values_of(resource.get(place.whole))
    elements = [each for each in every if is_complex(each) and belongs(each, place)] if every else []
    if len(elements) > 1:
        elements.sort(key=lambda element: element.get("primary") is not True)
    if place.is_element_part:
        elements = elements[:1]
    return [element.get(place.path.sub_attribute or "value") for element in elements]


def belongs(element: Mapping[str, Value], place: Place) -> bool:
    """Tell whether a place is for elements of such a type."""
    kind = element.get("type")
    if place.element_type is None:
        return True
    if not kind:
        return place.takes_untyped
    return str(kind).lower() == place.element_type.lower()


def _default(rule: Rule, evaluation: Evaluation) -> Values:
    texts = first_made(rule.defaults, evaluation, place=f"attributes.{rule.place}.default")
    return tuple(_default_value(rule, text) for text in (texts if rule.is_list else texts[:1]))


def _default_value(rule: Rule, text: str) -> bytes:
    try:
        return rule.transform.to_directory(value_of_text(text, rule.place.resolved.leaf))
    except ValueError as error:
        raise InvalidValue(f"{rule.place}: its default {error}") from error


def distinct(rule: Rule, values: Iterable[bytes]) -> Values:
    """Leave out values that the directory would find equal to one before them."""
    folds = rule.transform.is_text and rule.matching == "caseIgnore"
    kept: dict[object, bytes] = {}
    for value in values:
        kept.setdefault(prepare(value.decode("utf-8", "replace")) if folds else value, value)
    return tuple(kept.values())
