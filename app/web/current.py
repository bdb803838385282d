"""The services of the running application, as views reach them.

``app.bootstrap`` makes them; ``create_app`` keeps them in ``app.extensions``.
"""

from __future__ import annotations

from typing import cast

from flask import current_app

from app.services import Services

EXTENSION = "landbridge"

__all__ = ["EXTENSION", "Services", "services"]


def services() -> Services:
    """Return the services of the application that handles this request."""
    return cast("Services", current_app.extensions[EXTENSION])
