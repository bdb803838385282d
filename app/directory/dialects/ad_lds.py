"""AD LDS (once ADAM): Active Directory's way without domains, so without account names and userAccountControl.

An account is disabled by an attribute of its own, and a lockout that lasts is told by another. Ids, versions, passwords and changes value by value are as in a domain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.directory.dialects.active_directory import (
    FORGOTTEN,
    ActiveDirectory,
    password_change,
    password_changes,
    renewing,
    unlocking,
)
from app.directory.dialects.active_directory_rules import Read, refuse_unfit
from app.directory.dialects.base import Account
from app.directory.dialects.primary_groups import PrimaryGroups
from app.directory.dialects.principal_names import PrincipalNames
from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.filters import Equals, Filter, negate
from app.directory.model import Add, Change, Entry, Modify, Operation, Rename, Search, Values

_DISABLED = "msDS-UserAccountDisabled"
_LOCKED = "ms-DS-UserAccountAutoLocked"
_PRINCIPAL_NAME = "userPrincipalName"
_ACCOUNT_CLASSES = frozenset({b"user", b"inetorgperson"})
"""MS-ADTS §3.1.1.8.1: what can be bound to. Proxies for accounts of Windows (userProxy) have neither a password nor a state."""


class AdLds(ActiveDirectory):
    """Active Directory Lightweight Directory Services."""

    name = "ad-lds"
    account_attributes: tuple[str, ...] = (_DISABLED, "lockoutTime", _LOCKED, "pwdLastSet", _PRINCIPAL_NAME)
    primary: PrimaryGroups | None = None
    principals: PrincipalNames | None = None
    unique_attributes = frozenset({"userprincipalname"})

    def is_enabled(self, entry: Entry) -> bool:
        return entry.first(_DISABLED) != b"TRUE"

    def state_of(self, entry: Entry) -> Account:
        return Account(
            enabled=self.is_enabled(entry),
            locked=entry.first(_LOCKED) == b"TRUE",
            must_change=entry.first("pwdLastSet") == b"0",
        )

    def enabled(self, *, wanted: bool) -> Filter:
        disabled = Equals(_DISABLED, b"TRUE")
        return negate(disabled) if wanted else disabled

    def create(self, entry: Add, account: Account) -> Sequence[Operation]:
        if not _is_account(entry.attributes):
            return (entry,)
        disabled = Add(entry.dn, {**entry.attributes, _DISABLED: (b"TRUE",)})
        if account.password is None:
            return (disabled,)
        enabling = () if account.enabled is False else (_access(enabled=True),)
        due = (FORGOTTEN,) if account.must_change else ()
        return (disabled, Modify(entry.dn, (password_change(account.password), *enabling, *due)))

    def change_account(self, before: Entry, account: Account) -> Sequence[Change]:
        passwords = password_changes(account)
        is_changed = account.enabled is not None and account.enabled != self.is_enabled(before)
        access = (_access(enabled=account.enabled is True),) if is_changed else ()
        is_let_in = passwords or (is_changed and account.enabled) or account.locked is False
        unlocked = unlocking(before) if is_let_in else ()
        return (*passwords, *access, *unlocked, *renewing(before, account))

    def refuse_unfit(self, operations: Sequence[Operation], *, is_account: bool) -> None:
        # A principal name need not have a suffix here, and there are no account names.
        refuse_unfit(operations, is_account=is_account, has_domain=False)

    def why_refused(self, operations: Sequence[Operation], error: DirectoryError, read: Read) -> str:
        """Say nothing more: the rules are those of the machine that it runs on, and are not told."""
        del operations, error, read
        return ""

    def retire(self, entry: Entry, rename: Rename) -> Sequence[Operation]:
        changes = [_access(enabled=False)]
        principal = entry.text(_PRINCIPAL_NAME)
        if principal:
            _, at, suffix = principal.rpartition("@")
            freed = f"deleted-{self.id_of(entry).replace('-', '')[:12]}{at}{suffix if at else ''}"
            changes.append(Change("replace", _PRINCIPAL_NAME, (freed.encode(),)))
        return (rename, Modify(rename.new_dn, tuple(changes)))

    def reinstate(self, entry: Entry, rename: Rename) -> Sequence[Operation]:
        """Give the name back; there is no account name."""
        del entry
        return (rename,)

    def deleted(self, base: Dn, wanted: Filter) -> Search | None:
        """Find nobody: where the partition begins, below which they are kept, the base does not tell."""
        del base, wanted
        return None

    def revive(self, entry: Entry) -> tuple[Dn, Sequence[Operation]] | None:
        """Bring nobody back: nobody is found either."""
        del entry
        return None


def _access(*, enabled: bool) -> Change:
    return Change("replace", _DISABLED, (b"FALSE" if enabled else b"TRUE",))


def _is_account(attributes: Mapping[str, Values]) -> bool:
    classes = next((values for name, values in attributes.items() if name.lower() == "objectclass"), ())
    return any(value.lower() in _ACCOUNT_CLASSES for value in classes)
