"""Result codes that ldap3 does not know: it fails at them as at an answer that is not LDAP, which they are (RFC 4511 §4.1.9)."""

from __future__ import annotations

from ldap3.utils import asn1


class _Known(dict[int, str]):
    """ldap3's names of results, and those that it lacks, such as virtualListViewError (76)."""

    def __missing__(self, code: int) -> str:
        return f"result code {code}"


def know_all() -> None:
    """Have ldap3 take any code."""
    asn1.RESULT_CODES = _Known(asn1.RESULT_CODES)  # type: ignore[attr-defined]  # its types leave it out
