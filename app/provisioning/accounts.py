"""How a domain keeps accounts where its site has ways of its own.

accounts:
  disabled_by: {attribute: employeeType, disabled: [inactive, retired], enabled: active}
  passwords: argon2

or ``disabled_by: {container: ou=Disabled}``, below the domain's base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.ad_lds import AdLds
from app.directory.dialects.base import Dialect
from app.directory.dialects.ds389 import Ds389
from app.directory.dialects.openldap import OpenLdap
from app.directory.dialects.openldap_ways import ActiveAttribute, Hash, OpenLdapWays
from app.directory.dn import Dn, InvalidDn
from app.directory.password_hashes import argon2, as_it_is
from app.store.document import Document, Problem

DIALECTS: Mapping[str, Callable[[], Dialect]] = {
    dialect.name: dialect for dialect in (OpenLdap, ActiveDirectory, AdLds, Ds389)
}
"""The products that a domain may name."""

BY_OPERATION, IN_ENTRY, ARGON2 = "operation", "entry", "argon2"
_HASHES: Mapping[str, Hash | None] = {BY_OPERATION: None, IN_ENTRY: as_it_is, ARGON2: argon2}


class DisabledBySchema(Schema):
    """The attribute that tells that an account is disabled, or the container that it is moved to."""

    attribute = fields.String(load_default=None, validate=validate.Regexp(r"[A-Za-z][A-Za-z0-9-]*\Z"))
    disabled = fields.List(fields.String(), load_default=None, validate=validate.Length(min=1))
    enabled = fields.String(load_default=None, validate=validate.Length(min=1))
    container = fields.String(load_default=None, validate=validate.Length(min=1))

    @validates_schema
    def _check_one_way(self, loaded: Mapping[str, Any], **_: Any) -> None:
        if (loaded["attribute"] is None) is (loaded["container"] is None):
            raise ValidationError("is needed, or a container; one of the two", "attribute")
        if loaded["container"] is None and loaded["disabled"] is None:
            raise ValidationError("is needed to tell who is disabled", "disabled")
        for key in ("disabled", "enabled"):
            if loaded["container"] is not None and loaded[key] is not None:
                raise ValidationError("goes with an attribute alone", key)
        try:
            Dn.parse(loaded["container"] or "")
        except InvalidDn as error:
            raise ValidationError(str(error), "container") from error


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
    if disabled_by.get("enabled") in (disabled_by.get("disabled") or ()):
        yield document.problem(("accounts", "disabled_by", "enabled"), "cannot disable as well")


def dialect_of(body: Mapping[str, Any], base: Dn) -> Dialect:
    """Make the dialect of a valid domain document, whose base is given as it is meant."""
    if "accounts" not in body:
        return DIALECTS[body["product"]]()
    loaded = AccountsSchema().load(dict(body["accounts"]))
    disabled_by, hash_password = loaded["disabled_by"] or {}, _HASHES[loaded["passwords"]]
    if disabled_by.get("container") is not None:
        container = Dn((*Dn.parse(disabled_by["container"]).rdns, *base.rdns))
        return OpenLdapWays(container=container, hash_password=hash_password)
    return OpenLdapWays(active=_active(disabled_by), hash_password=hash_password)


def _active(loaded: Mapping[str, Any]) -> ActiveAttribute | None:
    if not loaded:
        return None
    return ActiveAttribute(
        loaded["attribute"],
        tuple(value.encode() for value in loaded["disabled"]),
        None if loaded["enabled"] is None else loaded["enabled"].encode(),
    )
