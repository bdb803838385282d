"""A plugin as somebody else would write one: it notes what it is told. Beside it are some that are broken."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields


class NotebookSettings(Schema):
    """Where the notes go."""

    path = fields.String(required=True)


class Notes:
    """One notebook."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def send(self, message: Any) -> str | None:
        """Note something."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(message.document()) + "\n")
        return None

    def close(self) -> None:
        """Leave nothing open."""


class Notebook:
    """The type that works."""

    settings: type[Schema] = NotebookSettings

    def problems(self, document: Any, lookup: Any) -> Iterable[Any]:
        """Find nothing wrong."""
        del document, lookup
        return ()

    def open(self, settings: Mapping[str, Any], surroundings: Any) -> Notes:
        """Make a notebook."""
        del surroundings
        return Notes(settings["path"])


class Unfinished:
    """One without methods."""

    settings: type[Schema] = NotebookSettings


class Raising(Notebook):
    """One that cannot be made."""

    def __init__(self) -> None:
        raise RuntimeError("the license has expired")


class Careless(Notebook):
    """One that fails when it is used."""

    def problems(self, document: Any, lookup: Any) -> Iterable[Any]:
        """Fail where the settings are not those that were thought of."""
        del lookup
        if not document.body["settings"]["path"].startswith("/"):
            raise KeyError("nothing")
        return ()

    def open(self, settings: Mapping[str, Any], surroundings: Any) -> Notes:
        """Fail always."""
        del settings, surroundings
        raise ZeroDivisionError
