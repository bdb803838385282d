"""OpenLDAP's own configuration (cn=config), as far as it shows itself to who asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.directory.dn import Dn, InvalidDn
from app.directory.errors import DirectoryError
from app.directory.filters import Equals, Everything
from app.directory.model import Entry, Search
from app.directory.port import Directory
from app.preparation.live import CONFIG, database_of, texts

FRONTEND = Dn.parse("olcDatabase={-1}frontend,cn=config")
_INDEX = re.compile(r"^\{-?\d+\}")


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """The configuration of the database that holds a base."""

    database: Entry
    overlays: tuple[Entry, ...]
    modules: tuple[Entry, ...]
    defaults: tuple[Entry, ...] = ()
    """Where what holds for all databases is written, the nearest first."""
    is_assumed: bool = False
    """Whether nobody has seen it."""

    def overlay(self, name: str) -> Entry | None:
        """Return an overlay of the database."""
        return next(
            (each for each in self.overlays if name in map(unnumbered, texts(each, "olcOverlay"))), None
        )

    def loads(self, module: str) -> bool:
        """Tell whether a module is loaded."""
        loaded = (unnumbered(text) for each in self.modules for text in texts(each, "olcModuleLoad"))
        names = (text.split()[0].rsplit("/", 1)[-1] for text in loaded)
        return any(name.removesuffix(".la").removesuffix(".so") == module for name in names)

    @property
    def root_dn(self) -> Dn | None:
        """The account that no limit and no right holds for."""
        text = self.database.text("olcRootDN")
        try:
            return None if text is None else Dn.parse(text)
        except InvalidDn:
            return None


def read_config(directory: Directory, base: Dn) -> ServerConfig | None:
    """Read the configuration; None where it cannot be seen."""
    try:
        database = database_of(directory, base)
        if database is None:
            return None
        overlays = Search(database.dn, "one", Equals("objectClass", b"olcOverlayConfig"), attributes=("*",))
        modules = Search(CONFIG, "one", Equals("objectClass", b"olcModuleList"), attributes=("*",))
        return ServerConfig(
            database,
            tuple(directory.search(overlays)),
            tuple(directory.search(modules)),
            tuple(_defaults(directory)),
        )
    except DirectoryError:
        return None


def _defaults(directory: Directory) -> Iterator[Entry]:
    for name in (FRONTEND, CONFIG):
        yield from directory.search(Search(name, "base", Everything(), attributes=("*",), size_limit=1))


def exists(directory: Directory, name: Dn) -> bool:
    """Tell whether there is an entry of a name that may be seen."""
    search = Search(name, "base", Everything(), attributes=("objectClass",), size_limit=1)
    return next(iter(directory.search(search)), None) is not None


def unnumbered(text: str) -> str:
    """Take off the number by which slapd orders values: ``{0}memberof``."""
    return _INDEX.sub("", text)
