"""Deleting an entry with all that stands below it, where the domain's document says ``deletion: {below: delete}``.

A server that offers it does so in one operation, which nothing undoes. Others are told to delete leaf by leaf, which is
undone where it fails in the middle; so it is where some entries are protected, since each of them is then looked at.
"""

from __future__ import annotations

from app.directory.errors import DirectoryError
from app.directory.model import TREE_DELETE, Delete, Entry, Search
from app.directory.plan import Plan, Step, plan
from app.provisioning.domain import Domain
from app.provisioning.entries import Entries
from app.provisioning.failures import to_scim_error
from app.provisioning.planning import Planned
from app.provisioning.protection import NOTHING
from app.scim.errors import Conflict

MOST = 100
"""Of more than so many somebody should think before they go."""


def plan_subtree(entries: Entries, entry: Entry) -> Planned:
    """Plan the removal of an entry, as it was read, with what is below it.

    Raises:
        Conflict: if that is too much for one request.
        ScimError: if the directory cannot be asked.
    """
    domain = entries.domain
    search = Search(entry.dn, "subtree", attributes=("1.1",), size_limit=MOST + 2)
    names = [found.dn for found in entries.search(search) if found.dn != entry.dn]
    if len(names) > MOST:
        raise Conflict(
            f"The entry has more than {MOST} entries below it in the directory, too many for one request."
        )
    is_one = _is_one_operation(domain)
    deepest_first = () if is_one else sorted(names, key=lambda name: -len(name.rdns))
    version = domain.dialect.has_version(domain.dialect.version_of(entry))
    last = plan(domain.dialect.guarded([Delete(entry.dn, with_below=is_one)], entry, version))
    steps = (*(Step(Delete(name)) for name in deepest_first), *last.steps)
    return Planned(Plan(steps), entry.dn, below=len(names))


def _is_one_operation(domain: Domain) -> bool:
    if domain.protection != NOTHING:
        return False
    try:
        return TREE_DELETE in domain.directory.capabilities().controls
    except DirectoryError as error:
        raise to_scim_error(error) from error
