"""The end of an intent and its row in the audit trail: one statement, so neither is there without the other.

SQLite lets one writer in at a time, and all others wait for as long as a transaction takes. In a transaction of several
statements each of them, and the beginning and the end, gives other threads of the process the time to be in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import Table, bindparam, column, delete, insert, table

from app.store.tables import AuditRow, IntentRow

if TYPE_CHECKING:
    from collections.abc import Sequence

_AUDIT, _INTENTS = cast("Table", AuditRow.__table__), cast("Table", IntentRow.__table__)
_WRITTEN = tuple(each for each in _AUDIT.columns if not each.primary_key)
_VIEW = table("intent_endings", column("intent"), *(column(each.name, each.type) for each in _WRITTEN))
_ENDED = delete(_INTENTS).where(_INTENTS.c.id == bindparam("intent"))
ENDING = {
    "sqlite": insert(_VIEW).inline(),
    # https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
    "postgresql": insert(_AUDIT).inline().add_cte(_ENDED.cte("ended")),
}
"""What forgets an ``intent`` and adds the row that the other values make, by the kind of database."""

WITHDRAWN: Sequence[str] = ("DROP VIEW IF EXISTS intent_endings",)
"""Carried out before SQLite's tables are migrated: none may be renamed while a trigger speaks of it."""


def provided() -> Sequence[str]:
    """Return the statements that have SQLite take such endings, once its tables are migrated.

    Nothing is ever in the view. What is written into it a trigger does instead (https://www.sqlite.org/lang_createtrigger.html).
    """
    names = [each.name for each in _WRITTEN]
    written, new = ", ".join(names), ", ".join(f"NEW.{name}" for name in names)
    nothing = ", ".join(f"NULL AS {name}" for name in ("intent", *names))
    forgets = "DELETE FROM intents WHERE id = NEW.intent"
    adds = f"INSERT INTO audit ({written}) VALUES ({new})"  # noqa: S608 - the names are those of the table
    return (
        f"CREATE VIEW intent_endings AS SELECT {nothing} WHERE 0",
        f"CREATE TRIGGER intent_endings_insert INSTEAD OF INSERT ON intent_endings BEGIN {forgets}; {adds}; END",
    )
