"""JSON text from the outside: read it, or refuse it with what is wrong and where."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, NoReturn

from app.scim.errors import InvalidSyntax
from app.scim.schema import Value

MAX_DEPTH: Final = 64
"""No SCIM message comes near it, and below it nothing that walks a value runs out of stack."""


def parse_json(text: bytes | str) -> Value:
    """Read JSON. Raises InvalidSyntax, whatever the text is."""
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        value: Value = json.loads(decoded, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise InvalidSyntax(f"the text is not UTF-8 (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        raise InvalidSyntax(f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    except RecursionError as error:
        raise InvalidSyntax("the JSON is nested too deeply") from error
    except ValueError as error:
        raise InvalidSyntax("the JSON has a number with too many digits") from error
    if decoded.count("[") + decoded.count("{") > MAX_DEPTH:
        _refuse_depth(value)
    return value


def _refuse_depth(value: Value) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [below for each in level for below in _below(each)]
    if level:
        raise InvalidSyntax("the JSON is nested too deeply")


def _below(value: Value) -> Iterable[Value]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse_constant(name: str) -> NoReturn:
    # RFC 8259 §6: NaN and the infinities are no JSON, though Python reads them.
    raise InvalidSyntax(f"not JSON: {name} is not a number")
