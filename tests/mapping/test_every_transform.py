"""Each transform that a map can name: to the directory, back, and in filters, as one table says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest

from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.base import Account, Dialect
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Search
from app.directory.port import Directory
from app.mapping.language import TransformSchema
from app.mapping.named_transforms import PLAIN
from app.mapping.translate import to_resource
from app.scim.filters.nodes import Comparison, Filter, Not, Operator, Present
from app.scim.path import AttributePath
from app.testing.samba import SambaAdContainer
from app.testing.slapd import Slapd
from tests.directory.conftest import settings_of
from tests.mapping.every_transform import EXAMPLES, Scalar, Things
from tests.mapping.samples import BASE, DIALECT
from tests.mapping.test_pushdown import PEOPLE, Population, holds

OPENLDAP = Things("openldap", PEOPLE, ("inetOrgPerson", "extensibleObject"), others={"sn": "x"})


def test_table() -> None:
    """The table has an example for each of them, and for a list of some."""
    assert EXAMPLES.keys() == {*PLAIN, *TransformSchema().fields, "list"}


@pytest.mark.parametrize(
    ("name", "value", "raw", "back"),
    [(name, *row) for name, example in EXAMPLES.items() for row in example.rows],
)
def test_both_ways(name: str, value: Scalar, raw: bytes, back: Scalar) -> None:
    """What is written is shown in its own form, and what is shown is written as it was."""
    rule = OPENLDAP.map.rules_of(AttributePath(f"as_{name}"))[0]

    assert rule.transform.to_directory(value) == raw
    assert rule.transform.to_scim(raw) == back
    assert rule.transform.to_directory(back) == raw


def conditions(name: str) -> Iterator[Filter]:
    """Ask all that can be asked about an example's values, and about parts of them."""
    path = AttributePath(f"as_{name}")
    yield Present(path)
    asked: list[Scalar] = [*dict.fromkeys(each for row in EXAMPLES[name].rows for each in (row[0], row[2]))]
    operators: tuple[Operator, ...] = get_args(Operator)
    raw = [*(row[1] for row in EXAMPLES[name].rows), *EXAMPLES[name].foreign]
    if EXAMPLES[name].type == "string":
        texts = [str(each) for each in asked] + [each.decode("ascii", "replace") for each in raw]
        parts = [part for text in texts for part in (text, text.swapcase(), text[1:])]
        asked, operators = (
            [part for part in dict.fromkeys(parts) if part],
            ("eq", "ne", "co", "sw", "ew", "gt"),
        )
    for value in asked:
        for operator in operators:
            yield Comparison(path, operator, value)
        yield Not(Comparison(path, "eq", value))


def populated(directory: Directory, things: Things, dialect: Dialect) -> Population:
    """Fill a container with things, and read them as resources."""
    for entry in things.entries():
        for operation in dialect.create(entry, Account()):
            directory.execute(operation)
    names = (
        *things.map.directory_attributes(lambda _path: True),
        dialect.id_attribute,
        *dialect.version_attributes,
    )
    found = directory.search(Search(things.base, "one", attributes=names))
    resources = {entry.dn: to_resource(things.map, entry, dialect) for entry in found}
    return Population(directory, things.base, things.map, resources, dialect)


@pytest.fixture(scope="module")
def in_memory() -> Population:
    """Give things in memory."""
    directory = MemoryDirectory(BASE)
    directory.execute(Add(PEOPLE, {"ou": (b"People",)}))
    return populated(directory, replace(OPENLDAP, where="memory"), DIALECT)


@pytest.fixture(scope="module")
def on_openldap(slapd: Slapd) -> Iterator[Population]:
    """Give things on OpenLDAP."""
    slapd.clear()
    directory = LdapDirectory(settings_of(slapd, page_size=500))
    yield populated(directory, OPENLDAP, DIALECT)
    slapd.clear()
    directory.close()


@pytest.fixture(scope="module")
def on_ad(samba_ad: SambaAdContainer) -> Iterator[Population]:
    """Give things on Active Directory."""
    samba_ad.clear()
    directory = LdapDirectory(settings_of(samba_ad, page_size=500))
    people = Dn.parse(samba_ad.people_dn)
    things = Things("ad", people, ("user",), others={"sAMAccountName": "{name}"})
    yield populated(directory, things, ActiveDirectory())
    samba_ad.clear()
    directory.close()


def found_as_meant(population: Population, name: str) -> None:
    """Hold the directory's answers against the table's resources."""
    shown = [each.attributes.get(f"as_{name}") for each in population.resources.values()]
    assert all(row[2] in shown for row in EXAMPLES[name].rows)
    for condition in conditions(name):
        holds(population, condition)


@pytest.mark.parametrize("name", EXAMPLES)
def test_filters_in_memory(in_memory: Population, name: str) -> None:
    """What a search finds in memory is what the filter means."""
    found_as_meant(in_memory, name)


@pytest.mark.directory
@pytest.mark.parametrize("name", EXAMPLES)
def test_filters_on_openldap(on_openldap: Population, name: str) -> None:
    """What a search finds on OpenLDAP is what the filter means."""
    found_as_meant(on_openldap, name)


@pytest.mark.container
@pytest.mark.directory
@pytest.mark.parametrize("name", EXAMPLES)
def test_filters_on_active_directory(on_ad: Population, name: str) -> None:
    """What a search finds on Active Directory is what the filter means."""
    found_as_meant(on_ad, name)
