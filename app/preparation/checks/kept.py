"""What the directory keeps of each entry by itself: id, created, modified, version. They are there, shown, and nobody's to change."""

from __future__ import annotations

from collections.abc import Iterator

from app.directory.dialects.base import Dialect
from app.directory.filters import Everything
from app.directory.model import Entry, Search
from app.preparation import doctor_codes as codes
from app.preparation.census import Census
from app.preparation.finding import Finding
from app.preparation.patient import Admitted


def kept_by(dialect: Dialect) -> tuple[str, ...]:
    """Name the attributes that a product keeps."""
    return (
        dialect.id_attribute,
        dialect.created_attribute,
        dialect.modified_attribute,
        dialect.version_attribute,
    )


def check_kept(admitted: Admitted, census: Census) -> Iterator[Finding]:
    """Find that they may be written, or, in a directory without entries, that its base does not show them."""
    dialect = admitted.domain.dialect
    known = {name: admitted.live.schema.attribute(name) for name in kept_by(dialect)} if admitted.live else {}
    # slapd publishes no entryCSN, so an attribute that the schema does not have says nothing.
    written = [name for name, attribute in known.items() if attribute is not None and attribute.is_writable]
    if written:
        seen = f"{', '.join(written)}, of which ids, times and versions are made, can be written."
        yield Finding(codes.ID_CHANGES, seen, "Correct the domain's product.", ("product",))
    if not census.entries:
        search = Search(admitted.domain.base, "base", Everything(), attributes=kept_by(dialect), size_limit=1)
        for entry in admitted.domain.directory.search(search):
            yield from not_returned(entry, dialect)


def not_returned(entry: Entry, dialect: Dialect) -> Iterator[Finding]:
    """Find that an entry does not show what is kept of it."""
    missing = [name for name in kept_by(dialect) if not entry.values(name)]
    if missing:
        seen = f"{entry.dn} shows no {', '.join(missing)}."
        fix = "Correct the domain's product, or let the service account read operational attributes."
        yield Finding(codes.NO_NATIVE_ID, seen, fix)
