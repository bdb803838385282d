"""Going the rounds: each domain's directory is examined now and then, so that what is wrong is known before it is asked.

All processes of a service go, on however many machines; each domain is examined by one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.directory.errors import DirectoryError
from app.preparation.preparations import Preparations
from app.provisioning.configuration import Configurations
from app.store.checkup_claims import CheckupClaims, Claim
from app.store.checkups import Checkups

EVERY: Final = timedelta(hours=1)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Examines whoever is due."""

    preparations: Preparations
    configurations: Configurations
    checkups: Checkups
    claims: CheckupClaims
    clock: Callable[[], datetime]

    def run(self) -> list[str]:
        """Examine the domains that nobody has examined for an hour, nor is examining; return their names."""
        # Claims are looked at first: whoever has one afterwards has changed it, and whoever had one before has noted what
        # was found.
        free = self.claims.free(self.configurations.current().domains)
        known, now = self.checkups.all(), self.clock()
        due = [each for each in free if each.domain not in known or now - known[each.domain].time >= EVERY]
        return [each.domain for each in due if self._examined(each)]

    def _examined(self, claim: Claim) -> bool:
        with self.claims.held(claim) as is_ours:
            return is_ours and self._noted(claim.domain)

    def _noted(self, name: str) -> bool:
        try:
            found = self.preparations.look_in(name)
        except (ValueError, DirectoryError) as error:
            _log.warning("domain_not_examined", domain=name, reason=str(error))
            return False
        _log.info("domain_examined", domain=name, findings=len(found))
        return True
