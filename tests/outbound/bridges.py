"""Landbridges with connectors, and clients that talk SCIM to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from app import create_app
from app.access.scopes import ALL_SCOPES, API_SCOPES
from app.bootstrap import build
from app.settings import Settings
from app.store.document import Document
from app.testing.server import DirectoryServer
from tests.outbound.scim2_server import TOKEN
from tests.web.scim.bridge import CLIENT_SECRET, Bridge, bearer

ENVIRON = {"TARGET_TOKEN": TOKEN, "LANDBRIDGE_DEMO_CLIENT_SECRET": CLIENT_SECRET}
NO_DIRECTORY = cast("DirectoryServer", None)
"""In proxy mode there is none."""


def connector(name: str, url: str, **body: Any) -> Document:
    """Describe a SCIM 2 service that is asked with a bearer token."""
    settings = {"url": url, "authentication": {"method": "bearer", "token": {"env": "TARGET_TOKEN"}}}
    settings |= body.pop("settings", {})
    return Document("Connector", name, {"type": "scim2", "blocking": True, **body, "settings": settings})


def application(*connectors: str, **provisioning: Any) -> Document:
    """Describe a client in proxy mode, authorised for everything."""
    body = {
        "client_id": "demo",
        "client_secrets": [{"value": {"env": "LANDBRIDGE_DEMO_CLIENT_SECRET"}}],
        "grants": ["client_credentials"],
        "apis": dict.fromkeys(API_SCOPES, "all"),
        "provisioning": {"proxy_mode": True, "connectors": [*connectors], **provisioning},
    }
    return Document("Application", "proxy", body)


@contextmanager
def proxy_bridge(
    data_dir: Path,
    *documents: Document,
    environ: Mapping[str, str] = ENVIRON,
    database_url: str | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Iterator[Bridge]:
    """Build the services without a directory."""
    services = build(Settings(data_dir=data_dir, database_url=database_url), environ=environ, clock=clock)
    services.documents.apply(documents, author="test")
    app = create_app(services)
    http = app.test_client()
    bridge = Bridge(app, services, http, NO_DIRECTORY, bearer(http, " ".join(ALL_SCOPES)))
    yield bridge
    services.outbound.connectors.close()
    bridge.close()


def plain(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what differs from run to run."""
    shown = {name: value for name, value in resource.items() if name not in {"id", "meta", "schemas"}}
    return cast("dict[str, Any]", json.loads(json.dumps(shown)))
