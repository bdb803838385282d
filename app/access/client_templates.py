"""What well-known clients want to be told, field by field, and what an application for one of them may do. Data.

Making an application from a template is left to ``onboarding``. ``docs/clients.md`` says the same at more length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TOKEN_DAYS = 365
USERS, GROUPS = "SCIM2 Users API", "SCIM2 Groups API"


@dataclass(frozen=True, slots=True)
class Place:
    """A field of the client's own form, and what goes there; ``{...}`` stands for one of the application's facts."""

    label: str
    text: str
    hint: str = ""

    @property
    def is_secret(self) -> bool:
        """Whether it is shown to nobody but whoever made it."""
        return "{token}" in self.text or "{client_secret}" in self.text

    def filled(self, facts: Mapping[str, str]) -> str:
        """Write what goes there; empty where a fact is not to be had."""
        wanted = {name: facts.get(name, "") for name in FACTS}
        return self.text.format(**wanted)


FACTS = ("scim_url", "token_url", "client_id", "client_secret", "scopes", "token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A kind of client."""

    name: str
    title: str
    purpose: str
    places: tuple[Place, ...]
    """In the order of the client's form."""
    apis: tuple[str, ...] = (USERS, GROUPS)
    grants: tuple[str, ...] = ("client_credentials",)
    token_name: str = ""
    """What the long-lived token is called that the client gets; empty where it asks for tokens itself."""
    is_resident: bool = False
    """Whether its requests come with name and password, so that they go where the resident application goes."""
    note: str = ""


ENTRA = Template(
    name="entra",
    title="Microsoft Entra ID",
    purpose="Provisioning of an enterprise application, in the Microsoft Entra admin center.",
    token_name="Entra ID",  # noqa: S106 - what it is called
    places=(
        Place("Authentication method", "Bearer authentication"),
        Place(
            "Tenant URL",
            "{scim_url}?aadOptscim062020",
            "The parameter has Entra ID send what the RFC says; Landbridge understands it without, too.",
        ),
        Place("Secret token", "{token}", f"Good for {TOKEN_DAYS} days. Entra ID keeps one at a time."),
        Place(
            "Token endpoint",
            "{token_url}",
            "In place of the secret token, where Entra ID offers OAuth2 client credentials grant.",
        ),
        Place("Client identifier", "{client_id}", "For the token endpoint."),
        Place("Client secret", "{client_secret}", "For the token endpoint."),
    ),
    note="Entra ID calls from outside: the address needs a name in public DNS and a certificate that is trusted there.",
)
OKTA = Template(
    name="okta",
    title="Okta",
    purpose="SCIM provisioning of an app integration, in the Okta admin console.",
    token_name="Okta",  # noqa: S106 - the same
    places=(
        Place("SCIM connector base URL", "{scim_url}"),
        Place("Unique identifier field for users", "userName"),
        Place(
            "Supported provisioning actions",
            "Import New Users and Profile Updates, Push New Users, Push Profile Updates, Push Groups, Import Groups",
            "Tick these boxes.",
        ),
        Place("Authentication Mode", "HTTP Header"),
        Place(
            "Authorization",
            "{token}",
            f"Good for {TOKEN_DAYS} days. Okta writes Bearer before it; where the field is called API token, write it.",
        ),
    ),
    note="Okta calls from outside: the address needs a name in public DNS and a certificate that is trusted there.",
)
OAUTH = Template(
    name="oauth",
    title="Any client with OAuth 2.0",
    purpose="A client that asks for tokens itself, with an id and a secret.",
    places=(
        Place("SCIM base URL", "{scim_url}"),
        Place("Token endpoint", "{token_url}"),
        Place("Grant type", "client_credentials"),
        Place("Client ID", "{client_id}"),
        Place("Client secret", "{client_secret}"),
        Place("Scope", "{scopes}", "Left out, a token is good for all of them."),
    ),
)
BASIC = Template(
    name="basic",
    title="Any client with name and password",
    purpose="A client that can do no more than Basic authentication. All of those share the resident application.",
    is_resident=True,
    places=(
        Place("SCIM base URL", "{scim_url}"),
        Place("Authentication", "Basic"),
        Place(
            "User name",
            "an administrator of Landbridge",
            "Make one for each client: landbridge administrators add NAME --role operator",
        ),
        Place("Password", "the administrator's password"),
    ),
)
TEMPLATES: Mapping[str, Template] = {each.name: each for each in (ENTRA, OKTA, OAUTH, BASIC)}
