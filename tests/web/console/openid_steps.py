"""Going to an OpenID provider and back, as people do, and what the console knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.store.document import Document
from tests.web.console.fakes import HOST
from tests.web.console.openid_provider import CLIENT_ID

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.web.console.fakes import Console
    from tests.web.console.openid_provider import Provider

BEGIN = "/console/login/keycloak"
ANSWER = BEGIN + "/answer"
ROLES = {"/bridge/admins": "administrator", "/bridge/desk": "operator", "staff": "viewer"}
DEFAULTS: dict[str, Any] = {"enabled": True, "roles": {"claim": "groups", "values": ROLES}}


def trust(console: Console, provider: Provider, **more: Any) -> None:
    """Put the provider's document in force."""
    body = {
        "label": "Our Keycloak",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "name_claim": "preferred_username",
        "ca_file": provider.ca_file,
    }
    present = console.services.documents.current().get("IdentityProvider", "keycloak")
    kept = present.body if present else {}
    document = Document("IdentityProvider", "keycloak", {**kept, **body, **more})
    if document != present:
        console.services.documents.apply([document], author="test")


def away(console: Console, provider: Provider, *, wanted: str = "") -> str:
    """Begin, and see the provider; return the address that it sends the browser back to."""
    sent = console.http.get(BEGIN, base_url=HOST, query_string={"next": wanted} if wanted else {})
    assert sent.status_code == 302, sent.text
    return provider.visit(sent.location).removeprefix(HOST)


def sign_in(console: Console, provider: Provider, *, wanted: str = "") -> TestResponse:
    """Go there and back."""
    return console.get(away(console, provider, wanted=wanted))


def is_in(console: Console) -> bool:
    """Tell whether somebody is signed in."""
    return console.get("/console").status_code == 200
