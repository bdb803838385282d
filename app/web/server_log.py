"""gunicorn's messages in the log of everything else."""

from __future__ import annotations

import logging

from gunicorn.config import Config
from gunicorn.glogging import Logger as GunicornLogger


class Logger(GunicornLogger):  # type: ignore[misc]  # gunicorn has no types
    """Leaves formatting and the choice of stream to the root logger."""

    def setup(self, cfg: Config) -> None:
        """Hand everything on to the root logger."""
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers = []
            logger.propagate = True
        self.access_log.setLevel(logging.CRITICAL)
