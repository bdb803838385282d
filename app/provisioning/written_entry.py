"""Entries that stand in LDIF and in no directory, for trying out what a map shows of them."""

from __future__ import annotations

from app.directory.dialects.base import Dialect
from app.directory.filters import Equals
from app.directory.ldif_text import InvalidLdif, parse_ldif
from app.directory.model import Add, Entry, Modify

SOME_ID = "2819c223-7f76-453a-919d-413861904646"
"""The id of entries that have none."""


def entry_of(text: str, dialect: Dialect) -> Entry:
    """Make the entry that records of LDIF lead to.

    Raises:
        InvalidLdif: if they are none, or describe no entry.
    """
    operations = parse_ldif(text)
    added = next((operation for operation in operations if isinstance(operation, Add)), None)
    if added is None:
        raise InvalidLdif("describes no entry", line=1)
    attributes = {name.lower(): values for name, values in added.attributes.items()}
    for operation in operations:
        if isinstance(operation, Modify):
            for change in operation.changes:
                attributes[change.attribute.lower()] = change.values
    identity = dialect.has_id(SOME_ID)
    if isinstance(identity, Equals):
        attributes.setdefault(identity.attribute.lower(), (identity.value,))
    entry = Entry.of(added.dn, attributes)
    try:
        dialect.id_of(entry)
    except ValueError as error:
        raise InvalidLdif(f"{dialect.id_attribute} is no id", line=1) from error
    return entry
