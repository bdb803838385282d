"""The products' own attribute names that code for all of them must know, in lower case."""

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
"""Hold ids that are compared as such, however they are written."""
VERSION_ATTRIBUTES = ("entrycsn",)
"""Hold versions, which have an order."""
TIME_ATTRIBUTES = ("createtimestamp", "modifytimestamp", "pwdaccountlockedtime", "whencreated", "whenchanged")
"""Hold times."""
CATEGORY_ATTRIBUTES = ("objectcategory",)
"""Hold the name of a class's definition, and are compared with the class's own name, too."""
