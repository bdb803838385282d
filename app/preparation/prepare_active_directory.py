"""What has to be done to an Active Directory so that a domain can be provisioned.

Rights are given by a plan as everything else; who would rather do that by Active Directory's own tools is told what
these have to be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.filters import Everything
from app.directory.ldif_text import parse_ldif
from app.directory.model import Add, Entry, Search
from app.directory.port import Directory
from app.preparation.delegation import account_tasks, delegation_tasks
from app.preparation.openldap_config import exists
from app.preparation.patient import Admitted, containers
from app.preparation.work import Task, Work, final, task

SCHEMA = Path(__file__).parents[2] / "ldap_schemas" / "active_directory" / "scim.ldf"
FOR_EVER = (
    "WHAT IS ADDED TO THE SCHEMA OF AN ACTIVE DIRECTORY STAYS FOR EVER, in the whole forest. "
    "Try it in a forest of no worth first."
)
SAMBA_SETTING = (
    "Samba changes its schema only where smb.conf of the schema master has “dsdb:schema update allowed = yes”; "
    "without it the first step is refused, and nothing is done."
)
_ROOT = (
    "schemaNamingContext",
    "rootDomainNamingContext",
    "dsServiceName",
    "defaultNamingContext",
    "vendorName",
)
_MASTER = ("fSMORoleOwner", "allowedChildClassesEffective")


def active_directory_work(admitted: Admitted, data: Directory, *, extends_schema: bool) -> Work:
    """Say what is to be done; ``data`` is the directory as an administrator sees it."""
    schema, warnings = _schema(admitted, data) if extends_schema else ((), ())
    advice = (*warnings, *_delegation(admitted), *_schema_hint(admitted, extends_schema=extends_schema))
    made = (*_containers(admitted, data), *account_tasks(admitted, data))
    rights = tuple(delegation_tasks(admitted, data))
    if made:
        later = "Its rights are given once containers and account are there: prepare once more, or --apply goes on."
        advice = (*advice, later)
    return Work((*schema, *made, *rights), advice)


def _containers(admitted: Admitted, data: Directory) -> Iterator[Task]:
    base = admitted.domain.base
    made: set[Dn] = set()
    for schema_map in admitted.domain.maps.values():
        for name in containers(schema_map, admitted.domain):
            yield from _container(name, base, data, made=made)


def _container(name: Dn, base: Dn, data: Directory, *, made: set[Dn]) -> Iterator[Task]:
    if name in made or not name.is_within(base) or exists(data, name):
        return
    if name != base:
        yield from _container(name.parent, base, data, made=made)
    made.add(name)
    kind = b"organizationalUnit" if name.rdn.avas[0].attribute.lower() == "ou" else b"container"
    value = name.rdn.avas[0].value.encode()
    yield task(
        Add(name, {"objectClass": (b"top", kind), name.rdn.avas[0].attribute: (value,)}),
        f"a container: {name}",
    )


def _schema(admitted: Admitted, data: Directory) -> tuple[tuple[Task, ...], tuple[str, ...]]:
    if admitted.live is None or admitted.live.schema.object_class("scimUser") is not None:
        return (), ()
    root = next(iter(data.search(Search(Dn(()), "base", Everything(), attributes=_ROOT, size_limit=1))))
    refusals = tuple(_why_no_schema(root, data))
    if refusals:
        return (), (FOR_EVER, *refusals)
    top = root.text("rootDomainNamingContext") or ""
    text = SCHEMA.read_text(encoding="utf-8").replace("DC=X", top)
    tasks = tuple(final(each, "the schema: it stays for ever") for each in parse_ldif(text))
    is_samba = "samba" in (root.text("vendorName") or "").lower()
    return tasks, (FOR_EVER, *([SAMBA_SETTING] if is_samba else []))


def _why_no_schema(root: Entry, data: Directory) -> Iterator[str]:
    """Say why the schema cannot be changed here: on another controller than its master, or by who may not."""
    schema = Dn.parse(root.text("schemaNamingContext") or "")
    search = Search(schema, "base", Everything(), attributes=_MASTER, size_limit=1)
    entry = next(iter(data.search(search)), Entry(schema, {}))
    master = entry.text("fSMORoleOwner")
    if master is not None and master.lower() != (root.text("dsServiceName") or "").lower():
        yield f"The schema is changed on its master alone, which is {master}: go there (--admin-url)."
    allowed = {value.lower() for value in entry.values("allowedChildClassesEffective")}
    if not {b"attributeschema", b"classschema"} <= allowed:
        yield "This administrator may not change the schema: it takes one of the group Schema Admins."


def _schema_hint(admitted: Admitted, *, extends_schema: bool) -> Iterator[str]:
    wanted = {name for each in admitted.domain.maps.values() for name in each.entry.all_classes}
    has_it = admitted.live is not None and admitted.live.schema.object_class("scimUser") is not None
    if "scimUser" in wanted and not has_it and not extends_schema:
        yield f"A map needs the class scimUser: --extend-schema adds it. {FOR_EVER}"


def _delegation(admitted: Admitted) -> Iterator[str]:
    """Tell the rights that the service account needs where it lacks them, in dsacls' words."""
    account = admitted.patient.settings.bind_dn
    for schema_map in admitted.domain.maps.values():
        kind = schema_map.entry.object_classes[-1]
        for name in containers(schema_map, admitted.domain):
            if not _may_create(admitted, name, kind):
                yield (
                    f"Give {account} its rights in {name}, as an administrator of the domain:\n"
                    f'dsacls "{name}" /I:T /G "DOMAIN\\account:CCDC;{kind}"\n'
                    f'dsacls "{name}" /I:S /G "DOMAIN\\account:RPWPSDDT;;{kind}"'
                    + (
                        f'\ndsacls "{name}" /I:S /G "DOMAIN\\account:CA;Reset Password;{kind}"'
                        * (kind == "user")
                    )
                )


def _may_create(admitted: Admitted, name: Dn, kind: str) -> bool:
    search = Search(name, "base", Everything(), attributes=("allowedChildClassesEffective",), size_limit=1)
    try:
        entry = next(iter(admitted.domain.directory.search(search)), None)
    except DirectoryError:
        return False  # The account is not there, or not yet what the domain says.
    allowed = entry.values("allowedChildClassesEffective") if entry else ()
    return kind.lower().encode() in {value.lower() for value in allowed}
