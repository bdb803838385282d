"""Columns that say who somebody else is, such as the manager: by userName, or by id.

Others refer to users by ids alone, so that those who are named in some rows are looked up, all at once. Who stands in a row
before is there by then. Who comes later is not: the rows that name him fail, and are done by importing the table once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.exchange.cells import Problem
from app.exchange.columns import Column
from app.exchange.records import Record
from app.exchange.results import Result
from app.scim.filters.nodes import Comparison, Or
from app.scim.path import AttributePath
from app.scim.resource import Resource

USER_NAME: Final = AttributePath("userName")
NAMED_BY: Final = (USER_NAME, AttributePath("id"))
NOBODY: Final = "is nobody's userName or id: who is named has to be there, or to stand in a row before"


def names_in(columns: Sequence[Column], records: Iterable[Record]) -> list[str]:
    """Return whom some rows name, each once."""
    values = (record.values.get(column) for record in records for column in columns)
    return list(dict.fromkeys(value for value in values if isinstance(value, str) and value))


def asking_for(names: Sequence[str]) -> Or:
    """Match the users who are called so."""
    return Or(tuple(Comparison(path, "eq", name) for name in names for path in NAMED_BY))


def ids_of(users: Iterable[Resource]) -> dict[str, str]:
    """Return the ids of users by all that they are named by, in lower case."""
    return {
        str(user.attributes[path.attribute]).lower(): str(user.attributes["id"])
        for user in users
        for path in NAMED_BY
        if path.attribute in user.attributes
    }


@dataclass(frozen=True, slots=True)
class Referring:
    """Puts ids in the place of names. ``rows`` tells in which rows those stand whom a dry run does not create."""

    columns: Sequence[Column]
    ids: dict[str, str]
    rows: Mapping[str, int]

    def resolved(self, record: Record) -> Record:
        """Say of a row by ids whom it names; what names nobody is a problem of it."""
        values, problems = dict(record.values), []
        for column in self.columns:
            name = values.get(column)
            if not isinstance(name, str) or not name:
                continue
            if name.lower() in self.ids:
                values[column] = self.ids[name.lower()]
            elif self.rows.get(name.lower(), record.number) < record.number:
                del values[column]
            else:
                problems.append(Problem(NOBODY, column.name, name))
        return replace(record, values=values, problems=(*record.problems, *problems))

    def learn(self, record: Record, result: Result) -> None:
        """Take note of who is there now."""
        if self.columns and result.resource_id:
            names = (value for column, value in record.values.items() if column.place.path == USER_NAME)
            self.ids.update({str(name).lower(): result.resource_id for name in names})
