"""Keep account of what is done by requests. For every face of the web that writes."""

from __future__ import annotations

from flask import g

from app.provisioning.journal import StoreJournal
from app.provisioning.trail import Origin
from app.web.current import services


def recorder(subject: str, application: str) -> StoreJournal:
    """Make what records the writes that ``subject`` does through an application, by the current request."""
    return services().journal(Origin(subject, application, g.get("request_id", "")))
