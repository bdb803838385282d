"""What a server allows an account in one search, as the products write it down: OpenLDAP's olcLimits, and query policies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.directory.dn import Dn, InvalidDn
from app.preparation.live import texts
from app.preparation.openldap_config import ServerConfig, unnumbered

_LIMIT = re.compile(r"\b(time|size)(?:\.(\w+))?=(\w+|-1)", re.IGNORECASE)
_SELECTOR = re.compile(r'dn(?:\.(\w+))?=(?:"([^"]*)"|(\S+))', re.IGNORECASE)
_DEFAULTS = {"size": "500", "time": "3600"}  # slapd-config(5): olcSizeLimit, olcTimeLimit
_BELOW_OR_AT = frozenset({"subtree", "sub"})
_LARGEST = {"MaxPageSize": 20000, "MaxQueryDuration": 1200, "MaxTempTableSize": 100_000}
"""What Windows takes at most, whatever the policy says, since 2008."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an account is allowed; None where there is no end."""

    entries: int | None = None
    """How many entries an answer may have, all its pages together."""
    page: int | None = None
    """How many a page may have."""
    seconds: int | None = None
    candidates: int | None = None
    """How many entries a server sorts and joins in memory; with more it looks at the whole directory."""
    kept_bytes: int | None = None
    """How much it remembers of lists that are begun."""


def openldap_limits(config: ServerConfig, account: Dn) -> Limits:
    """Read what slapd allows an account (slapd-config(5), olcLimits): the first that fits it, and else the defaults."""
    if config.root_dn == account:
        return Limits()
    said = dict(_DEFAULTS)
    for entry in reversed((config.database, *config.defaults)):
        for attribute, kind in (("olcTimeLimit", "time"), ("olcSizeLimit", "size")):
            for text in texts(entry, attribute):
                _note(said, text if "=" in text else f"{kind}={text}")
    _note(said, next((text for text in _limits_of(config) if _fits(text, account)), ""))
    return Limits(
        entries=_smallest(_first(said, "size.prtotal", "size.hard", "size"), said.get("size.unchecked")),
        page=_number(said.get("size.pr")),
        seconds=_number(_first(said, "time.hard", "time")),
    )


def _limits_of(config: ServerConfig) -> Iterator[str]:
    yield from map(unnumbered, texts(config.database, "olcLimits"))


def _note(said: dict[str, str], text: str) -> None:
    for kind, part, value in _LIMIT.findall(text):
        # What is said of a kind as a whole is said of its hard limit, too; a soft one is what clients without a wish get.
        name = f"{kind}.{part}".lower() if part and part.lower() != "soft" else kind.lower()
        if not part:
            said.pop(f"{name}.hard", None)
        said[name] = value.lower()


def _first(said: Mapping[str, str], *names: str) -> str | None:
    # slapd.conf(5): "hard" and "soft" take over the other one's, which is what comes next here.
    return next((said[name] for name in names if said.get(name) not in {None, "hard", "soft", "0"}), None)


def _smallest(*told: str | None) -> int | None:
    return min((number for text in told if (number := _number(text)) is not None), default=None)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _fits(text: str, account: Dn) -> bool:
    """Tell whether a limit is for an account. What takes a look at other entries, such as groups, is left out."""
    found = _SELECTOR.match(text)
    if found is None:
        return text.lower().startswith(("*", "users"))
    style, quoted, bare = found.groups()
    return _names(account, (style or "exact").lower(), pattern=quoted or bare)


def _names(account: Dn, style: str, *, pattern: str) -> bool:
    if style == "regex":
        return re.search(pattern, str(account), re.IGNORECASE) is not None
    try:
        name = Dn.parse(pattern)
    except InvalidDn:
        return False
    if style in {"one", "onelevel"}:
        return account.parent == name
    is_below = account.is_within(name) and account != name
    return (account == name and style != "children") or (is_below and style in {*_BELOW_OR_AT, "children"})


def query_policy_limits(lines: Sequence[str]) -> Limits:
    """Read a controller's query policy (MS-ADTS §3.1.1.3.4.6, lDAPAdminLimits)."""
    said = {name: _number(value.strip()) for name, _, value in (line.partition("=") for line in lines)}

    def told(name: str) -> int | None:
        value = said.get(name)
        return value if value is None else min(value, _LARGEST.get(name, value))

    return Limits(
        page=told("MaxPageSize"),
        seconds=told("MaxQueryDuration"),
        candidates=told("MaxTempTableSize"),
        kept_bytes=told("MaxResultSetSize"),
    )


def lifted(account: Dn) -> str:
    """Write the limits of an account to which nothing ends."""
    return (
        f'dn.exact="{account}" time=unlimited size=unlimited size.unchecked=unlimited size.prtotal=unlimited'
    )
