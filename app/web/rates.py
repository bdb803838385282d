"""Holding applications to their rates: Flask-Limiter's counters, in this process or in a storage that all share.

What a rate is, is left to ``app.access.admission``; which application a request is for is known only when its caller
is, so nothing is counted by the address or the path.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app
from flask_limiter import Limiter

from app.scim.errors import TooManyRequests
from app.web.addresses import remote_address
from app.web.current import EXTENSION

if TYPE_CHECKING:
    from app.access.application import Application

_LIMITER = "landbridge.rates"


def init_app(app: Flask) -> None:
    """Make the counters."""
    settings = app.extensions[EXTENSION].settings
    limiter = Limiter(remote_address, storage_uri=settings.rate_storage, strategy="moving-window")
    # Known before it is made ready, so that it hooks itself into no request: no route has limits of its own.
    app.extensions["limiter"] = {limiter}
    limiter.init_app(app)
    app.extensions[_LIMITER] = limiter


def count(application: Application) -> None:
    """Count a request for an application; raise TooManyRequests where it is one too many."""
    counters = cast("Limiter", current_app.extensions[_LIMITER]).limiter
    for rate in application.admission.rates:
        if not counters.hit(rate, application.name):
            again = counters.get_window_stats(rate, application.name).reset_time
            seconds = math.ceil(again - time.time())
            raise TooManyRequests(
                f"the application may send {rate.amount} requests in {rate.multiples} {rate.GRANULARITY.name}",
                retry_after_seconds=max(1, seconds),
            )
