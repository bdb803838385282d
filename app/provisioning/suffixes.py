"""Whether principal names have a suffix that the directory answers for, in domains that hold their users to that.

What there is is looked up when it is first needed, and again where a suffix is not among them, now and then: one that an
administrator has just added is taken within seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from app.directory.dialects.principal_names import Find, PrincipalNames
from app.directory.errors import ConstraintViolation
from app.directory.model import Operation

Which = Literal["any", "known"]
_LOOK_SECONDS = 10.0
_MOST_NAMED = 10


@dataclass
class Suffixes:
    """The suffixes that a domain's directory knows. ``monotonic`` counts seconds."""

    which: Which = "any"
    monotonic: Callable[[], float] = lambda: 0.0
    _known: tuple[str, ...] = ()
    _looked: float = field(default=float("-inf"))

    def refuse_strange(
        self, find: Find, names: PrincipalNames | None, operations: Iterable[Operation]
    ) -> None:
        """Refuse a new principal name whose suffix nobody knows.

        Raises:
            ConstraintViolation: naming the suffixes that there are.
            DirectoryError: if they cannot be looked up.
        """
        if self.which == "any" or names is None:
            return
        strange = next(
            (each for each in names.new_suffixes(operations) if not self._is_known(find, names, each)),
            None,
        )
        if strange is not None:
            shown = ", ".join(f"@{each}" for each in self._known[:_MOST_NAMED])
            more = f" and {left} more" if (left := len(self._known) - _MOST_NAMED) > 0 else ""
            reason = (
                f"its suffix @{strange} is none of those that the directory knows, which are {shown}{more}"
            )
            raise ConstraintViolation(reason, diagnostic=names.attribute, reason=reason)

    def _is_known(self, find: Find, names: PrincipalNames, suffix: str) -> bool:
        if suffix not in self._known and self.monotonic() - self._looked >= _LOOK_SECONDS:
            self._known = names.known_suffixes(find)
            self._looked = self.monotonic()
        # Where the directory does not say, nobody is refused for it.
        return suffix in self._known or not self._known
