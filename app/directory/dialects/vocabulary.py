"""The products' own attribute names that code for all of them must know."""

from __future__ import annotations

SECRET_ATTRIBUTES = frozenset(
    {
        "userpassword",
        "2.5.4.35",  # userPassword's OID
        "authpassword",
        "pwdhistory",
        "unicodepwd",
        "ntpwdhistory",
        "lmpwdhistory",
        "dbcspwd",
        "supplementalcredentials",
        "sambantpassword",
        "sambalmpassword",
        "sambapasswordhistory",
        "krbprincipalkey",
        "ipanthash",
        "userpkcs12",
        "clearpassword",
    }
)
"""Attributes whose values are never written anywhere, in lower case."""

UNIQUE_ID_ATTRIBUTES = ("entryuuid",)
"""Hold ids that are compared as such, however they are written; in lower case, as those that follow."""
VERSION_ATTRIBUTES = ("entrycsn",)
"""Hold versions, which have an order."""
TIME_ATTRIBUTES = ("createtimestamp", "modifytimestamp", "pwdaccountlockedtime", "whencreated", "whenchanged")
"""Hold times."""
CATEGORY_ATTRIBUTES = ("objectcategory",)
"""Hold the name of a class's definition, and are compared with the class's own name, too."""

KEPT_ID = "entryUUID"
"""Holds the id of an entry where one that is made again can have the old one's."""
KEPT_ATTRIBUTES = (KEPT_ID, "createTimestamp", "creatorsName")
"""Hold what a server keeps of an entry by itself, and what outlives changes (RFC 4530, RFC 4512 §3.4)."""
