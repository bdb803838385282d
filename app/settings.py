"""Settings of one Landbridge process: from ``config/landbridge.yaml``, then from ``LANDBRIDGE_…`` variables.

Read once, here only. What administrators change while it runs are documents in the store, not settings.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import yaml
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

PREFIX = "LANDBRIDGE_"
LISTS = {"documents": ":", "schemas": ":", "trusted_proxies": ","}
"""What stands between the parts of a list in a variable."""
LEVELS = ("debug", "info", "warning", "error")


class InvalidSettings(ValueError):
    """A setting is wrong. The message names the file or variable, the key and what was expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, with their defaults."""

    host: str = "0.0.0.0"  # noqa: S104 - a service; every request is authenticated
    port: int = 9443
    data_dir: Path = Path("data")
    database_url: str | None = None
    """SQLAlchemy's URL; None for SQLite in ``data_dir``."""
    documents: tuple[Path, ...] = ()
    """Files and directories of documents that are applied at start where they have changed."""
    schemas: tuple[Path, ...] = ()
    """Directories of SCIM schemas and resource types, besides those that are shipped."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    """PEM files; without them a self-signed certificate is made in ``data_dir``. A certificate may have its key behind it."""
    client_ca: Path | None = None
    """PEM file of authorities whose client certificates are taken."""
    public_url: str | None = None
    """How clients see the service, for ``Location`` and ``meta.location``; None to go by each request."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Whose ``X-Forwarded-For`` is believed."""
    rate_storage: str = "memory://"
    """Where requests are counted for the applications' rates; by each process for itself by default."""
    workers: int = 2
    threads: int = 8
    outbox_threads: int = 1
    """How many tasks each process delivers at a time beside requests; 0 to leave that to ``landbridge worker``."""
    log_level: str = "info"
    admin_user: str = "admin"
    admin_password: str | None = field(default=None, repr=False)
    """For the first administrator, where there is none; None to have one generated."""
    password_login: bool = True
    """Whether the console's login page takes passwords; where not, people come by an identity provider."""
    secret_key: str | None = field(default=None, repr=False)
    """Encrypts stored secrets; None for a key file in ``data_dir``."""

    @property
    def store_url(self) -> str:
        """Where the store is."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'landbridge.db'}"


def _check_storage(uri: str) -> None:
    try:
        storage_from_string(uri)
    except (ConfigurationError, ImportError) as error:
        raise ValidationError(f"cannot be used: {error}") from error


class SettingsSchema(Schema):
    """The keys of ``landbridge.yaml``; a variable's name is the key in capitals: LANDBRIDGE_DATA_DIR."""

    class Meta:
        """Unknown keys are mistakes."""

        unknown = RAISE

    host = fields.String(metadata={"description": "Address to listen on."})
    port = fields.Integer(validate=validate.Range(0, 65535), metadata={"description": "Port for HTTPS."})
    data_dir = fields.String(metadata={"description": "Directory for store, keys and certificate."})
    database_url = fields.String(metadata={"description": "SQLAlchemy URL of the store."})
    documents = fields.List(
        fields.String(), metadata={"description": "Files and directories of documents to apply."}
    )
    schemas = fields.List(
        fields.String(), metadata={"description": "Directories of SCIM schemas and resource types."}
    )
    tls_certificate = fields.String(metadata={"description": "PEM file, with its chain."})
    tls_key = fields.String(metadata={"description": "PEM file."})
    client_ca = fields.String(metadata={"description": "PEM file of authorities for client certificates."})
    public_url = fields.Url(require_tld=False, metadata={"description": "How clients see the service."})
    trusted_proxies = fields.List(
        fields.String(),
        metadata={"description": "Networks of the proxies whose X-Forwarded-For is believed."},
    )
    rate_storage = fields.String(
        validate=_check_storage,
        metadata={"description": "Storage for the applications' rates, as a URI of the package limits."},
    )
    workers = fields.Integer(
        validate=validate.Range(1, 64), metadata={"description": "Processes that answer requests."}
    )
    threads = fields.Integer(
        validate=validate.Range(1, 256), metadata={"description": "Threads of each process."}
    )
    outbox_threads = fields.Integer(
        validate=validate.Range(0, 64),
        metadata={"description": "Threads of each process that deliver to connectors."},
    )
    log_level = fields.String(
        validate=validate.OneOf(LEVELS),
        metadata={"description": "Least level that is logged."},
    )
    admin_user = fields.String(metadata={"description": "The first administrator's name."})
    admin_password = fields.String(metadata={"description": "Better as a variable."})
    password_login = fields.Boolean(
        metadata={"description": "Whether the console's login page takes passwords."}
    )
    secret_key = fields.String(metadata={"description": "Better as a variable."})

    @validates_schema
    def check(self, values: Mapping[str, Any], **_: object) -> None:
        """See that a key has a certificate."""
        if "tls_key" in values and "tls_certificate" not in values:
            raise ValidationError("needs tls_certificate beside it", "tls_key")

    @post_load
    def make(self, values: dict[str, Any], **_: object) -> Settings:
        """Build the settings."""
        for name in ("data_dir", "tls_certificate", "tls_key", "client_ca"):
            if name in values:
                values[name] = Path(values[name])
        for name in {"documents", "schemas"} & values.keys():
            values[name] = tuple(map(Path, values[name]))
        values["trusted_proxies"] = tuple(map(_network, values.get("trusted_proxies", ())))
        return Settings(**values)


def read_settings(environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """Read the settings; variables go before the file.

    Raises:
        InvalidSettings: if a setting is unknown or wrong, or the file cannot be read.
    """
    values = {**_from_file(file), **_from_environment(environ)}
    try:
        settings: Settings = SettingsSchema().load(values)
    except ValidationError as error:
        problems = "; ".join(f"{key}: {_words(found)}" for key, found in _messages(error).items())
        raise InvalidSettings(f"settings ({file or 'environment'}): {problems}") from error
    return settings


def _from_file(file: Path | None) -> Mapping[str, Any]:
    if file is None:
        return {}
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidSettings(f"{file}: {error}") from error
    if not isinstance(content, dict | None):
        raise InvalidSettings(f"{file}: settings are keys with values")
    return content or {}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in SettingsSchema().fields:
        value = environ.get(PREFIX + name.upper())
        if value:
            found[name] = value.split(LISTS[name]) if name in LISTS else value
    return found


@contextmanager
def writing_to(data_dir: Path) -> Iterator[None]:
    """Have files of our own read or made by the block.

    Raises:
        InvalidSettings: if that cannot be done.
    """
    try:
        yield
    except OSError as error:
        place, by = error.filename or data_dir, f"user {os.getuid()}"
        raise InvalidSettings(
            f"data_dir: {place}: {error.strerror}. {data_dir} is to be writable by {by}"
        ) from error


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text.strip())
    except ValueError as error:
        raise ValidationError({"trusted_proxies": [str(error)]}) from error


def _words(found: object) -> str:
    return " ".join(map(str, found)) if isinstance(found, list) else str(found)


def _messages(error: ValidationError) -> Mapping[str, object]:
    return error.messages if isinstance(error.messages, dict) else {"settings": error.messages}
