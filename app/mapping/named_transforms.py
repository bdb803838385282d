"""The transforms that maps ask for by name: case, trim, prefix, suffix, table, regular expression, and lists of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.mapping.product_transforms import FILE_TIME, PROXY_ADDRESS, bits, data_uri, e164
from app.mapping.regular import compile_bounded, match
from app.mapping.transforms import NAMED, TEXT, Transform, value_of_text
from app.scim.comparison import fold
from app.scim.schema import Attribute, Value

Step = tuple[str, Any]
"""A transform's name, and what stands behind it in the map."""
_GAP = re.compile(r"\{(\w+)\}")
_TABLE_TYPES = {"string", "reference", "boolean", "integer"}


def _changed(name: str, change: Callable[[str], str]) -> Transform:
    """Make a transform that loses something on the way to the directory; what is there is shown as it is."""
    return Transform(
        name, lambda value: TEXT.to_directory(change(str(value))), TEXT.to_scim, is_text=True, reads_all=True
    )


LOWER, UPPER = _changed("lower", str.lower), _changed("upper", str.upper)
TRIM = replace(_changed("trim", str.strip), refuses_shown=True)
PLAIN = {
    **NAMED,
    **{transform.name: transform for transform in (FILE_TIME, PROXY_ADDRESS, LOWER, UPPER, TRIM)},
}
"""Those that are a name and no more."""


def make_transform(steps: Sequence[Step], attribute: Attribute) -> Transform:
    """Make the transform of an attribute's values.

    Raises:
        ValueError: if it does not suit the attribute, or makes what cannot be read back.
    """
    value = attribute.sub_attribute("value") or attribute
    made = [_made(name, argument, value) for name, argument in steps]
    return made[0] if len(made) == 1 else _chained(made)


def _made(name: str, argument: Any, attribute: Attribute) -> Transform:
    if name == "table":
        return _table(argument, attribute)
    wanted = _TYPES.get(name, _TEXT_TYPES)
    if attribute.type not in wanted:
        raise ValueError(f"{name} is for {' and '.join(sorted(wanted))}, not for {attribute.type}")
    return PLAIN[name] if name in PLAIN else _WITH_ARGUMENT[name](argument)


def _prefix(prefix: str) -> Transform:
    def to_scim(raw: bytes) -> Value:
        text = raw.decode()
        if not text.startswith(prefix) or text == prefix:
            raise ValueError(f"does not begin with {prefix}")
        return text.removeprefix(prefix)

    return Transform(
        "prefix",
        lambda value: prefix.encode() + TEXT.to_directory(value),
        to_scim,
        is_text=True,
        asked=lambda operator, text: prefix + text if operator in {"eq", "sw"} else text,
    )


def _suffix(suffix: str) -> Transform:
    def to_scim(raw: bytes) -> Value:
        text = raw.decode()
        if not text.endswith(suffix) or text == suffix:
            raise ValueError(f"does not end with {suffix}")
        return text.removesuffix(suffix)

    return Transform(
        "suffix",
        lambda value: TEXT.to_directory(value) + suffix.encode(),
        to_scim,
        is_text=True,
        asked=lambda operator, text: text + suffix if operator in {"eq", "ew"} else text,
    )


def _table(rows: Mapping[str, str], attribute: Attribute) -> Transform:
    if attribute.type not in _TABLE_TYPES:
        raise ValueError(f"table is not for {attribute.type}")
    to_directory = {_key(value_of_text(scim, attribute)): raw.encode() for scim, raw in rows.items()}
    to_scim = {raw.encode(): value_of_text(scim, attribute) for scim, raw in rows.items()}
    if min(len(to_directory), len({fold(raw) for raw in rows.values()})) < len(rows):
        raise ValueError("the table has a value twice, and could not be read both ways")

    def look_up(value: Value) -> bytes:
        if _key(value) not in to_directory:
            raise ValueError(f"is none of {', '.join(rows)}")
        return to_directory[_key(value)]

    def look_back(raw: bytes) -> Value:
        if raw not in to_scim:
            raise ValueError("is not in the table")
        return to_scim[raw]

    return Transform("table", look_up, look_back, is_one_to_one=True)


def _key(value: Value) -> Value:
    return fold(value) if isinstance(value, str) else value


def _regex(texts: Mapping[str, str]) -> Transform:
    to_directory = _rewriting(texts["scim"], texts["to_directory"])
    to_scim = _rewriting(texts["directory"], texts["to_scim"])
    return Transform(
        "regex",
        lambda value: TEXT.to_directory(to_directory(str(value))),
        lambda raw: TEXT.to_scim(TEXT.to_directory(to_scim(raw.decode()))),
        is_text=True,
        refuses_shown=True,
        # Many texts may become the same one, and only the pattern knows which.
        asked=lambda _operator, _text: None,
    )


def _rewriting(pattern: str, template: str) -> Callable[[str], str]:
    compiled = compile_bounded(pattern)
    unknown = sorted({*_GAP.findall(template)} - compiled.groupindex.keys())
    if unknown:
        raise ValueError(f"{template} has gaps that no group of {pattern} fills: {', '.join(unknown)}")

    def rewrite(text: str) -> str:
        groups = match(compiled, text)
        return _GAP.sub(lambda gap: groups[gap.group(1)], template)

    return rewrite


_WITH_ARGUMENT: Mapping[str, Callable[[Any], Transform]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "regex": _regex,
    "e164": e164,
    "bits": bits,
    "data_uri": data_uri,
}
_TEXT_TYPES = frozenset({"string", "reference"})
_TYPES: Mapping[str, frozenset[str]] = {
    "text": frozenset({"string", "reference", "dateTime", "binary"}),
    **{name: frozenset({name}) for name in ("boolean", "integer", "decimal")},
    "binary": frozenset({"binary", "string", "reference"}),
    "generalizedTime": frozenset({"dateTime", "string"}),
    "bits": frozenset({"boolean"}),
    "fileTime": frozenset({"dateTime", "string"}),
}
"""What kinds of attributes transforms are for, where it is not text."""
_IN_LISTS = {"lower", "upper", "trim", "prefix", "suffix"}


def _chained(steps: Sequence[Transform]) -> Transform:
    if not {step.name for step in steps} <= _IN_LISTS:
        raise ValueError(f"only {', '.join(sorted(_IN_LISTS))} go together in a list")

    def to_directory(value: Value) -> bytes:
        for step in steps:
            value = step.to_directory(value).decode()
        return str(value).encode()

    def to_scim(raw: bytes) -> Value:
        for step in reversed(steps):
            raw = str(step.to_scim(raw)).encode()
        return raw.decode()

    def asked(operator: str, text: str) -> str:
        for step in steps:
            text = step.asked(operator, text) or text
        return text

    try:
        to_scim(to_directory("x"))
    except ValueError as error:
        raise ValueError(f"what the list makes cannot be read back: it {error}") from error
    return Transform(
        "list",
        to_directory,
        to_scim,
        is_text=True,
        reads_all=all(step.reads_all for step in steps),
        refuses_shown=any(step.refuses_shown for step in steps),
        asked=asked,
    )
