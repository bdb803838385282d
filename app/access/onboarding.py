"""Making an application for a well-known client: what it may do, where it provisions to, and what to tell the client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from app.access.application import ALL, RESIDENT, Application
from app.access.applications import ApplicationError
from app.access.client_templates import OAUTH, TEMPLATES, TOKEN_DAYS, Place, Template
from app.store.documents import InvalidDocuments

if TYPE_CHECKING:
    from app.access.applications import Applications
    from app.access.named_tokens import NamedTokens


@dataclass(frozen=True, slots=True)
class Pasted:
    """A field of the client's form with what goes there; empty where it cannot be shown, or not again."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Onboarded:
    """An application that was just made, and its token, to be shown this once."""

    application: Application
    template: Template
    token: str = ""


@dataclass(frozen=True, slots=True)
class Onboarding:
    """Makes applications from templates."""

    applications: Applications
    named_tokens: NamedTokens

    def create(
        self, template: Template, name: str, *, author: str, display_name: str = "", domain: str | None = None
    ) -> Onboarded:
        """Make an application that its client can use at once, or none at all.

        Raises:
            ApplicationError: if there is one of that name, or the template is of the resident one and the name another.
            InvalidDocuments: if it cannot be as it is wanted.
        """
        if template.is_resident:
            return self._resident(template, name, author=author, domain=domain)
        self.applications.create(name, author=author, display_name=display_name)
        try:
            self._authorise(template, name, author=author, domain=domain)
            self.applications.set_template(name, template.name, author=author)
        except InvalidDocuments:
            self.applications.delete(name, author=author)
            raise
        return Onboarded(self.applications.get(name), template, self._token(template, name))

    def _resident(self, template: Template, name: str, *, author: str, domain: str | None) -> Onboarded:
        if name not in {"", RESIDENT}:
            raise ApplicationError(f"callers with name and password share one application: it is {RESIDENT}")
        self._authorise(template, RESIDENT, author=author, domain=domain)
        return Onboarded(self.applications.set_template(RESIDENT, template.name, author=author), template)

    def _authorise(self, template: Template, name: str, *, author: str, domain: str | None) -> None:
        application = self.applications.get(name)
        if domain is not None:
            wanted = replace(application.provisioning, domain=domain, others=())
            self.applications.set_provisioning(name, wanted, author=author)
        if not template.is_resident:
            self.applications.set_grants(name, template.grants, author=author)
            self.applications.set_apis(name, dict.fromkeys(template.apis, ALL), author=author)

    def _token(self, template: Template, name: str) -> str:
        if not template.token_name:
            return ""
        lifetime = timedelta(days=TOKEN_DAYS)
        return self.named_tokens.create(self.applications.get(name), template.token_name, lifetime=lifetime)


def template_of(application: Application) -> Template:
    """Return the template that an application was made from, or the one of any client."""
    return TEMPLATES.get(application.template, OAUTH)


def pasted(
    template: Template, application: Application, service_url: str, secrets: Mapping[str, str]
) -> list[Pasted]:
    """Say what goes where in the client's form; ``secrets`` are those that may be shown: token, client_secret."""
    facts = {
        "scim_url": f"{service_url}/scim2",
        "token_url": f"{service_url}/oauth2/token",
        "client_id": application.client_id or "",
        "scopes": " ".join(sorted(application.scopes)),
        **secrets,
    }
    return [Pasted(place, place.filled(facts)) for place in template.places]
