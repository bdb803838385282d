"""What products do by themselves that their schemas do not tell."""

from __future__ import annotations

from collections.abc import Mapping

MICROSOFT = frozenset({"active-directory", "ad-lds"})
"""Who publishes a schema as Active Directory does."""

SUPPLIED: Mapping[str, frozenset[str]] = dict.fromkeys(
    MICROSOFT,
    frozenset({"instancetype", "ntsecuritydescriptor", "objectcategory", "objectsid", "samaccountname"}),
)
"""Attributes that object classes demand and the server puts in where nobody else does, in lower case."""

PASSWORD: Mapping[str, str] = dict.fromkeys(MICROSOFT, "unicodePwd")
"""Where passwords are kept, where it is not userPassword."""

ENFORCES_LENGTH = MICROSOFT
"""Who refuses values that are longer than the schema says; slapd(8) takes them."""

LENGTHS: Mapping[str, Mapping[str, int]] = {"active-directory": {"samaccountname": 20}}
"""Lengths that hold for accounts, whatever the schema says (MS-SAMR §3.1.1.6)."""

LINKS = MICROSOFT
"""Who keeps references in a table of links, which is an index of itself (MS-ADTS §3.1.1.1.6)."""
