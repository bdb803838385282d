"""Text as directories compare it (RFC 4518): without regard to case, composition and superfluous space.

OpenLDAP's way: letter by letter, so that "ß" is not "ss" as it is for ``str.casefold``, and two names that the server
tells apart are never one here.
"""

from __future__ import annotations

import unicodedata


def prepare(text: str) -> str:
    """Return what is the same for all texts that caseIgnoreMatch finds equal."""
    folded = text.lower() if text.isascii() else _fold(text)
    return " ".join(word for word in folded.split(" ") if word)


def _fold(text: str) -> str:
    # str.lower() looks at neighbours: "Σ" at the end of a word becomes another letter than within it.
    return unicodedata.normalize("NFKC", "".join(character.lower() for character in text))
