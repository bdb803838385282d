"""Words of one product stand only where that product is dealt with."""

import re
from pathlib import Path

WORDS = re.compile(
    r"userAccountControl|objectGUID|unicodePwd|sAMAccountName|uSNChanged|entryUUID|entryCSN|pwdAccountLockedTime",
    re.IGNORECASE,
)
ALLOWED = ("app/directory/dialects/", "app/preparation/", "app/testing/")


def test_product_words() -> None:
    """Outside the dialects nobody knows what a product calls its attributes."""
    files = [path for path in Path("app").rglob("*.py") if not str(path).startswith(ALLOWED)]

    found = {
        str(path): sorted(set(WORDS.findall(path.read_text(encoding="utf-8"))))
        for path in files
        if WORDS.search(path.read_text(encoding="utf-8"))
    }

    assert found == {}
