"""Where a client means other than RFC 7644 says, or wants more than it demands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClientProfile:
    """How one client is served. Without anything said, as the RFC has it."""

    create_on_replace: bool = False
    """Whether a PATCH replace makes the element that its filter does not find (against RFC 7644 §3.5.2.3)."""
    shows_patched_groups: bool = False
    """Whether a PATCH of a group is answered by the group, also where the request does not ask for it."""
    ignores_unknown_members: bool = False
    """Whether those who do not exist are left out of a list instead of refused."""
    complete_answers: bool = False
    """Whether answers to changes have version and time of change also where the directory must be asked for them again."""


STRICT = ClientProfile()
