"""What a DELETE leaves behind in the directory, by a domain's setting: nothing, or an account that nobody can use.

For SCIM it is final whichever it is: the resource is gone, and its name is free. So an account that stays is retired: it
is disabled, and its entry gets a name that tells so, by which all searches leave it out. `landbridge users restore`
brings it back, or what the product itself keeps of deleted entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.directory.dialects.base import Dialect
from app.directory.dn import Dn, InvalidDn, Rdn
from app.directory.errors import DirectoryError, NotALeaf
from app.directory.filters import Filter, Not, Substrings, all_of
from app.directory.model import Entry, Rename
from app.directory.plan import plan
from app.mapping.model import SchemaMap
from app.provisioning.planning import Planned

MARK = "~deleted~"
"""Stands in the names of retired entries, between what they were called and a part of their ids."""
MAX_NAME = 43
"""How much of the old name is kept: with the mark and 12 digits it fits in 64 characters, as much as cn takes in AD."""

Action = Literal["delete", "disable", "move"]


class DeletionSchema(Schema):
    """What a DELETE of an account leaves behind."""

    action = fields.String(load_default="delete", validate=validate.OneOf(get_args(Action)))
    offers_restoring = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    container = fields.String(load_default=None)
    below = fields.String(load_default="refuse", validate=validate.OneOf(("refuse", "delete")))

    @validates_schema
    def _check_container(self, loaded: Mapping[str, Any], **_: Any) -> None:
        if (loaded["action"] == "move") is not (loaded["container"] is not None):
            raise ValidationError("goes with the action move, and with no other", "container")
        try:
            Dn.parse(loaded["container"] or "")
        except InvalidDn as error:
            raise ValidationError(str(error), "container") from error


@dataclass(frozen=True, slots=True)
class Deletion:
    """What is done to accounts, and, where they are moved, the container. Groups are deleted always."""

    action: Action = "delete"
    container: Dn | None = None
    offers_restoring: bool = False
    """Whether it is looked, before an account is made, who had its name and can be had back."""
    takes_below: bool = False
    """Whether what stands below an entry is deleted with it; otherwise the entry stays."""

    @classmethod
    def read(cls, body: Mapping[str, Any], base: Dn) -> Deletion:
        """Read a valid domain document; the container's name is relative to the domain's base."""
        loaded = DeletionSchema().load(dict(body.get("deletion") or {}))
        container = loaded["container"]
        return cls(
            loaded["action"],
            None if container is None else Dn((*Dn.parse(container).rdns, *base.rdns)),
            loaded["offers_restoring"],
            loaded["below"] == "delete",
        )

    @property
    def tried_otherwise(self) -> tuple[type[DirectoryError], ...]:
        """What a delete is answered by that is then made in another way."""
        return (NotALeaf,) if self.takes_below else ()

    def retires(self, schema_map: SchemaMap) -> bool:
        """Tell whether entries of a map stay behind."""
        return self.action != "delete" and schema_map.path_of("enabled") is not None

    def offers(self, schema_map: SchemaMap) -> bool:
        """Tell whether, before an entry of a map is made, it is looked who had its name."""
        return self.offers_restoring and schema_map.path_of("enabled") is not None

    def visible(self, schema_map: SchemaMap) -> SchemaMap:
        """Have a map leave out the entries that stayed behind."""
        if not self.retires(schema_map):
            return schema_map
        scope = all_of((schema_map.entry.scope, Not(is_retired(schema_map))))
        return replace(schema_map, entry=replace(schema_map.entry, scope=scope))

    def planned(self, schema_map: SchemaMap, dialect: Dialect, entry: Entry) -> Planned:
        """Plan an account's retirement."""
        number = dialect.id_of(entry).replace("-", "")[:12]
        name = entry.dn.rdn.avas[0].value[:MAX_NAME]
        rdn = Rdn.of(schema_map.entry.rdn, f"{name}{MARK}{number}")
        has_other = entry.dn.rdn.avas[0].attribute.lower() != schema_map.entry.rdn.lower()
        rename = Rename(entry.dn, rdn, self.container, keeps_old=has_other)
        version = dialect.has_version(dialect.version_of(entry))
        operations = dialect.guarded(dialect.retire(entry, rename), entry, version)
        return Planned(plan(operations, entry), rename.new_dn)


def is_retired(schema_map: SchemaMap) -> Filter:
    """Match entries that stayed behind."""
    return Substrings(schema_map.entry.rdn, any=(MARK.encode(),))
