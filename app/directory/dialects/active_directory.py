"""Active Directory: objectGUID, uSNChanged, the bits of userAccountControl, unicodePwd, and changes value by value.

What its refusals mean is left to ``active_directory_errors``.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from app.directory.connection import Replica
from app.directory.dialects.active_directory_errors import POLICY_BROKEN
from app.directory.dialects.active_directory_rules import Read, policy_for, refuse_unfit
from app.directory.dialects.base import Account
from app.directory.dialects.by_value import by_value
from app.directory.dialects.primary_groups import PrimaryGroups
from app.directory.dialects.principal_names import PrincipalNames
from app.directory.dn import Dn, Rdn
from app.directory.errors import DirectoryError, NoSuchEntry, NoSuchValue, PasswordRejected, ValueExists
from app.directory.filters import Equals, Extensible, Filter, Nothing, all_of, negate
from app.directory.model import (
    Add,
    Change,
    Delete,
    Entry,
    Modify,
    Operation,
    Rename,
    Search,
    Values,
)

BIT_AND = "1.2.840.113556.1.4.803"
"""LDAP_MATCHING_RULE_BIT_AND: all bits of the asserted number are set (MS-ADTS §3.1.1.3.4.4.1)."""
BIT_OR = "1.2.840.113556.1.4.804"
"""LDAP_MATCHING_RULE_BIT_OR: one of them is set (MS-ADTS §3.1.1.3.4.4.2)."""
DISABLED = 0x2
LOCKED = 0x10
NORMAL_ACCOUNT = 0x200

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_CONTROL = "userAccountControl"
_PASSWORD = "unicodePwd"  # noqa: S105 - the attribute's name
_ACCOUNT_CLASSES = frozenset({b"user", b"inetorgperson"})
_LOCKOUT = "lockoutTime"
_ACCOUNT_NAME, _PRINCIPAL_NAME = "sAMAccountName", "userPrincipalName"
_EXPIRES = "accountexpires"
_LAST_PARENT = "lastKnownParent"
_COMPUTED = "msDS-User-Account-Control-Computed"
"""Holds bits that follow from the time, such as a lockout that has not ended yet."""
_SET = "pwdLastSet"
_CONTROLLER = "invocationId"
_REPLACED = frozenset(
    {"unicodepwd", "lockouttime", "samaccountname", "grouptype", "primarygroupid", "pwdlastset", _EXPIRES}
)
"""Attributes that are replaced as such: the controller compares or makes up their values itself."""
FORGOTTEN = Change("replace", _SET, (b"0",))


class ActiveDirectory:
    """Domain controllers of Windows and of Samba."""

    name = "active-directory"
    id_attribute = "objectGUID"
    name_attribute = "distinguishedName"
    keeps_memberships = True
    created_attribute = "whenCreated"
    modified_attribute = "whenChanged"
    version_attribute = "uSNChanged"
    version_attributes: tuple[str, ...] = ("uSNChanged", "whenChanged", _CONTROLLER)
    replica: Replica | None = Replica("dsServiceName", _CONTROLLER)
    account_attributes: tuple[str, ...] = (
        _CONTROL,
        _LOCKOUT,
        _COMPUTED,
        _SET,
        # Not looked at, but to be freed and given back where an account is retired.
        _ACCOUNT_NAME,
        _PRINCIPAL_NAME,
    )
    disabled_container: Dn | None = None
    unique_attributes = frozenset({"samaccountname"})
    primary: PrimaryGroups | None = PrimaryGroups()
    principals: PrincipalNames | None = PrincipalNames()
    chain: str | None = (
        "1.2.840.113556.1.4.1941"  # LDAP_MATCHING_RULE_TRANSITIVE_EVAL, MS-ADTS §3.1.1.3.4.4.3
    )
    child_rule: str | None = None
    bit_rules: Mapping[str, str] = MappingProxyType({"all": BIT_AND, "any": BIT_OR})
    asks_current_password = True
    # Samba keeps them, and finds "a" where there is "a\0b".
    keeps_nul = False
    keeps_references = True
    asserts = False
    sorts_times = False
    overtaken: tuple[type[DirectoryError], ...] = (NoSuchValue, ValueExists, NoSuchEntry)

    def id_of(self, entry: Entry) -> str:
        # MS-DTYP §2.3.4.2: the first three fields of a GUID are little-endian.
        return str(uuid.UUID(bytes_le=entry.first(self.id_attribute)))

    def has_id(self, resource_id: str) -> Filter:
        if not _UUID.match(resource_id):
            return Nothing()
        return Equals(self.id_attribute, uuid.UUID(resource_id).bytes_le)

    def address_of(self, resource_id: str) -> str:
        # MS-ADTS §3.1.1.3.1.2.4: a name by id, which stays right when the entry is renamed or moved.
        return f"<GUID={resource_id.lower()}>" if _UUID.match(resource_id) else ""

    def version_of(self, entry: Entry) -> str:
        # Each controller counts for itself, and anew after it was restored from a backup: its count says something
        # together with the id of its database alone. Who may not read that has the time of the change, nearly as good.
        number, controller = entry.text(self.version_attribute), entry.first(_CONTROLLER)
        counted = controller.hex() if controller else entry.text(self.modified_attribute)
        return f"{number}-{counted}" if number and counted else ""

    def has_version(self, version: str) -> Filter:
        return Equals(self.version_attribute, version.partition("-")[0].encode())

    def states(self, base: Dn) -> Sequence[Search]:
        """Ask the root DSE for the highest number that the DC has given to a change, and which DC it is."""
        del base
        told = ("highestCommittedUSN", "dsServiceName")  # MS-ADTS §3.1.1.3.2
        return (Search(Dn(()), "base", attributes=told, size_limit=1),)

    def is_enabled(self, entry: Entry) -> bool:
        return not _control_of(entry.values(_CONTROL)) & DISABLED

    def state_of(self, entry: Entry) -> Account:
        return Account(
            enabled=self.is_enabled(entry),
            locked=bool(_control_of(entry.values(_COMPUTED)) & LOCKED),
            must_change=entry.first(_SET) == b"0",
        )

    def enabled(self, *, wanted: bool) -> Filter:
        disabled = Extensible(_CONTROL, BIT_AND, str(DISABLED).encode())
        return negate(disabled) if wanted else disabled

    def any_name(self, text: str, *, is_whole: bool) -> Filter | None:
        # MS-ADTS §3.1.1.3.1.3.4: the controller puts all attributes in its place whose schema says fANR, and splits the
        # text at the first blank into first and last name, both ways. A sign of equality at the beginning asks for
        # whole values, and so cannot be looked for itself.
        return (
            None
            if text.startswith("=")
            else Equals("anr", f"={text}".encode() if is_whole else text.encode())
        )

    def create(self, entry: Add, account: Account) -> Sequence[Operation]:
        if not _is_account(entry):
            return (entry,)
        control = _control_of(_values(entry.attributes, _CONTROL)) or NORMAL_ACCOUNT
        disabled = _with_control(entry, control | DISABLED)
        if account.password is None:
            # Windows enables no account without a password, unless it needs none for ever: that is no way.
            return (disabled,)
        enabling = () if account.enabled is False else (_control(control & ~DISABLED),)
        # A new password counts as set now.
        due = (FORGOTTEN,) if account.must_change else ()
        return (disabled, Modify(entry.dn, (password_change(account.password), *enabling, *due)))

    def change_account(self, before: Entry, account: Account) -> Sequence[Change]:
        # The password first: an account without one cannot be enabled.
        passwords = password_changes(account)
        is_changed = account.enabled is not None and account.enabled != self.is_enabled(before)
        control = _control(_control_of(before.values(_CONTROL)) ^ DISABLED)
        is_let_in = passwords or (is_changed and account.enabled) or account.locked is False
        unlocked = unlocking(before) if is_let_in else ()
        return (*passwords, *((control,) if is_changed else ()), *unlocked, *renewing(before, account))

    def set_password(self, dn: Dn, password: str) -> Sequence[Operation]:
        """Say nothing: a password is an attribute, changed with the others by ``change_account``."""
        del dn, password
        return ()

    def refuse_unfit(self, operations: Sequence[Operation], *, is_account: bool) -> None:
        refuse_unfit(operations, is_account=is_account)

    def why_refused(self, operations: Sequence[Operation], error: DirectoryError, read: Read) -> str:
        # Samba tells the rule in its message, Windows only that there is one.
        changed = next(
            (each for each in operations if isinstance(each, Modify) and _new_password(each)), None
        )
        if changed is None or not isinstance(error, PasswordRejected) or error.reason != POLICY_BROKEN:
            return ""
        policy = policy_for(changed.dn, read)
        return policy.likely(_new_password(changed)) if policy else ""

    def retire(self, entry: Entry, rename: Rename) -> Sequence[Operation]:
        control = _control_of(entry.values(_CONTROL)) or NORMAL_ACCOUNT
        # Names of accounts and principals are unique in the domain, wherever the entry is moved to.
        freed = f"deleted-{self.id_of(entry).replace('-', '')[:12]}"
        changes = [_control(control | DISABLED), Change("replace", _ACCOUNT_NAME, (freed.encode(),))]
        principal = entry.text(_PRINCIPAL_NAME)
        if principal:
            _, _, suffix = principal.rpartition("@")
            changes.append(Change("replace", _PRINCIPAL_NAME, (f"{freed}@{suffix}".encode(),)))
        return (rename, Modify(rename.new_dn, tuple(changes)))

    def reinstate(self, entry: Entry, rename: Rename) -> Sequence[Operation]:
        del entry
        name = Change("replace", _ACCOUNT_NAME, (rename.rdn.avas[0].value.encode(),))
        return (rename, Modify(rename.new_dn, (name,)))

    def deleted(self, base: Dn, wanted: Filter) -> Search | None:
        top = Dn(tuple(rdn for rdn in base.rdns if rdn.avas[0].attribute.lower() == "dc"))
        container = top.below(Rdn.of("CN", "Deleted Objects"))
        is_deleted = all_of((Equals("isDeleted", b"TRUE"), wanted))
        names = (self.id_attribute, _ACCOUNT_NAME, _LAST_PARENT, _CONTROL, self.modified_attribute)
        return Search(container, "one", is_deleted, names, with_deleted=True)

    def revive(self, entry: Entry) -> tuple[Dn, Sequence[Operation]] | None:
        # MS-ADTS §3.1.1.5.3.7: undeleting is a modify of two attributes. Deleted entries are called name, line feed,
        # DEL: and their id.
        parent, ava = entry.text(_LAST_PARENT), entry.dn.rdn.avas[0]
        if parent is None or "\nDEL:" not in ava.value:
            return None
        dn = Dn.parse(parent).below(Rdn.of(ava.attribute, ava.value.partition("\nDEL:")[0]))
        undeleting = (
            Change("delete", "isDeleted"),
            Change("replace", "distinguishedName", (str(dn).encode(),)),
        )
        control = _control_of(entry.values(_CONTROL)) or NORMAL_ACCOUNT
        disabling = Modify(dn, (_control(control | DISABLED),))
        return dn, (Modify(entry.dn, undeleting, is_of_deleted=True), disabling)

    def guarded(
        self, operations: Sequence[Operation], before: Entry, condition: Filter
    ) -> Sequence[Operation]:
        # There is no assertion control. Where the values to be replaced are named, it fails if they have gone.
        del condition
        address = self.address_of(self.id_of(before)) if before.values(self.id_attribute) else ""
        return [_by_value(each, before, address) for each in operations]


def _is_account(entry: Add) -> bool:
    return any(value.lower() in _ACCOUNT_CLASSES for value in _values(entry.attributes, "objectClass"))


def _values(attributes: Mapping[str, Values], wanted: str) -> Values:
    return next((values for name, values in attributes.items() if name.lower() == wanted.lower()), ())


def _control_of(values: Iterable[bytes]) -> int:
    return next((int(value) for value in values), 0)


def _with_control(entry: Add, control: int) -> Add:
    others = {name: values for name, values in entry.attributes.items() if name.lower() != _CONTROL.lower()}
    return Add(entry.dn, {**others, _CONTROL: (str(control).encode(),)})


def _control(control: int) -> Change:
    return Change("replace", _CONTROL, (str(control).encode(),))


def unlocking(before: Entry) -> tuple[Change, ...]:
    """End a lockout, if there is one: who gets a new password, or is let in again, need not wait."""
    is_locked = before.first(_LOCKOUT) not in {None, b"0"}
    return (Change("replace", _LOCKOUT, (b"0",)),) if is_locked else ()


def renewing(before: Entry, account: Account) -> tuple[Change, ...]:
    """Have a password expire now, or count as set now; pwdLastSet takes no other values than these two."""
    is_due = account.password is None and before.first(_SET) == b"0"
    if account.must_change is None or account.must_change == is_due:
        return ()
    return (FORGOTTEN if account.must_change else Change("replace", _SET, (b"-1",)),)


def password_change(password: str) -> Change:
    """Set a password without asking for the old one."""
    # MS-ADTS §3.1.1.3.1.5.1: in quotes, as UTF-16; replaced, it is reset without asking for the old one.
    return Change("replace", _PASSWORD, (_quoted(password),))


def password_changes(account: Account) -> tuple[Change, ...]:
    """Set a password, or change it as its owner does, whom history and age are held against."""
    # MS-ADTS §3.1.1.3.1.5: an old value that goes and a new one that comes are a change, which takes the old password.
    if account.password is None:
        return ()
    reset = password_change(account.password)
    if account.current_password is None:
        return (reset,)
    return Change("delete", _PASSWORD, (_quoted(account.current_password),)), replace(reset, kind="add")


def _quoted(password: str) -> bytes:
    return f'"{password}"'.encode("utf-16-le")


def _new_password(operation: Modify) -> str:
    changes = (change for change in operation.changes if change.kind != "delete")
    written = (change.values for change in changes if change.attribute == _PASSWORD)
    return next((value.decode("utf-16-le")[1:-1] for values in written for value in values), "")


def _by_value(operation: Operation, before: Entry, address: str) -> Operation:
    if isinstance(operation, Delete):
        return replace(operation, address=address)
    if not isinstance(operation, Modify):
        return operation
    changes = by_value(map(_never_ending, operation.changes), before, whole=_REPLACED)
    return replace(operation, changes=changes, address=address)


def _never_ending(change: Change) -> Change:
    """Have an account that never expires say so."""
    is_gone = change.kind == "delete" or not change.values
    return (
        Change("replace", change.attribute, (b"0",))
        if change.attribute.lower() == _EXPIRES and is_gone
        else change
    )
