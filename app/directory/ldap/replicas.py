"""Which of several replicas a connection leads to, and entries that tell which one they were read from.

Domain controllers count the versions of entries each for itself, so a version means something together with the id of
its counter alone. That is asked for once a connection: a server that was restored from a backup counts under another id.
"""

from __future__ import annotations

from collections.abc import Sequence

from ldap3 import BASE, Connection

from app.directory.connection import Replica
from app.directory.filters import Everything, render
from app.directory.model import Entry


class ReplicaConnection(Connection):
    """A connection that knows which replica it leads to, once it was told to find out."""

    replica: Replica | None = None
    replica_id: bytes = b""

    def learn(self, replica: Replica) -> None:
        """Ask the server for its id. Whoever may not read that does without."""
        pointer = self._value("", replica.pointer).decode()
        self.replica = replica
        self.replica_id = self._value(pointer, replica.attribute) if pointer else b""

    def _value(self, dn: str, attribute: str) -> bytes:
        self.search(dn, render(Everything()), search_scope=BASE, attributes=[attribute])
        found = (each["raw_attributes"] for each in self.response or () if each["type"] == "searchResEntry")
        return next((bytes(value) for values in found for value in values.get(attribute, ())), b"")


def stamped(entry: Entry, connection: Connection, wanted: Sequence[str]) -> Entry:
    """Say in an entry where it was read, if that is wanted and known."""
    if not isinstance(connection, ReplicaConnection) or not (connection.replica and connection.replica_id):
        return entry
    attribute = connection.replica.attribute
    if attribute not in wanted:
        return entry
    return Entry(entry.dn, {**entry.attributes, attribute.lower(): (connection.replica_id,)})
