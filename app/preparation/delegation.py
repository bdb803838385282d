"""The service account of an Active Directory, and its rights: on the containers of the maps, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from app.directory.dialects.base import Account
from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.filters import Equals, Everything
from app.directory.model import Add, Change, Entry, Modify, Search
from app.directory.port import Directory
from app.preparation.openldap_config import exists
from app.preparation.patient import Admitted, containers
from app.preparation.security_descriptor import (
    CONTAINER_INHERIT,
    CONTROL_ACCESS,
    CREATE_CHILD,
    DELETE_CHILD,
    INHERIT_ONLY,
    MANAGE,
    Right,
    with_rights,
)
from app.preparation.work import Task, task

DESCRIPTOR = "nTSecurityDescriptor"
RESET_PASSWORD = UUID("00299570-246d-11d0-a768-00aa006e0529").bytes_le  # MS-ADTS §5.1.3.2.1


def account_tasks(admitted: Admitted, data: Directory) -> Iterator[Task]:
    """Make the service account, with the password that the domain has."""
    settings = admitted.patient.settings
    account = settings.bind_dn
    if not account.rdns or not settings.bind_password or exists(data, account):
        return
    name = account.rdn.avas[0].value.encode()
    attributes = {
        "objectClass": (b"user",),
        account.rdn.avas[0].attribute: (name,),
        "sAMAccountName": (name[:20],),
        "description": (b"Landbridge's service account",),
    }
    wanted = Account(enabled=True, password=settings.bind_password)
    for operation in admitted.domain.dialect.create(Add(account, attributes), wanted):
        yield task(operation, "the service account")


def delegation_tasks(admitted: Admitted, data: Directory) -> Iterator[Task]:
    """Give the service account its rights in the containers that are there already."""
    sid = _read(data, admitted.patient.settings.bind_dn, "objectSid").first("objectSid")
    if sid is None:
        return
    wanted: dict[Dn, list[Right]] = {}
    for schema_map in admitted.domain.maps.values():
        kind = schema_map.entry.object_classes[-1]
        for name in containers(schema_map, admitted.domain):
            wanted.setdefault(name, []).extend(_rights(data, kind))
    for name, rights in wanted.items():
        yield from _given(data, name, sid, rights=rights)


def _given(data: Directory, name: Dn, sid: bytes, *, rights: list[Right]) -> Iterator[Task]:
    entry = _read(data, name, DESCRIPTOR)
    present = entry.first(DESCRIPTOR)
    if present is None or not rights:
        return
    changed = with_rights(present, sid, rights)
    if changed != present:
        change = Change("replace", DESCRIPTOR, (changed,))
        yield task(Modify(name, (change,)), f"the service account's rights in {name}", before=entry)


def _rights(data: Directory, kind: str) -> Iterator[Right]:
    guid = _class_id(data, kind)
    if guid is None:
        return
    yield Right(CREATE_CHILD | DELETE_CHILD, CONTAINER_INHERIT, guid)
    yield Right(MANAGE, CONTAINER_INHERIT | INHERIT_ONLY, inheriting=guid)
    if kind == "user":
        yield Right(CONTROL_ACCESS, CONTAINER_INHERIT | INHERIT_ONLY, RESET_PASSWORD, guid)


def _class_id(data: Directory, kind: str) -> bytes | None:
    root = _read(data, Dn(()), "schemaNamingContext").text("schemaNamingContext")
    search = Search(
        Dn.parse(root or ""),
        "one",
        Equals("lDAPDisplayName", kind.encode()),
        attributes=("schemaIDGUID",),
        size_limit=1,
    )
    entry = next(iter(data.search(search)), None)
    return entry.first("schemaIDGUID") if entry else None


def _read(data: Directory, name: Dn, attribute: str) -> Entry:
    search = Search(name, "base", Everything(), attributes=(attribute,), size_limit=1)
    try:
        return next(iter(data.search(search)), Entry(name, {}))
    except DirectoryError:
        return Entry(name, {})
