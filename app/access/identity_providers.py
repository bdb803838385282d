"""The identity providers in force, and the people whom they have let in.

A session holds as long as the document that let it in is just so: one that is changed, disabled or taken away ends them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.access.administrators import Administrator, Role
from app.access.identity_provider import KIND, IdentityProvider, read
from app.access.tokens import Grant, Token

if TYPE_CHECKING:
    from app.store.document import Document
    from app.store.documents import Documents

OWNER_KIND = "provider"


class IdentityProviders:
    """All providers."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def list(self) -> list[IdentityProvider]:
        """Return those that open the console, by name."""
        return [read(document) for document in self._documents.list(KIND) if _is_enabled(document)]

    def get(self, name: str) -> IdentityProvider | None:
        """Return one that opens the console, if there is one."""
        document = self._documents.current().get(KIND, name)
        return read(document) if document and _is_enabled(document) else None

    def grant(self, person: Administrator, provider: IdentityProvider, *, seconds: int, client: str) -> Grant:
        """Say for whom and how long a session is."""
        return Grant(
            client_id=client,
            owner_kind=OWNER_KIND,
            subject=person.name,
            scopes=frozenset({person.role}),
            access_seconds=seconds,
            family=provider.digest,
        )

    def person(self, token: Token) -> Administrator | None:
        """Return whose session it is; None where its provider would not be asked like that any more."""
        name = token.subject.partition(":")[0]
        document = self._documents.current().get(KIND, name)
        if token.owner_kind != OWNER_KIND or document is None or not _is_enabled(document):
            return None
        if token.family != document.digest:
            return None
        [role] = token.scopes
        return Administrator(token.subject, Role(role), provider=name)


def _is_enabled(document: Document) -> bool:
    return bool(document.body.get("enabled", True))
