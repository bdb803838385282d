"""OpenLDAP: entryUUID, entryCSN, the ppolicy overlay's account lock, and RFC 3062 passwords."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from app.directory.connection import Replica
from app.directory.dialects.base import Account
from app.directory.dialects.primary_groups import PrimaryGroups
from app.directory.dialects.principal_names import PrincipalNames
from app.directory.dn import Dn
from app.directory.errors import AssertionFailed, DirectoryError, SchemaViolation
from app.directory.filters import Equals, Filter, Not, Nothing, any_of, negate
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Rename, Search, SetPassword

LOCKED_FOR_EVER = b"000001010000Z"
"""slapo-ppolicy(5): an account with this pwdAccountLockedTime stays locked until an administrator unlocks it."""
_LOCKED = "pwdAccountLockedTime"
_RESET = "pwdReset"
_NO_OVERLAY = (
    "accounts are disabled by the overlay ppolicy, which the directory does not have: have it loaded "
    "(landbridge prepare), or name another way in the domain's accounts.disabled_by"
)
_ID, _NONE = "entryuuid", (b"",)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)


class OpenLdap:
    """OpenLDAP 2.5 and later, as configured by slapd's own overlays."""

    name = "openldap"
    id_attribute = "entryUUID"
    name_attribute = "entryDN"
    keeps_memberships = False
    created_attribute = "createTimestamp"
    modified_attribute = "modifyTimestamp"
    version_attribute = "entryCSN"
    version_attributes: tuple[str, ...] = ("entryCSN",)
    replica: Replica | None = None
    account_attributes: tuple[str, ...] = (_LOCKED, _RESET)
    disabled_container: Dn | None = None
    unique_attributes: frozenset[str] = frozenset()
    primary: PrimaryGroups | None = None
    principals: PrincipalNames | None = None
    chain: str | None = None
    child_rule: str | None = "dnOneLevelMatch"
    bit_rules: Mapping[str, str] = MappingProxyType({})
    asks_current_password = False
    keeps_nul = True
    keeps_references = False
    asserts = True
    sorts_times = True
    overtaken: tuple[type[DirectoryError], ...] = (AssertionFailed,)

    def id_of(self, entry: Entry) -> str:
        value = entry.attributes.get(_ID, _NONE)[0].decode()
        return value.lower() if _UUID.match(value) else str(uuid.UUID(value))

    def has_id(self, resource_id: str) -> Filter:
        return Equals(self.id_attribute, resource_id.encode()) if _UUID.match(resource_id) else Nothing()

    def address_of(self, resource_id: str) -> str:
        """Have entries addressed by their names: slapd takes nothing else."""
        del resource_id
        return ""

    def version_of(self, entry: Entry) -> str:
        return entry.text(self.version_attribute) or ""

    def has_version(self, version: str) -> Filter:
        return Equals(self.version_attribute, version.encode())

    def states(self, base: Dn) -> Sequence[Search]:
        """Ask the naming context, which is the base or above it, for what slapo-syncprov(5) keeps there."""
        above = (Dn(base.rdns[at:]) for at in range(len(base.rdns)))
        return [Search(name, "base", attributes=("contextCSN",), size_limit=1) for name in above]

    def is_enabled(self, entry: Entry) -> bool:
        return entry.first(_LOCKED) != LOCKED_FOR_EVER

    def state_of(self, entry: Entry) -> Account:
        return Account(
            enabled=self.is_enabled(entry),
            locked=bool(entry.values(_LOCKED)) and self.is_enabled(entry),
            must_change=entry.first(_RESET) == b"TRUE",
        )

    def enabled(self, *, wanted: bool) -> Filter:
        locked = Equals(_LOCKED, LOCKED_FOR_EVER)
        return negate(locked) if wanted else locked

    def any_name(self, text: str, *, is_whole: bool) -> Filter | None:
        """Know of no such search."""
        del text, is_whole
        return None

    def create(self, entry: Add, account: Account) -> Sequence[Operation]:
        if account.enabled is False:
            entry = Add(entry.dn, {**entry.attributes, _LOCKED: (LOCKED_FOR_EVER,)})
        if account.must_change:
            entry = Add(entry.dn, {**entry.attributes, _RESET: (b"TRUE",)})
        if account.password is None:
            return (entry,)
        return (entry, *self.set_password(entry.dn, account.password))

    def change_account(self, before: Entry, account: Account) -> Sequence[Change]:
        return (*self._access(before, account), *_must_change(before, account.must_change))

    def set_password(self, dn: Dn, password: str) -> Sequence[Operation]:
        return (SetPassword(dn, password),)

    def refuse_unfit(self, operations: Sequence[Operation], *, is_account: bool) -> None:
        """Refuse nothing: slapd holds its schema and its overlays' rules by itself."""

    def why_refused(
        self, operations: Sequence[Operation], error: DirectoryError, read: Callable[[Search], Entry | None]
    ) -> str:
        """Leave it to slapd's diagnostic message, which tells the rule, but for an overlay that is not there."""
        del operations, read
        is_missing = isinstance(error, SchemaViolation) and any(
            name.lower() in error.diagnostic.lower() for name in (_LOCKED, _RESET)
        )
        return _NO_OVERLAY if is_missing else ""

    def retire(self, entry: Entry, rename: Rename) -> Sequence[Operation]:
        locked = self.change_account(entry, Account(enabled=False))
        return (rename, *([Modify(rename.new_dn, tuple(locked))] if locked else []))

    def reinstate(self, entry: Entry, rename: Rename) -> Sequence[Operation]:
        """Give the name back, which is all that was taken."""
        del entry
        return (rename,)

    def deleted(self, base: Dn, wanted: Filter) -> Search | None:
        """Find nobody: what slapd deletes is gone."""
        del base, wanted
        return None

    def revive(self, entry: Entry) -> tuple[Dn, Sequence[Operation]] | None:
        """Bring nobody back: what slapd deletes is gone."""
        del entry
        return None

    def guarded(
        self, operations: Sequence[Operation], before: Entry, condition: Filter
    ) -> Sequence[Operation]:
        # The first one is enough, and moves the version that the condition may name. slapo-memberof carries the assertion
        # over to what it changes in turn, at the other end of a membership: there it must hold as well.
        del before
        match operations:
            case [Modify() | Rename() | Delete() as first, *others]:
                elsewhere = Not(Equals("entryDN", str(first.dn).encode()))
                return [replace(first, assertion=any_of((condition, elsewhere))), *others]
            case _:
                return operations

    def _access(self, before: Entry, account: Account) -> tuple[Change, ...]:
        """Change the one attribute that holds both kinds of lock."""
        state = self.state_of(before)
        if account.enabled not in {None, state.enabled}:
            return (Change("replace", _LOCKED, () if account.enabled else (LOCKED_FOR_EVER,)),)
        return (Change("replace", _LOCKED),) if state.locked and account.locked is False else ()


def _must_change(before: Entry, wanted: bool | None) -> tuple[Change, ...]:  # noqa: FBT001 - None is a third answer
    if wanted is None or wanted == (before.first(_RESET) == b"TRUE"):
        return ()
    return (Change("replace", _RESET, (b"TRUE",) if wanted else ()),)
