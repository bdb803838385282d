"""OpenLDAP's limits of time and of pages, against what Landbridge asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.preparation import doctor_codes as codes
from app.preparation.finding import Finding
from app.preparation.live import texts
from app.preparation.openldap_config import ServerConfig
from app.preparation.patient import Admitted

_TIME = re.compile(r"\btime(?:\.hard)?=(\d+|unlimited|-1)")
_PAGE = re.compile(r"\bsize\.pr=(\d+)")
_DEFAULT_SECONDS = 3600  # slapd-config(5), olcTimeLimit


def check_limits(admitted: Admitted, config: ServerConfig) -> Iterator[Finding]:
    """Find limits below what Landbridge waits for, and asks for at once."""
    settings = admitted.patient.settings
    if config.root_dn == settings.bind_dn:
        return
    prepare = f"landbridge prepare {admitted.domain.name}"
    own = _own_limits(config, str(settings.bind_dn))
    seconds = time_limit(own, texts(config.database, "olcTimeLimit"))
    if seconds is not None and seconds < settings.search_seconds:
        seen = (
            f"The server gives a search {seconds} seconds, and Landbridge waits {settings.search_seconds:g}."
        )
        fix = f"Lift it for the service account alone ({prepare}), or write limits.search_seconds: {seconds}."
        yield Finding(codes.TIME_LIMIT, seen, fix, ("limits", "search_seconds"))
    page = next((int(found[1]) for text in own if (found := _PAGE.search(text))), None)
    if page is not None and page < settings.page_size:
        seen = f"A page has at most {page} entries (size.pr), and Landbridge asks for {settings.page_size}."
        yield Finding(codes.PAGE_LIMIT, seen, f"Write limits.page_size: {page}.", ("limits", "page_size"))


def _own_limits(config: ServerConfig, account: str) -> list[str]:
    """Return the limits that are for an account; those for everybody are not looked through."""
    return [text.lower() for text in texts(config.database, "olcLimits") if account.lower() in text.lower()]


def time_limit(own: list[str], everyone: list[str]) -> int | None:
    """Return how many seconds a search may take; None where there is no limit."""
    found = next((match[1] for text in own if (match := _TIME.search(text))), None)
    for text in everyone if found is None else ():
        hard = _TIME.search(text.lower())
        found = hard[1] if hard else text.strip().lower()
    told = _DEFAULT_SECONDS if found is None else found
    return None if told in {"unlimited", "-1"} else int(told)
