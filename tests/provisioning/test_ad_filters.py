"""What Active Directory alone can look for is there for SCIM filters: ambiguous names, and bits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from secrets import token_hex

import pytest

from app.directory.filter_text import parse_filter
from app.directory.model import Change, Modify
from app.mapping.documents import build_map
from app.mapping.model import SchemaMap
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.search import Paging
from app.provisioning.target import Query
from app.scim.errors import InvalidFilter
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.store.allocations import Allocations
from app.store.document import Document, Snapshot
from app.store.loading import load
from app.store.snapshots import Snapshots
from tests.provisioning.conftest import MAPS, RESOURCE_TYPES, Ground, store, user

pytestmark = [pytest.mark.container, pytest.mark.directory]
ACCOUNT = "urn:landbridge:scim:schemas:extension:account:1.0:User"
ANY = f"{ACCOUNT}:anyName"
SMARTCARD, NEVER_EXPIRES = 0x40000, 0x10000


def extended() -> SchemaMap:
    """Extend the shipped map by a search for names, and by two booleans in bits of one number."""
    flags = {"attribute": "userAccountControl", "matching": "typed", "direction": "to_scim"}
    body = {
        "extends": "ad-user",
        "attributes": {
            ANY: {"account": "any_name"},
            f"{ACCOUNT}:mustChangePassword": {
                **flags,
                "transform": {"bits": {"mask": SMARTCARD | NEVER_EXPIRES, "true_when": "set"}},
            },
            f"{ACCOUNT}:locked": {
                **flags,
                "transform": {"bits": {"mask": SMARTCARD | NEVER_EXPIRES, "true_when": "any"}},
            },
        },
    }
    shipped = Snapshot(1, {each.identity: each for each in load([MAPS]).documents})
    return build_map(Document("SchemaMap", "extended", body), RESOURCE_TYPES, shipped)


def target_of(ground: Ground, schema_map: SchemaMap) -> DomainTarget:
    """Serve a domain's users by another map."""
    domain = ground.domain()
    snapshots = Snapshots(store(), clock=ground.clock, random_hex=token_hex)
    return DomainTarget(
        replace(domain, maps={**domain.maps, "User": schema_map}),
        schema_map,
        ground.recorded.append,
        behaviour=Behaviour(
            Paging(snapshots, b"key", ground.application), Allocations(store(), clock=ground.clock)
        ),
    )


Find = Callable[[str], set[str]]


@pytest.fixture
def find(ad_ground: Ground) -> Find:
    """Give four users, some with an office or with bits set, and a way to find them."""
    for name, given, family in (
        ("jdoe", "Jo", "Doe"),
        ("jdoering", "Joan", "Doering"),
        ("doej", "Dora", "Jones"),
        ("ann", "Ann", "Other"),
    ):
        ad_ground.target().create(user(userName=name, name={"givenName": given, "familyName": family}))
    for name, attribute, value in (
        ("ann", "physicalDeliveryOfficeName", "Jo Doe's house"),
        ("jdoe", "userAccountControl", str(514 | SMARTCARD)),
        ("doej", "userAccountControl", str(514 | SMARTCARD | NEVER_EXPIRES)),
    ):
        change = Change("replace", attribute, (value.encode(),))
        ad_ground.directory.execute(Modify(ad_ground.dn(name), (change,)))
    target = target_of(ad_ground, extended())

    def found(condition: str) -> set[str]:
        resolved = resolve(parse(condition), RESOURCE_TYPES["User"])
        page = target.search(Query(filter=resolved))
        assert page.total == len(page.resources)
        return {str(each.attributes["userName"]) for each in page.resources}

    return found


def test_ambiguous_names(find: Find, ad_ground: Ground) -> None:
    """Who has any name that begins with a text is found by one search, first and last name together too, either way."""
    ad_ground.directory.take()

    assert find(f'{ANY} sw "jo doe"') == {"jdoe", "jdoering", "ann"}
    assert ad_ground.directory.take().count("search") == 1
    assert find(f'{ANY} sw "doe jo"') == {"jdoe", "jdoering"}
    assert find(f'{ANY} sw "jones"') == {"doej"}
    assert find(f'{ANY} eq "Doe"') == {"jdoe"}
    assert find(f'{ANY} eq "jo doe"') == {"jdoe"}
    assert find(f'{ANY} sw "j*"') == set()
    assert find(f"{ANY} pr") == set()
    assert find(f'not ({ANY} sw "jo doe")') == {"doej"}


def test_ambiguous_names_with_other_conditions(find: Find) -> None:
    """They go with conditions that Landbridge checks itself, and are never dropped where they cannot."""
    assert find(f'{ANY} sw "jo doe" and name.familyName eq "doe"') == {"jdoe"}
    assert find(f'{ANY} sw "jo doe" and not (userName co "ann")') == {"jdoe", "jdoering"}
    assert find(f'{ANY} sw "jones" or {ANY} sw "ann"') == {"doej", "ann"}
    with pytest.raises(InvalidFilter):
        find(f'{ANY} sw "jo doe" or name.familyName eq "jones"')


def test_bits(find: Find) -> None:
    """Booleans in bits of a number are found by the rule for all of them, and by that for any."""
    everybody = {"jdoe", "jdoering", "doej", "ann"}

    for name, have in (("mustChangePassword", {"doej"}), ("locked", {"jdoe", "doej"})):
        assert find(f"{ACCOUNT}:{name} eq true") == have
        assert find(f"{ACCOUNT}:{name} eq false") == everybody - have


@pytest.mark.parametrize(
    ("scope", "have"),
    [
        pytest.param("(userAccountControl:1.2.840.113556.1.4.803:=327680)", {"doej"}, id="all bits"),
        pytest.param("(userAccountControl:1.2.840.113556.1.4.804:=327680)", {"jdoe", "doej"}, id="any bit"),
        pytest.param("(anr=jo doe)", {"jdoe", "jdoering", "ann"}, id="names"),
    ],
)
def test_in_scopes(find: Find, ad_ground: Ground, scope: str, have: set[str]) -> None:
    """An administrator's own filter says which users exist for SCIM by the same rules."""
    assert find("userName pr") > have
    schema_map = extended()
    narrowed = replace(
        schema_map, entry=replace(schema_map.entry, scope=parse_filter(f"(&(objectClass=user){scope})"))
    )

    page = target_of(ad_ground, narrowed).search(Query())

    assert {each.attributes["userName"] for each in page.resources} == have
