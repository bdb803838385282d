"""OpenLDAP where a site has ways of its own: accounts that an attribute or a move disables, passwords that arrive hashed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.directory.dialects.base import Account
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.filters import Equals, Extensible, Filter, any_of, negate
from app.directory.model import Add, Change, Entry, Operation, Rename, Secret, Values
from app.directory.password_hashes import as_it_is
from app.directory.text import prepare

_PASSWORD = "userPassword"  # noqa: S105 - the attribute's name

Hash = Callable[[str], bytes]
"""Makes of a password what stands in the directory; what is as it was is hashed by the server."""


@dataclass(frozen=True, slots=True)
class ActiveAttribute:
    """An attribute of text, in any case, that tells whether an account can be used: not with one of the ``disabled``.

    The first of them disables; ``enabled`` takes its place, or no value where that is None.
    """

    name: str
    disabled: Values
    enabled: bytes | None = None

    def wanted(self, *, enabled: bool) -> Values:
        """Say what the attribute holds in one state."""
        if not enabled:
            return self.disabled[:1]
        return () if self.enabled is None else (self.enabled,)


class OpenLdapWays(OpenLdap):
    """OpenLDAP with a site's ways; what is None is done as everywhere."""

    def __init__(
        self,
        *,
        active: ActiveAttribute | None = None,
        container: Dn | None = None,
        hash_password: Hash | None = None,
    ) -> None:
        self._active = active
        self.disabled_container = container
        self._hash = hash_password
        if active is not None:
            self.account_attributes = (*OpenLdap.account_attributes, active.name)

    @property
    def leaves_hashing(self) -> bool:
        """Whether passwords are sent in entries as they are, for the server to hash."""
        return self._hash is as_it_is

    def is_enabled(self, entry: Entry) -> bool:
        if self.disabled_container is not None:
            return not entry.dn.is_within(self.disabled_container)
        if self._active is None:
            return super().is_enabled(entry)
        disabled = {_folded(value) for value in self._active.disabled}
        return not any(_folded(value) in disabled for value in entry.values(self._active.name))

    def enabled(self, *, wanted: bool) -> Filter:
        if self.disabled_container is not None:
            name = str(self.disabled_container).encode()
            disabled: Filter = Extensible(self.name_attribute, "dnSubtreeMatch", name)
        elif self._active is not None:
            disabled = any_of(Equals(self._active.name, value) for value in self._active.disabled)
        else:
            return super().enabled(wanted=wanted)
        return negate(disabled) if wanted else disabled

    def create(self, entry: Add, account: Account) -> Sequence[Operation]:
        attributes = dict(entry.attributes)
        if self._active is not None and account.enabled is not None:
            attributes[self._active.name] = self._active.wanted(enabled=account.enabled)
        if self._hash is not None and account.password is not None:
            attributes[_PASSWORD] = (Secret(self._hash(account.password)),)
            account = replace(account, password=None)
        added = {name: values for name, values in attributes.items() if values}
        return super().create(Add(entry.dn, added), self._without_own(account))

    def change_account(self, before: Entry, account: Account) -> Sequence[Change]:
        changed: list[Change] = []
        if self._active is not None and account.enabled not in {None, self.is_enabled(before)}:
            wanted = self._active.wanted(enabled=bool(account.enabled))
            changed.append(Change("replace", self._active.name, wanted))
        if self._hash is not None and account.password is not None:
            changed.append(Change("replace", _PASSWORD, (Secret(self._hash(account.password)),)))
        return (*changed, *super().change_account(before, self._without_own(account)))

    def retire(self, entry: Entry, rename: Rename) -> Sequence[Operation]:
        if self.disabled_container is not None and rename.new_parent is None:
            rename = replace(rename, new_parent=self.disabled_container)
        return super().retire(entry, rename)

    def _without_own(self, account: Account) -> Account:
        """Leave out whether an account can be used, where that is not kept in OpenLDAP's own way."""
        is_own = self._active is not None or self.disabled_container is not None
        return replace(account, enabled=None) if is_own else account

    def set_password(self, dn: Dn, password: str) -> Sequence[Operation]:
        return () if self._hash is not None else super().set_password(dn, password)


def _folded(value: bytes) -> str:
    return prepare(value.decode("utf-8", "replace"))
