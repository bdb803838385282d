"""What the directory keeps of an entry is there, shown, and nobody's to change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.directory.connection import ConnectionSettings
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.memory import MemoryDirectory
from app.directory.model import Entry, Search
from app.directory.schema import AttributeType, Schema
from app.preparation.census import Census
from app.preparation.checks.kept import check_kept, kept_by
from app.preparation.live import Live
from app.preparation.patient import Admitted, Patient
from app.provisioning.domain import Domain

BASE = Dn.parse("dc=example,dc=org")


class Bare(MemoryDirectory):
    """A directory that keeps nothing of when its entries were made."""

    def search(self, search: Search) -> Iterator[Entry]:
        """Leave it out."""
        for entry in super().search(search):
            kept = {
                name: each for name, each in entry.attributes.items() if name.lower() != "createtimestamp"
            }
            yield Entry(entry.dn, kept)


def admitted(writable: str = "", *, directory: type[MemoryDirectory] = MemoryDirectory) -> Admitted:
    """Admit a domain in whose schema one of the four may be written."""
    attributes = [
        AttributeType(str(number), (name,), is_writable=name == writable)
        for number, name in enumerate(kept_by(OpenLdap()))
    ]
    domain = Domain("PRIMARY", directory(BASE), OpenLdap(), BASE, {})
    settings = ConnectionSettings(servers=(), bind_dn=BASE, bind_password="")
    live = Live(replace(Schema(), attribute_types=tuple(attributes)), OpenLdap())
    return Admitted(Patient(domain, settings, datetime.now(UTC)), Entry(Dn(()), {}), live, None)


@pytest.mark.parametrize("name", kept_by(OpenLdap()))
def test_what_may_be_written(name: str) -> None:
    """Not the id alone: times and versions that somebody may write are found as well."""
    [found] = check_kept(admitted(name), Census({"users": 1}))

    assert (found.code.name, found.seen.split(",")[0]) == ("id-can-change", name)


def test_a_directory_without_entries() -> None:
    """Its base is looked at instead."""
    [found] = check_kept(admitted(directory=Bare), Census({"users": 0}))

    assert (found.code.name, found.seen) == ("no-id", f"{BASE} shows no createTimestamp.")
    assert list(check_kept(admitted(directory=Bare), Census({"users": 1}))) == []
    assert list(check_kept(admitted(), Census({"users": 0}))) == []
