"""How a domain keeps accounts where its site has ways of its own.

accounts:
  disabled_by: {attribute: employeeType, disabled: [inactive, retired], enabled: active}
  passwords: argon2
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.ad_lds import AdLds
from app.directory.dialects.base import Dialect
from app.directory.dialects.ds389 import Ds389
from app.directory.dialects.openldap import OpenLdap
from app.directory.dialects.openldap_ways import ActiveAttribute, Hash, OpenLdapWays
from app.directory.password_hashes import argon2, as_it_is
from app.store.document import Document, Problem

DIALECTS: Mapping[str, Callable[[], Dialect]] = {
    dialect.name: dialect for dialect in (OpenLdap, ActiveDirectory, AdLds, Ds389)
}
"""The products that a domain may name."""

BY_OPERATION, IN_ENTRY, ARGON2 = "operation", "entry", "argon2"
_HASHES: Mapping[str, Hash | None] = {BY_OPERATION: None, IN_ENTRY: as_it_is, ARGON2: argon2}


class DisabledBySchema(Schema):
    """The attribute that tells that an account is disabled."""

    attribute = fields.String(required=True, validate=validate.Regexp(r"[A-Za-z][A-Za-z0-9-]*\Z"))
    disabled = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    enabled = fields.String(load_default=None, validate=validate.Length(min=1))


class AccountsSchema(Schema):
    """How accounts are kept."""

    disabled_by = fields.Nested(DisabledBySchema, load_default=None)
    passwords = fields.String(load_default=BY_OPERATION, validate=validate.OneOf(tuple(_HASHES)))


def account_problems(document: Document) -> Iterator[Problem]:
    """Refuse ways that the product has no use for."""
    accounts = document.body.get("accounts")
    if accounts is None:
        return
    if document.body["product"] != OpenLdap.name:
        yield document.problem(("accounts",), f"only {OpenLdap.name} can keep accounts in other ways")
    disabled_by = accounts.get("disabled_by") or {}
    if disabled_by.get("enabled") in disabled_by.get("disabled", ()):
        yield document.problem(("accounts", "disabled_by", "enabled"), "cannot disable as well")


def dialect_of(body: Mapping[str, Any]) -> Dialect:
    """Make the dialect of a valid domain document."""
    if "accounts" not in body:
        return DIALECTS[body["product"]]()
    loaded = AccountsSchema().load(dict(body["accounts"]))
    return OpenLdapWays(active=_active(loaded["disabled_by"]), hash_password=_HASHES[loaded["passwords"]])


def _active(loaded: Mapping[str, Any] | None) -> ActiveAttribute | None:
    if loaded is None:
        return None
    return ActiveAttribute(
        loaded["attribute"],
        tuple(value.encode() for value in loaded["disabled"]),
        None if loaded["enabled"] is None else loaded["enabled"].encode(),
    )
