"""Whether entries of a map lie elsewhere than where it puts new ones: then the directory does not hold their names to be unique.

An administrator may have made some, or moved them. That there are any is found out by looking, now and then; where it
cannot be, there may be some.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.filters import Extensible, all_of, negate
from app.directory.model import Search
from app.directory.port import Directory
from app.mapping.model import SchemaMap

_LOOK_SECONDS = 300.0
"""How soon somebody looks again where all were in one container."""


@dataclass
class Spread:
    """What was found out in a domain. ``monotonic`` counts seconds; without it all entries are taken to be in their place."""

    monotonic: Callable[[], float] | None = None
    _found: dict[str, bool] = field(default_factory=dict)
    _looked: dict[str, float] = field(default_factory=dict)

    def is_wide(self, directory: Directory, dialect: Dialect, base: Dn, schema_map: SchemaMap) -> bool:
        """Tell whether entries of a map may be in more than one container."""
        container = _container(schema_map, base)
        if container is None:
            return True
        if self.monotonic is None:
            return False
        if dialect.child_rule is None or dialect.disabled_container is not None:
            return True
        now, name = self.monotonic(), schema_map.name
        if not self._found.get(name) and now - self._looked.get(name, float("-inf")) >= _LOOK_SECONDS:
            inside = Extensible(dialect.name_attribute, dialect.child_rule, str(container).encode())
            elsewhere = all_of((schema_map.entry.scope, negate(inside)))
            wanted = Search(base, "subtree", elsewhere, (dialect.id_attribute,), size_limit=1)
            self._found[name] = _finds(directory, wanted)
            self._looked[name] = now
        return self._found[name]


def _container(schema_map: SchemaMap, base: Dn) -> Dn | None:
    """Return where all new entries go; None where that depends."""
    names = [name for location in schema_map.entry.locations for name in location.names]
    return Dn((*names[0].rdns, *base.rdns)) if len(names) == 1 and not schema_map.entry.is_routed else None


def _finds(directory: Directory, wanted: Search) -> bool:
    try:
        return any(True for _ in directory.search(wanted))
    except DirectoryError:
        # Whoever asks for a value next is told what is the matter.
        return True
