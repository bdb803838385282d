"""The applications there are: finding one, making one, changing one, checking its secret.

An application is a document; each change is a new revision with its author. Its secrets are kept encrypted apart from
the document, so that the console can show them and an export cannot.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from app.access.application import ALL, FAIL, KIND, RESIDENT, Application, ClientSecret, read, resident
from app.access.certificates import is_among
from app.access.scopes import API_SCOPES
from app.store.document import Document
from app.store.references import Reference, UnresolvedReference, resolve
from app.store.secrets import SecretsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    from app.access.application import Provisioning
    from app.access.tokens import Tokens
    from app.store.document import Snapshot
    from app.store.documents import Documents
    from app.store.secrets import Secrets

PRIMARY = "PRIMARY"
CLIENT_ID_BYTES = 12
SECRET_BYTES = 24

_RESIDENT_DOCUMENT = Document(
    KIND, RESIDENT, {"display_name": resident(None).display_name, "apis": dict.fromkeys(API_SCOPES, ALL)}
)
_log = structlog.get_logger(__name__)


class ApplicationError(Exception):
    """What is asked of the applications cannot be done."""


class NoSuchApplication(ApplicationError):
    """There is no application by that name."""


class ApplicationExists(ApplicationError):
    """The name is taken."""


class NoSuchSecret(ApplicationError):
    """The application has no secret by that id."""


@dataclass(frozen=True, slots=True)
class _Index:
    """The applications of one generation of the documents."""

    snapshot: Snapshot
    by_name: Mapping[str, Application]
    by_client_id: Mapping[str, Application]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What applications take from outside: the environment, the time, and random hexadecimal digits for n bytes."""

    environ: Mapping[str, str]
    clock: Callable[[], datetime]
    random_hex: Callable[[int], str]


class Applications:
    """The applications, as the documents in force describe them."""

    def __init__(
        self, documents: Documents, secrets: Secrets, tokens: Tokens, *, surroundings: Surroundings
    ) -> None:
        self._documents = documents
        self._secrets = secrets
        self._tokens = tokens
        self._outside = surroundings
        self._index: _Index | None = None

    def list(self) -> list[Application]:
        """Return all applications, by name."""
        return [*self._current().by_name.values()]

    def get(self, name: str) -> Application:
        """Return an application by its name; raise NoSuchApplication. The resident one is always there."""
        application = self.resident() if name == RESIDENT else self._current().by_name.get(name)
        if application is None:
            raise NoSuchApplication(f"there is no application {name}")
        return application

    def by_client_id(self, client_id: str) -> Application | None:
        """Return the application that a client id belongs to."""
        return self._current().by_client_id.get(client_id)

    def by_certificate(self, der: bytes) -> Application | None:
        """Return the enabled application that a TLS certificate belongs to; none where it could be several."""
        found = [each for each in self.list() if each.enabled and is_among(der, each.client_certificates)]
        return found[0] if len(found) == 1 else None

    def resident(self) -> Application:
        """Return the application of Basic callers: the document ``resident``, or one for the only or PRIMARY domain."""
        current = self._current()
        return current.by_name.get(RESIDENT) or resident(_only_domain(current.snapshot))

    def create(self, name: str, *, author: str, display_name: str = "", description: str = "") -> Application:
        """Make an application with a client id and a secret of its own, authorised for nothing yet."""
        if name in {RESIDENT, *self._current().by_name}:
            raise ApplicationExists(f"there is an application {name} already")
        place = self._new_place(name)
        body = {
            "display_name": display_name or name,
            "client_id": self._outside.random_hex(CLIENT_ID_BYTES),
            "client_secrets": [{"value": place.to_json()}],
            "grants": ["client_credentials"],
        }
        self._apply(Document(KIND, name, body, description=description), author=author, comment="created")
        self._keep_new_secret(place)
        return self.get(name)

    def set_provisioning(self, name: str, provisioning: Provisioning, *, author: str) -> Application:
        """Send the application's requests somewhere else."""
        keys = {"provisioning": provisioning_keys(provisioning)}
        return self._change(name, keys, author=author, comment="provisioning changed")

    def change(self, name: str, keys: Mapping[str, Any], *, author: str) -> Application:
        """Change several keys of the application's document, all or none of them; None takes one away."""
        return self._change(name, keys, author=author, comment=f"changed: {', '.join(sorted(keys))}")

    def said(self, name: str) -> Mapping[str, Any]:
        """Return the keys of the application's document as they are written there; raise NoSuchApplication."""
        self.get(name)
        return (self._current().snapshot.get(KIND, name) or _RESIDENT_DOCUMENT).body

    def set_grants(self, name: str, grants: Iterable[str], *, author: str) -> Application:
        """Say which OAuth grants the application may use."""
        return self._change(name, {"grants": sorted(grants)}, author=author, comment="grants changed")

    def set_apis(self, name: str, apis: Mapping[str, Any], *, author: str) -> Application:
        """Say which API resources it is authorised for, each with a list of scopes or "all"."""
        wanted = {api: scopes if scopes == ALL else sorted(scopes) for api, scopes in apis.items()}
        return self._change(name, {"apis": wanted}, author=author, comment="authorised APIs changed")

    def set_enabled(self, name: str, *, enabled: bool, author: str) -> Application:
        """Switch the application on or off."""
        comment = "enabled" if enabled else "disabled"
        return self._change(name, {"enabled": enabled}, author=author, comment=comment)

    def rename(self, name: str, display_name: str, *, author: str) -> Application:
        """Show another name to people. The name of the document stays."""
        return self._change(name, {"display_name": display_name}, author=author, comment="renamed")

    def set_template(self, name: str, template: str, *, author: str) -> Application:
        """Say which kind of client the application is for."""
        return self._change(name, {"template": template}, author=author, comment=f"for {template}")

    def rotate_secret(self, name: str, *, author: str, grace: timedelta | None = None) -> Application:
        """Make a new secret. The others end now, or keep working for a while."""
        kept = tuple(self._still_valid(self.get(name), grace))
        place = self._new_place(name)
        secrets = (ClientSecret(place), *kept)
        keys = {"client_secrets": [_secret_to_json(secret) for secret in secrets]}
        application = self._change(name, keys, author=author, comment="secret rotated")
        self._keep_new_secret(place)
        self._forget_secrets(name, application)
        return application

    def add_secret(self, name: str, *, author: str, lifetime: timedelta | None = None) -> str:
        """Make one more secret beside the others, for good or for a while; return it."""
        secrets, place = self.get(name).client_secrets, self._new_place(name)
        added = ClientSecret(place, self._outside.clock() + lifetime if lifetime else None)
        keys = {"client_secrets": [_secret_to_json(secret) for secret in (added, *secrets)]}
        self._change(name, keys, author=author, comment="secret added")
        return self._keep_new_secret(place)

    def secret(self, name: str, secret_id: str) -> ClientSecret:
        """Return where one of an application's secrets is kept; raise NoSuchSecret."""
        for secret in self.get(name).client_secrets:
            if secret.id == secret_id:
                return secret
        raise NoSuchSecret(f"{name} has no secret {secret_id}")

    def remove_secret(self, name: str, secret_id: str, *, author: str) -> None:
        """End one secret; raise NoSuchSecret."""
        ended = self.secret(name, secret_id)
        kept = [secret for secret in self.get(name).client_secrets if secret != ended]
        keys = {"client_secrets": [_secret_to_json(secret) for secret in kept]}
        self._forget_secrets(name, self._change(name, keys, author=author, comment="secret removed"))

    def delete(self, name: str, *, author: str) -> None:
        """Delete the application with its stored secrets; its tokens end, whoever has its client id next."""
        application = self.get(name)
        self._documents.delete(KIND, name, author=author)
        if application.client_id:
            self._tokens.revoke_client(application.client_id)
        self._forget_secrets(name, replace(application, client_secrets=()))

    def client_secret(self, name: str) -> str | None:
        """Return the newest valid secret, to be shown to an administrator."""
        return next(self._valid_secrets(self.get(name)), None)

    def verify_client_secret(self, application: Application | None, secret: str) -> bool:
        """Compare a secret with those of the application, in a time that tells nothing; False for no application."""
        known = [*self._valid_secrets(application)] if application else []
        candidates = known or [self._secrets.get("") or self._outside.random_hex(SECRET_BYTES)]
        matches = [hmac.compare_digest(secret.encode(), candidate.encode()) for candidate in candidates]
        return any(matches) and bool(known)

    def _current(self) -> _Index:
        snapshot = self._documents.current()
        index = self._index
        if index is None or index.snapshot is not snapshot:
            index = self._index = _index(snapshot)
        return index

    def _change(self, name: str, keys: Mapping[str, Any], *, author: str, comment: str) -> Application:
        self.get(name)
        document = self._current().snapshot.get(KIND, name) or _RESIDENT_DOCUMENT
        body = {key: value for key, value in {**document.body, **keys}.items() if value is not None}
        changed = Document(KIND, name, body, description=document.description)
        self._apply(changed, author=author, comment=comment)
        return self.get(name)

    def _apply(self, document: Document, *, author: str, comment: str) -> None:
        self._documents.apply([document], author=author, comment=comment, origin="applications")

    def _new_place(self, name: str) -> Reference:
        return Reference("stored", f"{_prefix(name)}{self._outside.random_hex(4)}")

    def _keep_new_secret(self, place: Reference) -> str:
        secret = self._outside.random_hex(SECRET_BYTES)
        self._secrets.put(place.name, secret)
        return secret

    def _still_valid(self, application: Application, grace: timedelta | None) -> Iterator[ClientSecret]:
        """Return the secrets to keep beside a new one, none past the end of the grace."""
        now = self._outside.clock()
        for secret in application.client_secrets if grace else ():
            if grace and secret.is_valid(now):
                yield replace(secret, expires=min(now + grace, secret.expires or now + grace))

    def _forget_secrets(self, name: str, application: Application) -> None:
        """Delete the stored secrets of this name that the application no longer refers to."""
        used = {secret.value.name for secret in application.client_secrets}
        for stored in self._secrets.names():
            if stored.startswith(_prefix(name)) and stored not in used:
                self._secrets.delete(stored)

    def _valid_secrets(self, application: Application) -> Iterator[str]:
        now = self._outside.clock()
        for secret in application.client_secrets:
            value = self._resolve(application, secret) if secret.is_valid(now) else ""
            if value:
                yield value

    def _resolve(self, application: Application, secret: ClientSecret) -> str:
        try:
            return resolve(secret.value, environ=self._outside.environ, stored=self._secrets.get)
        except (UnresolvedReference, SecretsError) as error:
            _log.warning("client_secret_unresolved", application=application.name, reason=str(error))
            return ""


def provisioning_keys(provisioning: Provisioning) -> dict[str, Any]:
    """Write where requests go as a document says it."""
    keys: dict[str, Any] = {
        "proxy_mode": provisioning.proxy_mode,
        "connectors": [*provisioning.connectors],
    }
    if provisioning.others:
        keys["domains"] = [*provisioning.domains]
    elif provisioning.domain is not None:
        keys["domain"] = provisioning.domain
    return keys if provisioning.unreachable == FAIL else {**keys, "unreachable": provisioning.unreachable}


def _index(snapshot: Snapshot) -> _Index:
    applications = [read(document) for document in snapshot.list(KIND)]
    by_client_id = {
        application.client_id: application for application in applications if application.client_id
    }
    return _Index(snapshot, {application.name: application for application in applications}, by_client_id)


def _only_domain(snapshot: Snapshot) -> str | None:
    names = [domain.name for domain in snapshot.list("Domain")]
    if len(names) == 1:
        return names[0]
    return PRIMARY if PRIMARY in names else None


def _prefix(name: str) -> str:
    return f"application/{name}/"


def _secret_to_json(secret: ClientSecret) -> dict[str, Any]:
    expires = {} if secret.expires is None else {"expires": secret.expires.isoformat()}
    return {"value": secret.value.to_json(), **expires}
