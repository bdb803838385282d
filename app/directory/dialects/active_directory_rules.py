"""Rules of Active Directory for names and passwords: what is refused before it is sent, and why a password was refused.

Microsoft's limits are held everywhere, also where a controller of another make would take more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from app.directory.dn import Dn, Rdn
from app.directory.errors import ConstraintViolation
from app.directory.model import Add, Entry, Modify, Operation, Rename, Search

Read = Callable[[Search], Entry | None]
"""Returns the first entry that a search finds."""

_NAME, _PRINCIPAL = "samaccountname", "userprincipalname"
_NAMING = frozenset({"cn", "ou"})
MAX_ACCOUNT_NAME = 20
MAX_NAME = 64
_UNFIT = re.compile(r'["/\\\[\]:;|=,+*?<>\x00-\x1f\x7f]')
_PRINCIPAL_NAME = re.compile(r"[^@\s]+@[^@\s]+\Z")
_COMPLEX = 1  # DOMAIN_PASSWORD_COMPLEX of pwdProperties
_TICKS_PER_HOUR = 36_000_000_000
_KINDS = (str.isupper, str.islower, str.isdigit, lambda character: not character.isalnum())


def refuse_unfit(operations: Iterable[Operation], *, is_account: bool, has_domain: bool = True) -> None:
    """Refuse names that Windows does not take; without a domain only names of entries have rules.

    Raises:
        ConstraintViolation: naming the attribute, and the rule in words.
    """
    for attribute, value in _names(operations):
        if not has_domain and attribute.lower() not in _NAMING:
            continue
        problem = _problem_of(attribute, value, is_account=is_account)
        if problem:
            raise ConstraintViolation(f"{attribute} {problem}", diagnostic=attribute, reason=f"it {problem}")


def _names(operations: Iterable[Operation]) -> Iterator[tuple[str, str]]:
    for operation in operations:
        match operation:
            case Add(dn=dn, attributes=attributes):
                written = list(attributes.items())
                yield from _naming(dn.rdn)
            case Rename(rdn=rdn):
                yield from _naming(rdn)
                continue
            case Modify(changes=changes):
                written = [(change.attribute, change.values) for change in changes if change.kind != "delete"]
            case _:
                continue
        yield from ((name, value.decode("utf-8", "replace")) for name, values in written for value in values)


def _naming(rdn: Rdn) -> Iterator[tuple[str, str]]:
    return ((ava.attribute, ava.value) for ava in rdn.avas)


def _problem_of(attribute: str, value: str, *, is_account: bool) -> str | None:
    if attribute.lower() == _PRINCIPAL and not _PRINCIPAL_NAME.match(value):
        return "has not the form name@suffix"
    if attribute.lower() in _NAMING and len(value) > MAX_NAME:
        # Samba checks that of new entries, and not of those that are renamed.
        return f"is longer than the {MAX_NAME} characters that an entry's name may have"
    if attribute.lower() != _NAME:
        return None
    if is_account and len(value) > MAX_ACCOUNT_NAME:
        return f"is longer than the {MAX_ACCOUNT_NAME} characters that an account's name may have"
    if _UNFIT.search(value):
        return 'holds one of the characters " / \\ [ ] : ; | = , + * ? < > or a control character'
    if value.endswith(".") or not value.strip(". "):
        return "ends with a dot, or is made of dots and spaces"
    return None


@dataclass(frozen=True, slots=True)
class Policy:
    """Which passwords a domain takes, as far as it says."""

    min_length: int = 0
    is_complex: bool = False
    history: int = 0
    min_age_hours: int = 0

    def likely(self, password: str) -> str:
        """Say which rules a password that was refused has broken, or may have."""
        broken = list(self._seen_in(password))
        return f"it {' and '.join(broken or self._unseen())}"

    def _seen_in(self, password: str) -> Iterator[str]:
        if len(password) < self.min_length:
            yield f"has fewer than {self.min_length} characters"
        kinds = sum(any(map(is_kind, password)) for is_kind in _KINDS)
        if self.is_complex and kinds < 3:  # noqa: PLR2004 - Microsoft's rule: three of the kinds
            yield "has fewer than three kinds of characters (capital letters, small letters, digits, others)"

    def _unseen(self) -> list[str]:
        possible = []
        if self.history:
            possible.append(f"is one of the account's last {self.history} passwords")
        if self.is_complex:
            possible.append("holds the account's or the user's name")
        if self.min_age_hours:
            possible.append(f"follows another one too soon, within {self.min_age_hours} hours")
        return [" or ".join(possible) or "breaks a rule that the domain keeps to itself"]


def policy_for(dn: Dn, read: Read) -> Policy | None:
    """Read the policy that holds for an account: its own one (a password settings object), or else the domain's."""
    account = read(Search(dn, "base", attributes=("msDS-ResultantPSO",), size_limit=1))
    own = account.text("msDS-ResultantPSO") if account else None
    found = read(Search(Dn.parse(own), "base", attributes=_OWN, size_limit=1)) if own else None
    if found:
        is_complex = found.first(_OWN[1]) == b"TRUE"
        return Policy(_number(found, _OWN[0]), is_complex, _number(found, _OWN[2]), _hours(found, _OWN[3]))
    top = Dn(tuple(rdn for rdn in dn.rdns if rdn.avas[0].attribute.lower() == "dc"))
    domain = read(Search(top, "base", attributes=_DOMAIN, size_limit=1))
    if domain is None:
        return None
    is_complex = bool(_number(domain, _DOMAIN[1]) & _COMPLEX)
    return Policy(
        _number(domain, _DOMAIN[0]), is_complex, _number(domain, _DOMAIN[2]), _hours(domain, _DOMAIN[3])
    )


_OWN = (
    "msDS-MinimumPasswordLength",
    "msDS-PasswordComplexityEnabled",
    "msDS-PasswordHistoryLength",
    "msDS-MinimumPasswordAge",
)
_DOMAIN = ("minPwdLength", "pwdProperties", "pwdHistoryLength", "minPwdAge")


def _number(entry: Entry, attribute: str) -> int:
    return int(entry.first(attribute) or 0)


def _hours(entry: Entry, attribute: str) -> int:
    # Spans of time are stored below zero.
    return abs(_number(entry, attribute)) // _TICKS_PER_HOUR
