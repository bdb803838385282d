"""externalId is kept for each application by itself, answered, filtered and changed as if the directory had it."""

import pytest

from app.provisioning.events import noting
from app.provisioning.external_ids import Keeping, WithExternalIds
from app.provisioning.target import Query, nothing
from app.scim.errors import NotFound
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.patch_operations import parse_patch
from app.scim.path import AttributePath
from app.scim.query import SortOrder
from app.scim.resource import Resource
from app.scim.schema import Value
from app.scim.sorting import resolve_sort_by
from app.store.database import Database
from app.store.external_ids import ExternalIds, Shelf
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, memory_ground, user
from tests.provisioning.test_domain_target import id_of

USER = RESOURCE_TYPES["User"]


@pytest.fixture
def external_ids(database: Database) -> ExternalIds:
    """Give an empty store."""
    return ExternalIds(database)


@pytest.fixture
def ground() -> Ground:
    """Give a domain in memory."""
    return memory_ground()


@pytest.fixture
def target(ground: Ground, external_ids: ExternalIds) -> WithExternalIds:
    """Give the application "hr" its target."""
    return of(ground, external_ids, "hr")


def of(ground: Ground, external_ids: ExternalIds, application: str) -> WithExternalIds:
    """Make an application's target."""
    record = noting(ground.recorded.append)
    keeping = Keeping(external_ids, Shelf(application, "PRIMARY", "User"), USER, record)
    return WithExternalIds(ground.target(record=record), keeping)


def names(target: WithExternalIds, text: str) -> list[str]:
    """Find userNames."""
    page = target.search(Query(filter=resolve(parse(text), USER)))
    return sorted(str(found.attributes["userName"]) for found in page.resources)


def patch(target: WithExternalIds, resource: Resource, *operations: Value) -> Resource:
    """Send a PATCH."""
    return target.patch(id_of(resource), parse_patch({"Operations": list(operations)}, USER))


def test_kept_and_shown(target: WithExternalIds, ground: Ground) -> None:
    """An externalId is answered by create, read and list, and costs the directory nothing."""
    created = target.create(user(externalId="E1"))
    ground.directory.take()

    read = target.read(id_of(created))

    assert created.attributes["externalId"] == "E1"
    assert read == created
    assert [found.attributes["externalId"] for found in target.search(Query()).resources] == ["E1"]
    assert ground.directory.take() == ["search", "search"]
    assert "externalId" not in target.read(id_of(created), wants=nothing).attributes


def test_each_application_has_its_own(ground: Ground, external_ids: ExternalIds) -> None:
    """What one application calls a resource is nothing to another."""
    hr, crm = of(ground, external_ids, "hr"), of(ground, external_ids, "crm")
    created = hr.create(user(externalId="E1"))

    assert "externalId" not in crm.read(id_of(created)).attributes
    assert names(crm, 'externalId eq "E1"') == []
    patch(crm, created, {"op": "add", "path": "externalId", "value": "C1"})
    assert hr.read(id_of(created)).attributes["externalId"] == "E1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('externalId eq "E1"', ["ann"]),
        ('externalId eq "e1"', []),
        ('externalId eq "nobody"', []),
        ('externalId ne "E1"', ["bob", "cid"]),
        ('not (externalId eq "E1")', ["bob", "cid"]),
        ("externalId pr", ["ann", "bob"]),
        ('externalId sw "E"', ["ann", "bob"]),
        ('externalId sw "X"', []),
        ('externalId eq "E1" or userName eq "cid"', ["ann", "cid"]),
        ('externalId pr and userName eq "bob"', ["bob"]),
        ('emails[type eq "work"] or externalId eq "E2"', ["bob"]),
    ],
)
def test_filters(target: WithExternalIds, text: str, expected: list[str]) -> None:
    """Every condition on externalId holds for whom it should, with its case."""
    for name, external_id in (("ann", "E1"), ("bob", "E2"), ("cid", None)):
        target.create(user(userName=name, externalId=external_id))

    assert names(target, text) == expected


def test_changed_and_removed(target: WithExternalIds) -> None:
    """PATCH and PUT change it, a PUT without it removes it."""
    created = target.create(user(externalId="E1", title="Clerk"))

    operations: Value = {"externalId": "E2", "title": "Chief"}
    patched = patch(target, created, {"op": "replace", "value": operations})
    assert (patched.attributes["externalId"], patched.attributes["title"]) == ("E2", "Chief")
    assert patch(target, created, {"op": "remove", "path": "title"}).attributes["externalId"] == "E2"
    assert "externalId" not in patch(target, created, {"op": "remove", "path": "externalId"}).attributes
    assert target.replace(id_of(created), user(externalId="E3")).attributes["externalId"] == "E3"
    assert "externalId" not in target.replace(id_of(created), user()).attributes
    assert "externalId" not in target.read(id_of(created)).attributes


def test_recorded_by_itself(target: WithExternalIds, ground: Ground) -> None:
    """Where nothing but the externalId changes, that is a write; else it goes with the other one."""
    created = target.create(user(externalId="E1", title="Clerk"))
    patch(target, created, {"op": "replace", "path": "externalId", "value": "E2"})
    patch(target, created, {"op": "replace", "path": "externalId", "value": "E2"})
    patch(target, created, {"op": "replace", "value": {"externalId": "E3", "title": "Chief"}})
    target.replace(id_of(created), user(externalId="E4", title="Chief"))
    target.replace(id_of(created), user(title="Chief"))

    done = [(each.action, bool(each.plan.steps)) for each in ground.recorded]
    assert done == [
        ("create", True),
        ("patch", False),
        ("patch", True),
        ("replace", False),
        ("replace", False),
    ]
    assert {each.resource_id for each in ground.recorded} == {id_of(created)}


def test_forgotten_with_the_resource(target: WithExternalIds) -> None:
    """A deleted resource's externalId is free."""
    created = target.create(user(externalId="E1"))

    target.delete(id_of(created))

    assert names(target, 'externalId eq "E1"') == []
    with pytest.raises(NotFound):
        patch(target, created, {"op": "add", "path": "externalId", "value": "E1"})
    assert target.create(user(externalId="E1")).attributes["externalId"] == "E1"


@pytest.mark.parametrize("count", [100, 2])
def test_order(target: WithExternalIds, count: int) -> None:
    """A list may be sorted by it, whole and by pages; who has none comes last, or first when descending."""
    for name, external_id in (("a", "3"), ("b", None), ("c", "1"), ("d", "2"), ("e", None)):
        sent: dict[str, Value] = {"externalId": external_id} if external_id else {}
        target.create(user(**{"userName": name, **sent}))
    path = AttributePath("externalId")
    sort_by = resolve_sort_by(path, USER)

    def walk(order: SortOrder) -> list[object]:
        found: list[object] = []
        cursor: str | None = ""
        while cursor is not None:
            page = target.search(Query(sort_by=sort_by, sort_order=order, count=count, cursor=cursor))
            found += [each.get(path) for each in page.resources]
            cursor = page.next_cursor
        return found

    assert walk("ascending") == ["1", "2", "3", None, None]
    assert walk("descending") == [None, None, "3", "2", "1"]
