"""The containers that maps put entries in: made where the map says so, and missed in words where it does not."""

from __future__ import annotations

from collections.abc import Iterator

from app.directory.dn import Dn
from app.directory.errors import EntryExists
from app.directory.model import Add
from app.directory.plan import plan
from app.provisioning.entries import Entries
from app.provisioning.executor import Executor, Work
from app.provisioning.planning import Planned
from app.provisioning.target import nothing
from app.scim.errors import InvalidValue, NotFound, ServerError

ACTION = "create_container"


def provide(entries: Entries, executor: Executor, container: Dn) -> None:
    """See to it that a container is there. One that is made stays, even if the entry for it is then refused.

    Raises:
        InvalidValue: if there is none, for what the resource says.
        ServerError: if there is none, whatever the resource says.
    """
    missing = list(_missing(entries, container))
    if missing and not entries.map.entry.creates_parents:
        raise _no_place(entries)
    for name in reversed(missing):
        added = Add(name, {"objectClass": (b"organizationalUnit",), "ou": (name.rdn.avas[0].value.encode(),)})
        try:
            executor.run(Planned(plan([added]), name), Work(ACTION, wants=nothing), expecting=(EntryExists,))
        except EntryExists:
            # Somebody else was faster, for an entry of their own.
            continue


def _missing(entries: Entries, container: Dn) -> Iterator[Dn]:
    """Yield the containers that are not there, from the innermost one outwards."""
    while container != entries.domain.base and not _is_there(entries, container):
        yield container
        container = container.parent


def _is_there(entries: Entries, name: Dn) -> bool:
    try:
        entries.at(name, wants=nothing)
    except NotFound:
        return False
    return True


def _no_place(entries: Entries) -> InvalidValue | ServerError:
    paths = dict.fromkeys(str(path) for location in entries.map.entry.locations for path in location.paths)
    if not paths:
        return ServerError("The directory has no container where the map puts new entries.")
    return InvalidValue(f"{', '.join(paths)}: the directory has no container for such resources")
