"""Landbridge: a SCIM 2.0 provisioning bridge for LDAP and Active Directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.services import Services

__version__ = "0.1.0"


def create_app(services: Services) -> Flask:
    """Make the web application around the services of one process."""
    from app.web.application import make_application  # noqa: PLC0415 - the package must not import itself whole

    return make_application(services)
