"""Where an entry goes as its account is enabled or disabled, where a product does that by moving entries."""

from __future__ import annotations

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn
from app.directory.model import Entry
from app.mapping.image import Image
from app.mapping.model import SchemaMap
from app.mapping.naming import container


def relocation(schema_map: SchemaMap, dialect: Dialect, entry: Entry, after: Image, *, base: Dn) -> Dn | None:
    """Name the container that an entry moves to: that of the disabled, or where the map puts it; None where it stays.

    Raises:
        InvalidValue: if it is to leave the disabled, and the map cannot tell where to.
    """
    disabled, wanted = dialect.disabled_container, after.account.enabled
    if disabled is None or wanted in {None, dialect.is_enabled(entry)}:
        return None
    return container(schema_map, after, base) if wanted else disabled
