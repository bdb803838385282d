"""Statements in the words of the database at hand, put into them once: for what every request carries out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Dialect
    from sqlalchemy.sql.dml import UpdateBase


class Prepared:
    """A statement as the driver takes it, all of whose values come later. ``names`` are theirs, written columns among them."""

    def __init__(self, statement: UpdateBase, names: Collection[str], *, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))
        self.text = str(compiled)
        kinds = {name: bind.type.dialect_impl(dialect) for bind, name in compiled.bind_names.items()}
        self._values = [(name, kinds[name].bind_processor(dialect)) for name in compiled.positiontup or kinds]
        self._is_positional = dialect.positional

    def parameters(self, values: Mapping[str, object]) -> tuple[object, ...] | dict[str, object]:
        """Return the values as the driver takes them."""
        ready = [(name, made(values[name]) if made else values[name]) for name, made in self._values]
        return tuple([value for _, value in ready]) if self._is_positional else dict(ready)
