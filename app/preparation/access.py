"""What slapd's rules (olcAccess) let an account do, as far as they name it, and the rules that let it do what it has to.

Rules are looked through as slapd does: the first that is for an entry or attribute decides, unless it passes on (break).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.directory.dn import Dn
from app.directory.model import Entry
from app.preparation.live import texts
from app.preparation.openldap_config import unnumbered

_PASSES_ON = re.compile(r"\bby\s+\*\s+(?:\S+\s+)?break\b", re.IGNORECASE)
_PASSWORDS = re.compile(r"to\s+(?:dn\S*\s+)?attrs=(?:\S+,)?userPassword\b", re.IGNORECASE)


def missing_rights(database: Entry, account: Dn, base: Dn) -> list[str]:
    """Write the rules that an account lacks to write entries below a base, and their passwords; all others stay."""
    entries = re.compile(rf'to\s+(?:\*|dn\.sub(?:tree)?="?{re.escape(str(base))}"?)\s+by\b', re.IGNORECASE)
    rules = [unnumbered(text) for text in texts(database, "olcAccess")]
    wanted = (
        (f'to attrs=userPassword by dn.exact="{account}" =w by * break', (_PASSWORDS, entries)),
        (f'to dn.subtree="{base}" by dn.exact="{account}" write by * break', (entries,)),
    )
    missing = [rule for rule, about in wanted if not _writes(_deciding(rules, about), account)]
    return [f"{{{number}}}{rule}" for number, rule in enumerate(missing)]


def _deciding(rules: list[str], about: tuple[re.Pattern[str], ...]) -> Iterator[str]:
    for rule in rules:
        if any(each.match(rule) for each in about):
            yield rule
            if not _PASSES_ON.search(rule):
                return


def _writes(rules: Iterator[str], account: Dn) -> bool:
    name = re.escape(str(account))
    by = re.compile(rf'\bby\s+dn(?:\.\w+)?="?{name}"?\s+(?:write|manage|=\w*w)', re.IGNORECASE)
    return any(by.search(rule) for rule in rules)
