"""An entry as the directory has it, for those who administer it: everything in it but its secrets."""

from __future__ import annotations

from app.directory.filters import all_of
from app.directory.ldif import render_entry
from app.directory.model import Search
from app.provisioning.entries import Entries
from app.scim.errors import NotFound

ALL = ("*", "+")
"""All user attributes (RFC 4511 §4.5.1.8), and all operational ones (RFC 3673)."""


def live_entry(entries: Entries, resource_id: str) -> str:
    """Write the entry of an id as LDIF, without secrets.

    Raises:
        NotFound: if there is none that exists for SCIM.
        ScimError: for whatever the directory says but yes.
    """
    wanted = all_of((entries.domain.dialect.has_id(resource_id), entries.map.entry.scope))
    for entry in entries.search(Search(entries.domain.base, "subtree", wanted, ALL, size_limit=1)):
        return render_entry(entry)
    raise NotFound.of(entries.map.resource_type.name)
