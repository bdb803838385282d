"""User store domains: a directory, its product's dialect, and the maps by which resources live in it.

kind: Domain
name: PRIMARY
product: openldap
servers: [ldaps://ldap.example.org]
base: dc=example,dc=org
bind: {dn: "cn=landbridge,dc=example,dc=org", password: {env: LDAP_PASSWORD}}
tls: {ca_file: /etc/ssl/ldap-ca.pem}
maps: {User: openldap-user}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, get_args

from marshmallow import fields, validate

from app.directory.connection import ConnectionSettings
from app.directory.dialects.base import Dialect
from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.model import Operation
from app.directory.port import Directory
from app.mapping.bounded import Bounded
from app.mapping.inheritance import resource_type_of
from app.mapping.model import SchemaMap
from app.mapping.recall import Recall
from app.mapping.references import Referent
from app.provisioning.accounts import DIALECTS, AccountsSchema, account_problems
from app.provisioning.acquaintances import Acquaintances
from app.provisioning.connection import ConnectionSchema, Resolve, connection_problems, read_connection
from app.provisioning.deletion import Deletion, DeletionSchema
from app.provisioning.directory_state import DirectoryState
from app.provisioning.failures import to_scim_error
from app.provisioning.memberships import Memberships, Way
from app.provisioning.names import Names
from app.provisioning.protection import NOTHING, Protection, ProtectionSchema, read_protection
from app.provisioning.reading import Readings
from app.provisioning.spread import Spread
from app.provisioning.suffixes import Suffixes, Which
from app.scim.resource import Resource
from app.store.change_limits import UNLIMITED, ChangeLimits, ChangeLimitsSchema, read_limits
from app.store.document import Document, DocumentKind, Lookup, Problem
from app.store.references import TextOrReference, UnresolvedReference

SHOWN_BYTES: Final = 8 * 1_048_576
"""About so much memory is used for who was read by id; the resources themselves are the recall's."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain, wired and ready to be used."""

    name: str
    directory: Directory
    dialect: Dialect
    base: Dn
    maps: Mapping[str, SchemaMap]
    """By the resource type's name."""
    digest: str = ""
    """Another one where the documents behind it say something else."""
    guard: ChangeLimits = UNLIMITED
    """How much may be changed in it."""
    protection: Protection = NOTHING
    """What no SCIM request may change."""
    names: Names = field(default_factory=Names, repr=False, compare=False)
    """Where this process has seen the domain's resources last."""
    recall: Recall = field(default_factory=Recall, repr=False, compare=False)
    """What its entries looked like when this process showed them last."""
    shown: Bounded[tuple[Sequence[Referent], Resource]] = field(
        default_factory=lambda: Bounded(SHOWN_BYTES), repr=False, compare=False
    )
    """What they looked like together with those who were looked up with them."""
    acquaintances: Acquaintances = field(default_factory=Acquaintances, repr=False, compare=False)
    """Who this process has taken its entries for, where others referred to them."""
    readings: Readings = field(default_factory=Readings, repr=False, compare=False)
    """What is read of its entries for an answer."""
    deletion: Deletion = field(default_factory=Deletion)
    """What a DELETE leaves behind."""
    memberships: Memberships = field(default_factory=Memberships, repr=False, compare=False)
    """Whether entries tell the groups that they are in."""
    spread: Spread = field(default_factory=Spread, repr=False, compare=False)
    """Whether entries are in more than one container."""
    state: DirectoryState = field(default_factory=DirectoryState, repr=False, compare=False)
    """Whether the directory has changed."""
    suffixes: Suffixes = field(default_factory=Suffixes, repr=False, compare=False)
    """Which suffixes principal names may have."""
    repairs_references: bool = False
    """Whether names (DNs) in other entries follow an entry by what is done here, since the directory does not see to it."""

    @property
    def keeps_memberships(self) -> bool:
        """Whether entries tell the groups that they are in; raises ScimError where that cannot be found out."""
        try:
            return self.memberships.are_kept(self.directory, self.base, self.maps)
        except DirectoryError as error:
            raise to_scim_error(error) from error

    def names_are_unique(self, schema_map: SchemaMap) -> bool:
        """Tell whether no two entries of a map can have the same name, since all are in one container."""
        return not self.spread.is_wide(self.directory, self.dialect, self.base, schema_map)

    def refuse_unfit(self, operations: Sequence[Operation], *, is_account: bool) -> None:
        """Refuse values that the product's rules, or the domain's own, forbid; raises DirectoryError."""
        self.dialect.refuse_unfit(operations, is_account=is_account)
        self.suffixes.refuse_strange(self.directory.search, self.dialect.principals, operations)

    def readable(self, schema_map: SchemaMap) -> SchemaMap:
        """Return a map by which entries can be read here; raises ScimError where that cannot be found out."""
        if not schema_map.shows_memberships or self.keeps_memberships:
            return schema_map
        return schema_map.with_memberships_elsewhere


class InvalidDomain(ValueError):
    """A domain cannot be used as its document stands. The message says why, without secrets."""


_BY_DIRECTORY, _BY_LANDBRIDGE = "directory", "landbridge"


class DomainSchema(ConnectionSchema):
    """A Domain document's own keys."""

    product = fields.String(required=True, validate=validate.OneOf(tuple(DIALECTS)))
    base = TextOrReference(required=True)
    accounts = fields.Nested(AccountsSchema)
    deletion = fields.Nested(DeletionSchema, load_default=lambda: DeletionSchema().load({}))
    maps = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, validate=validate.Length(min=1)
    )
    memberships = fields.String(load_default="auto", validate=validate.OneOf(get_args(Way)))
    referential_integrity = fields.String(
        load_default=_BY_DIRECTORY, validate=validate.OneOf((_BY_DIRECTORY, _BY_LANDBRIDGE))
    )
    principal_suffixes = fields.String(load_default="any", validate=validate.OneOf(get_args(Which)))
    guard = fields.Nested(ChangeLimitsSchema)
    protected = fields.Nested(ProtectionSchema)


def _check(document: Document, lookup: Lookup) -> Iterable[Problem]:
    yield from _literal_problems(document)
    yield from account_problems(document)
    if repairs_references(document) and DIALECTS[document.body["product"]]().keeps_references:
        yield document.problem(
            ("referential_integrity",), "is the business of this product, and cannot be left to others"
        )
    if (
        document.body.get("principal_suffixes") == "known"
        and DIALECTS[document.body["product"]]().principals is None
    ):
        yield document.problem(("principal_suffixes",), "are not known to this product")
    for resource_type, name in document.body["maps"].items():
        found = lookup.get("SchemaMap", name)
        if found is None:
            yield document.problem(("maps", resource_type), f"there is no SchemaMap {name}")
        elif resource_type_of(found, lookup) not in {resource_type, None}:
            yield document.problem(
                ("maps", resource_type), f"the SchemaMap {name} is for another resource type"
            )


def _literal_problems(document: Document) -> Iterable[Problem]:
    """Check what stands in the document itself; what it refers to is checked when it is used."""
    yield from connection_problems(document)
    base = document.body["base"]
    if isinstance(base, str):
        try:
            Dn.parse(base)
        except ValueError as error:
            yield document.problem(("base",), str(error))


DOMAIN = DocumentKind("Domain", DomainSchema, _check)


def repairs_references(document: Document) -> bool:
    """Tell whether references follow an entry by what is done here."""
    return bool(document.body.get("referential_integrity") == _BY_LANDBRIDGE)


def read_guard(document: Document) -> tuple[ChangeLimits, Protection]:
    """Read how much may be changed in a domain, and what may not be."""
    loaded = DomainSchema().load(dict(document.body))
    return read_limits(loaded.get("guard")), read_protection(loaded.get("protected"))


def read_settings(document: Document, resolve: Resolve) -> tuple[ConnectionSettings, Dn]:
    """Read how a domain's directory is reached, and its base.

    Raises:
        InvalidDomain: if something that the document refers to is missing or is not what it should be.
    """
    loaded = DomainSchema().load(dict(document.body))
    try:
        settings = read_connection(loaded, resolve)
        product = DIALECTS[loaded["product"]]()
        return replace(settings, replica=product.replica), Dn.parse(resolve(loaded["base"]))
    except (ValueError, UnresolvedReference) as error:
        raise InvalidDomain(f"the user store domain {document.name} cannot be used: {error}") from error
