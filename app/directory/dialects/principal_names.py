"""Active Directory's user principal names: their suffixes, and those that a forest answers for.

A controller takes any suffix by LDAP; that nobody can sign in by it shows later. What the forest knows are the names of its
domains and what administrators have added to them (MS-ADTS §5.1.1.1.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.directory.dn import Dn, Rdn
from app.directory.filters import Present
from app.directory.model import Add, Change, Entry, Modify, Operation, Search

_TOP, _ADDED, _DOMAIN, _LABEL = "configurationNamingContext", "uPNSuffixes", "dnsRoot", "nETBIOSName"
Find = Callable[[Search], Iterable[Entry]]


@dataclass(frozen=True, slots=True)
class PrincipalNames:
    """How principal names are told."""

    attribute: str = "userPrincipalName"
    """Holds an account's name."""

    def new_suffixes(self, operations: Iterable[Operation]) -> tuple[str, ...]:
        """Return the suffixes that accounts are given which they had not; an account that has one keeps it."""
        return tuple(dict.fromkeys(suffix for each in operations for suffix in self._new(each)))

    def known_suffixes(self, find: Find) -> tuple[str, ...]:
        """Look up the suffixes that the forest knows; none where it does not say."""
        root = next(iter(find(Search(Dn(()), "base", attributes=(_TOP,), size_limit=1))), None)
        top = root.text(_TOP) if root else None
        if not top:
            return ()
        partitions = Dn.parse(top).below(Rdn.of("CN", "Partitions"))
        added = [
            value
            for entry in find(Search(partitions, "base", attributes=(_ADDED,)))
            for value in entry.values(_ADDED)
        ]
        # Partitions that are no domains have a name of DNS, too, and no label.
        domains = find(Search(partitions, "one", Present(_LABEL), (_DOMAIN,)))
        roots = [value for entry in domains for value in entry.values(_DOMAIN)]
        return tuple(dict.fromkeys(value.decode("utf-8", "replace").lower() for value in (*roots, *added)))

    def _new(self, operation: Operation) -> list[str]:
        match operation:
            case Add(attributes=attributes):
                changes = tuple(Change("add", name, values) for name, values in attributes.items())
            case Modify(changes=changes):
                pass
            case _:
                return []
        own = [change for change in changes if change.attribute.lower() == self.attribute.lower()]
        had = {suffix for change in own if change.kind == "delete" for suffix in _suffixes(change)}
        given = [suffix for change in own if change.kind != "delete" for suffix in _suffixes(change)]
        return [suffix for suffix in given if suffix not in had]


def _suffixes(change: Change) -> list[str]:
    texts = (value.decode("utf-8", "replace").lower() for value in change.values)
    return [text.rpartition("@")[2] for text in texts]
