"""Going the rounds: each domain's directory is examined now and then, so that what is wrong is known before it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.preparation.preparations import Preparations
from app.provisioning.configuration import Configurations
from app.store.checkups import Checkups

EVERY: Final = timedelta(hours=1)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Examines whoever is due."""

    preparations: Preparations
    configurations: Configurations
    checkups: Checkups
    clock: Callable[[], datetime]

    def run(self) -> list[str]:
        """Examine the domains that nobody has examined for an hour; return their names."""
        known, now = self.checkups.all(), self.clock()
        domains = self.configurations.current().domains
        due = [name for name in domains if name not in known or now - known[name].time >= EVERY]
        for name in due:
            found = self.preparations.examine(name)
            _log.info("domain_examined", domain=name, findings=len(found))
        return due
