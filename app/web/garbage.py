"""Garbage collection in a process that serves requests.

Some two hundred thousand objects are there before the first request and stay to the end: modules, schemas, maps, routes.
Looking through all of them takes half a second, in which nobody is answered.
"""

from __future__ import annotations

import gc
from typing import Final

YOUNG: Final = 20_000
"""After how many new objects the new ones are looked through: a list of a hundred users makes some two thousand."""


def settle() -> None:
    """Leave all that is there out of collections from now on, and collect less often (``gc.freeze``)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
