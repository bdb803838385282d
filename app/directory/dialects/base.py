"""What every dialect answers: how a product keeps identity, time, version, account state and passwords."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.directory.connection import Replica
from app.directory.dialects.primary_groups import PrimaryGroups
from app.directory.dialects.principal_names import PrincipalNames
from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.filters import Filter
from app.directory.model import Add, Change, Entry, Operation, Rename, Search


@dataclass(frozen=True, slots=True)
class Account:
    """What a request says about an account, in no product's words. None means: nothing said."""

    enabled: bool | None = None
    password: str | None = field(default=None, repr=False)
    current_password: str | None = field(default=None, repr=False)
    """The password until now, by which its owner changes it; without it is set by somebody who may."""
    locked: bool | None = None
    """Whether too many wrong passwords have locked it."""
    must_change: bool | None = None
    """Whether the password must be changed before anything else."""


class Dialect(Protocol):
    """A product's ways. Pure: it makes filters, changes and values and sends nothing."""

    name: str
    id_attribute: str
    """Holds the entry's immutable id."""
    name_attribute: str
    """Holds the entry's name, for filters."""
    keeps_memberships: bool
    """Whether entries always name the groups that they are in."""
    created_attribute: str
    """Holds when the entry was created, as GeneralizedTime."""
    modified_attribute: str
    """Holds when the entry was last changed, as GeneralizedTime."""
    version_attribute: str
    """Holds a value that is another one after every change."""
    version_attributes: tuple[str, ...]
    """All that ``version_of`` looks at."""
    replica: Replica | None
    """How a server is told from its replicas, where each counts versions for itself."""
    account_attributes: tuple[str, ...]
    """What ``state_of`` looks at."""
    disabled_container: Dn | None
    """Where accounts are that cannot be used, where being there is what disables them."""
    unique_attributes: frozenset[str]
    """Attributes of which the product itself lets no two entries have the same value, in lower case."""
    primary: PrimaryGroups | None
    """How accounts are in a group of which neither list tells, where they are."""
    principals: PrincipalNames | None
    """How principal names are told, where accounts have such and not every suffix is good."""
    chain: str | None
    """The matching rule that follows names from entry to entry, where there is one."""
    child_rule: str | None
    """The matching rule for names directly below another one, where there is one."""
    bit_rules: Mapping[str, str]
    """The matching rules for bits of numbers, where there are such: of ``all`` that are asked for, and of ``any``."""
    asks_current_password: bool
    """Whether ``change_account`` has the product compare the password until now."""
    keeps_nul: bool
    """Whether texts with a NUL character are kept and compared whole."""
    keeps_references: bool
    """Whether names in other entries always follow an entry that is renamed or deleted."""
    asserts: bool
    """Whether a ``guarded`` operation is never carried out on an entry that does not match (RFC 4528)."""
    sorts_times: bool
    """Whether servers that sort (RFC 2891) can sort by times and then by ids, in the order of their values."""
    overtaken: tuple[type[DirectoryError], ...]
    """What a ``guarded`` operation fails with where somebody else was faster."""

    def id_of(self, entry: Entry) -> str:
        """Return the entry's id as a lower-case UUID."""
        ...

    def has_id(self, resource_id: str) -> Filter:
        """Match the entry of that id; ``Nothing`` if the text cannot be an id."""
        ...

    def address_of(self, resource_id: str) -> str:
        """Return what stands for the name of the entry of that id in requests; empty where names alone are taken."""
        ...

    def version_of(self, entry: Entry) -> str:
        """Return the entry's version, fit for an ETag."""
        ...

    def has_version(self, version: str) -> Filter:
        """Match an entry only at that version."""
        ...

    def states(self, base: Dn) -> Sequence[Search]:
        """Say what to ask, one after the other, for something that is another after every change of any entry.

        All attributes of the first entry that has them tell it. None where the product tells no such thing.
        """
        ...

    def is_enabled(self, entry: Entry) -> bool:
        """Tell whether the account can be used."""
        ...

    def state_of(self, entry: Entry) -> Account:
        """Tell the state of an account, but for its password."""
        ...

    def enabled(self, *, wanted: bool) -> Filter:
        """Match accounts that can, or cannot, be used."""
        ...

    def any_name(self, text: str, *, is_whole: bool) -> Filter | None:
        """Match those one of whose names begins with a text, or is it; None if the product has no such search.

        Which attributes are names the product alone knows, so that nobody else can tell who matches.
        """
        ...

    def create(self, entry: Add, account: Account) -> Sequence[Operation]:
        """Say which operations create the entry as an account in the state that ``account`` asks for."""
        ...

    def change_account(self, before: Entry, account: Account) -> Sequence[Change]:
        """Say which attribute changes bring ``before`` into the state that ``account`` asks for.

        A password is among them where it is an attribute that is changed with the others.
        """
        ...

    def set_password(self, dn: Dn, password: str) -> Sequence[Operation]:
        """Say which operations set a password; none where ``change_account`` does."""
        ...

    def refuse_unfit(self, operations: Sequence[Operation], *, is_account: bool) -> None:
        """Refuse values that the product's rules forbid, also where a server would take them.

        Raises:
            ConstraintViolation: with the rule in words, and the attribute's name as its diagnostic.
        """
        ...

    def why_refused(
        self, operations: Sequence[Operation], error: DirectoryError, read: Callable[[Search], Entry | None]
    ) -> str:
        """Say more about a refusal than the server did, after looking at its rules; empty if there is no more."""
        ...

    def retire(self, entry: Entry, rename: Rename) -> Sequence[Operation]:
        """Say which operations disable an account for good, and free its names, with ``rename`` among them."""
        ...

    def reinstate(self, entry: Entry, rename: Rename) -> Sequence[Operation]:
        """Say which operations bring a retired account back under its old name, still disabled."""
        ...

    def deleted(self, base: Dn, wanted: Filter) -> Search | None:
        """Say how entries are found that were deleted and are kept for a while; None where none are."""
        ...

    def revive(self, entry: Entry) -> tuple[Dn, Sequence[Operation]] | None:
        """Say which name a deleted entry gets back, disabled, and by which operations; None if it is not known."""
        ...

    def guarded(
        self, operations: Sequence[Operation], before: Entry, condition: Filter
    ) -> Sequence[Operation]:
        """Have operations made only on an entry that matches ``condition``, as ``before`` did when it was read.

        Where the product knows no such condition they come as near to it as they can.
        """
        ...
