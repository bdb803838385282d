"""How an uploaded table is written, as a form says it: what stands between columns and between values, and what clears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.exchange.cells import CLEAR
from app.exchange.importing import Order
from app.web.console.forms import Form

_SIGNS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "line": "\n", "space": " "}
DELIMITERS: Final = {
    "": "Found out",
    "comma": "Comma",
    "semicolon": "Semicolon",
    "tab": "Tab",
    "bar": "Bar (|)",
}
SEPARATORS: Final = {
    "line": "New line",
    "comma": "Comma",
    "semicolon": "Semicolon",
    "bar": "Bar (|)",
    "space": "Blank",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form shows of it: what is chosen, and whether that is how tables mostly are."""

    delimiter: str
    separator: str
    clear: str
    is_usual: bool


def shown_of(order: Order) -> Shown:
    """Show how a table is read."""
    usual = Order()
    is_usual = (order.delimiter, order.separator, order.clear) == (
        usual.delimiter,
        usual.separator,
        usual.clear,
    )
    return Shown(_name_of(order.delimiter), _name_of(order.separator), order.clear, is_usual)


def written_by(form: Form) -> Order:
    """Read how a table is written; what is no choice is refused by name."""
    return Order(
        delimiter=_SIGNS.get(_choice(form, "delimiter", DELIMITERS, ""), ""),
        separator=_SIGNS[_choice(form, "separator", SEPARATORS, "line")],
        clear=form.text("clear") or CLEAR,
    )


def _choice(form: Form, name: str, choices: Mapping[str, str], usual: str) -> str:
    chosen = form.text(name) or usual
    if chosen in choices:
        return chosen
    form.refuse(f"{chosen} is none of {', '.join(filter(None, choices))}", name)
    return usual


def _name_of(sign: str) -> str:
    return next((name for name, each in _SIGNS.items() if each == sign), "")
