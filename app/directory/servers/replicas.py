"""Which of several replicas a session leads to, and entries that tell which one they were read from.

Domain controllers count the versions of entries each for itself, so a version means something together with the id of
its counter alone. That is asked for once a session: a server that was restored from a backup counts under another id.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.directory.connection import Replica
from app.directory.dn import Dn
from app.directory.model import Entry, Search
from app.directory.servers.session import Page, Session


def replica_id(session: Session, replica: Replica) -> bytes:
    """Ask the server for its id; none if we may not read it."""
    pointer = _value(session, Dn(()), replica.pointer).decode()
    return _value(session, Dn.parse(pointer), replica.attribute) if pointer else b""


def stamped(page: Page, session: Session, replica: Replica, *, wanted: Sequence[str]) -> Page:
    """Say in entries where they were read, if that is wanted and known."""
    if not session.replica_id or replica.attribute not in wanted:
        return page
    stamp = {replica.attribute.lower(): (session.replica_id,)}
    entries = [Entry(entry.dn, {**entry.attributes, **stamp}) for entry in page.entries]
    return Page(entries, page.cookie, page.references)


def _value(session: Session, dn: Dn, attribute: str) -> bytes:
    page = session.page(Search(dn, "base", attributes=(attribute,), size_limit=1), page_size=None)
    return next((entry.first(attribute) or b"" for entry in page.entries), b"")
