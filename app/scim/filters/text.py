"""Write a filter as text that parses to the same filter."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import assert_never

from app.scim.filters.nodes import And, Comparison, Filter, Not, Or, Present, ValuePath


def render(condition: Filter) -> str:
    """Write a filter as RFC 7644 §3.4.2.2 has it, with parentheses where precedence needs them."""
    match condition:
        case Comparison(path, operator, value):
            return f"{path} {operator} {json.dumps(value)}"
        case Present(path):
            return f"{path} pr"
        case ValuePath(path, inner):
            return f"{path}[{render(inner)}]"
        case Not(operand):
            return f"not ({render(operand)})"
        case And(operands):
            return " and ".join(_grouped(operands, (And, Or)))
        case Or(operands):
            return " or ".join(_grouped(operands, (Or,)))
    assert_never(condition)


def _grouped(operands: Iterable[Filter], looser: tuple[type, ...]) -> Iterable[str]:
    return (
        f"({render(operand)})" if isinstance(operand, looser) else render(operand) for operand in operands
    )
