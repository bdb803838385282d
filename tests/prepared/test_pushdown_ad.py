"""No condition is dropped on Active Directory, which compares text in its own way."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given

from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.base import Account
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.directory.model import Search
from app.mapping.translate import to_entry, to_image, to_resource
from app.scim.filters.nodes import Comparison, Filter, Operator
from app.scim.path import AttributePath
from app.scim.resource import Resource, values_of
from app.testing.samba import SambaAdContainer
from tests.directory.conftest import settings_of
from tests.mapping.samples import PHONES, TEXTS, hostile_users, shipped
from tests.mapping.test_pushdown import Population, filters, holds, often

pytestmark = [pytest.mark.container, pytest.mark.directory]
DIALECT = ActiveDirectory()
MAP = shipped("ad-user")


def fit(resource: Resource, number: int) -> Resource:
    """Leave a user what AD has room for: a plain account name, and one mail address.

    Samba tells apart how one letter is composed, which Windows does not: texts come as they mostly are (NFKC).
    """
    emails = list(values_of(resource.attributes.get("emails"))[:1])
    attributes = {**resource.attributes, "userName": f"U{number}s", "emails": emails}
    composed = unicodedata.normalize("NFKC", json.dumps(attributes, ensure_ascii=False))
    return Resource(resource.type, json.loads(composed))


@pytest.fixture(scope="module")
def population(samba_ad: SambaAdContainer) -> Iterator[Population]:
    """Give hostile users, every fourth of them with an account that is open."""
    samba_ad.clear()
    directory = LdapDirectory(settings_of(samba_ad, page_size=500))
    for number, resource in enumerate(hostile_users()):
        added = to_entry(MAP, to_image(MAP, fit(resource, number)), Dn.parse(samba_ad.base_dn))
        password = "secret" if number % 4 == 0 else None
        for operation in DIALECT.create(added, Account(enabled=True, password=password)):
            directory.execute(operation)
    people = Dn.parse(samba_ad.people_dn)
    names = (
        *MAP.directory_attributes(lambda _path: True),
        *DIALECT.account_attributes,
        *(DIALECT.id_attribute, DIALECT.version_attribute),
        *(DIALECT.created_attribute, DIALECT.modified_attribute),
    )
    found = directory.search(Search(people, "one", attributes=names))
    resources = {entry.dn: to_resource(MAP, entry, DIALECT) for entry in found}
    yield Population(directory, people, MAP, resources, DIALECT)
    samba_ad.clear()
    directory.close()


@often
@given(condition=filters)
def test_on_active_directory(population: Population, condition: Filter) -> None:
    """A search finds what the filter means."""
    holds(population, condition)


@pytest.mark.parametrize("operator", ["eq", "co", "sw", "ew"])
@pytest.mark.parametrize(
    "path", [AttributePath("displayName"), AttributePath("phoneNumbers", "value")], ids=str
)
def test_every_text(population: Population, path: AttributePath, operator: Operator) -> None:
    """Every hostile text, and each of its ends, is found as in memory."""
    ends = [(text, text[:1], text[-1:], text[:-1], text[1:]) for text in (*TEXTS, *PHONES)]
    for text in sorted({part for parts in ends for part in parts}):
        holds(population, Comparison(path, operator, text))
