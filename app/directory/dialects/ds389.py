"""389 Directory Server: nsUniqueId, entryusn, nsAccountLock, and passwords that the server hashes as they come."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from app.directory.connection import Replica
from app.directory.dialects.base import Account
from app.directory.dialects.by_value import by_value
from app.directory.dialects.primary_groups import PrimaryGroups
from app.directory.dialects.principal_names import PrincipalNames
from app.directory.dn import Dn
from app.directory.errors import DirectoryError, NoSuchEntry, NoSuchValue, ValueExists
from app.directory.filters import Equals, Filter, Nothing, all_of, negate
from app.directory.model import Add, Change, Entry, Modify, Operation, Rename, Search, Secret

_LOCK = "nsAccountLock"
_PASSWORD = "userPassword"  # noqa: S105 - the attribute's name
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)


class Ds389:
    """389 Directory Server 2 and later, with the plug-ins USN, MemberOf and Referential Integrity."""

    name = "389ds"
    id_attribute = "nsUniqueId"
    name_attribute = "entrydn"
    keeps_memberships = False
    created_attribute = "createTimestamp"
    modified_attribute = "modifyTimestamp"
    version_attribute = "entryusn"
    version_attributes: tuple[str, ...] = ("entryusn", "modifyTimestamp")
    replica: Replica | None = None
    account_attributes: tuple[str, ...] = (_LOCK,)
    disabled_container: Dn | None = None
    unique_attributes: frozenset[str] = frozenset()
    keeps_references = False
    asserts = False
    primary: PrimaryGroups | None = None
    principals: PrincipalNames | None = None
    chain: str | None = None
    child_rule: str | None = None
    bit_rules: Mapping[str, str] = MappingProxyType({})
    asks_current_password = False
    keeps_nul = False
    sorts_times = False
    overtaken: tuple[type[DirectoryError], ...] = (NoSuchValue, ValueExists, NoSuchEntry)

    def id_of(self, entry: Entry) -> str:
        # The digits of a UUID, cut otherwise: 07b43f16-e84011f1-8f56f52d-c30d99c6.
        return str(uuid.UUID((entry.text(self.id_attribute) or "").replace("-", "")))

    def has_id(self, resource_id: str) -> Filter:
        if not _UUID.match(resource_id):
            return Nothing()
        digits = uuid.UUID(resource_id).hex
        return Equals(self.id_attribute, "-".join(digits[at : at + 8] for at in range(0, 32, 8)).encode())

    def address_of(self, resource_id: str) -> str:
        """Have entries addressed by their names."""
        del resource_id
        return ""

    def version_of(self, entry: Entry) -> str:
        # Each server counts for itself. With the time, the count of one is not taken for that of another.
        number, changed = entry.text(self.version_attribute), entry.text(self.modified_attribute)
        return f"{number}-{changed}" if number and changed else ""

    def has_version(self, version: str) -> Filter:
        number, _, changed = version.partition("-")
        return all_of(
            (
                Equals(self.version_attribute, number.encode()),
                Equals(self.modified_attribute, changed.encode()),
            )
        )

    def states(self, base: Dn) -> Sequence[Search]:
        """Ask nothing: what the plug-in USN tells goes by the names of back ends."""
        del base
        return ()

    def is_enabled(self, entry: Entry) -> bool:
        return (entry.first(_LOCK) or b"").lower() != b"true"

    def state_of(self, entry: Entry) -> Account:
        return Account(enabled=self.is_enabled(entry))

    def enabled(self, *, wanted: bool) -> Filter:
        locked = Equals(_LOCK, b"true")
        return negate(locked) if wanted else locked

    def any_name(self, text: str, *, is_whole: bool) -> Filter | None:
        """Know of no such search."""
        del text, is_whole
        return None

    def create(self, entry: Add, account: Account) -> Sequence[Operation]:
        attributes = dict(entry.attributes)
        if account.enabled is False:
            attributes[_LOCK] = (b"true",)
        if account.password is not None:
            # The server hashes it, and holds it to its rules, since it does not begin with a scheme in braces.
            attributes[_PASSWORD] = (Secret(account.password.encode()),)
        return (Add(entry.dn, attributes),)

    def change_account(self, before: Entry, account: Account) -> Sequence[Change]:
        changed: list[Change] = []
        if account.password is not None:
            changed.append(Change("replace", _PASSWORD, (Secret(account.password.encode()),)))
        if account.enabled not in {None, self.is_enabled(before)}:
            changed.append(Change("replace", _LOCK, () if account.enabled else (b"true",)))
        return tuple(changed)

    def set_password(self, dn: Dn, password: str) -> Sequence[Operation]:
        """Say nothing: a password is changed with the other attributes."""
        del dn, password
        return ()

    def refuse_unfit(self, operations: Sequence[Operation], *, is_account: bool) -> None:
        """Refuse nothing: the server holds its rules by itself."""

    def why_refused(
        self, operations: Sequence[Operation], error: DirectoryError, read: Callable[[Search], Entry | None]
    ) -> str:
        """Leave it to the server's diagnostic message."""
        del operations, error, read
        return ""

    def retire(self, entry: Entry, rename: Rename) -> Sequence[Operation]:
        locked = self.change_account(entry, Account(enabled=False))
        return (rename, *([Modify(rename.new_dn, tuple(locked))] if locked else []))

    def reinstate(self, entry: Entry, rename: Rename) -> Sequence[Operation]:
        """Give the name back, which is all that was taken."""
        del entry
        return (rename,)

    def deleted(self, base: Dn, wanted: Filter) -> Search | None:
        """Find nobody: what is deleted is gone."""
        del base, wanted
        return None

    def revive(self, entry: Entry) -> tuple[Dn, Sequence[Operation]] | None:
        """Bring nobody back: what is deleted is gone."""
        del entry
        return None

    def guarded(
        self, operations: Sequence[Operation], before: Entry, condition: Filter
    ) -> Sequence[Operation]:
        # There is no assertion control. Where the values to be replaced are named, it fails if they have gone; and
        # there is no permissive modify.
        del condition
        return [
            replace(each, changes=by_value(each.changes, before, whole={_PASSWORD.lower()}), permissive=False)
            if isinstance(each, Modify)
            else each
            for each in operations
        ]
