"""Bulk operations on targets of any kind, and the order that their references ask for."""

from collections.abc import Sequence

import pytest

from app.provisioning.bulk import Ground, carry_out
from app.provisioning.bulk_references import Step, only, order, without
from app.provisioning.target import Page, Query, Target, Wants, everything
from app.scim.bulk import BulkOperation, BulkRequest
from app.scim.patch_operations import PatchOperation
from app.scim.resource import Resource
from app.scim.schema import Value
from tests.provisioning.conftest import RESOURCE_TYPES

USER = RESOURCE_TYPES["User"]


def post(bulk_id: str, *needed: str) -> BulkOperation:
    """Write a creation that refers to others."""
    return BulkOperation("POST", "/Users", bulk_id, data=[{"value": f"bulkId:{each}"} for each in needed])


@pytest.mark.parametrize(
    ("operations", "steps"),
    [
        pytest.param([post("a"), post("b", "a")], [(0, ""), (1, "")], id="back"),
        pytest.param([post("a", "b"), post("b")], [(1, ""), (0, "")], id="ahead"),
        pytest.param([post("a", "b"), post("b", "c"), post("c")], [(2, ""), (1, ""), (0, "")], id="chain"),
        pytest.param([post("a", "b"), post("b", "a")], [(0, "b"), (1, "")], id="circle"),
        pytest.param([post("a", "a")], [(0, "a")], id="itself"),
        pytest.param(
            [post("g", "a"), post("a", "b"), post("b", "a")], [(1, "b"), (0, ""), (2, "")], id="at a circle"
        ),
        pytest.param([post("a", "nothing"), post("b")], [(0, ""), (1, "")], id="unknown"),
        pytest.param(
            [BulkOperation("DELETE", "/Users/bulkId:a"), post("a")], [(1, ""), (0, "")], id="by its path"
        ),
    ],
)
def test_operations_come_after_what_they_refer_to(
    operations: Sequence[BulkOperation], steps: list[tuple[int, str]]
) -> None:
    """Only a circle makes one of them begin without."""
    assert order(operations) == [
        Step(index, operations[index], frozenset(missing)) for index, missing in steps
    ]


@pytest.mark.parametrize(
    ("value", "left", "later"),
    [
        pytest.param({"a": 1}, {"a": 1}, {}, id="nothing refers"),
        pytest.param(
            {"a": 1, "m": {"value": "bulkId:x"}}, {"a": 1}, {"m": {"value": "bulkId:x"}}, id="complex"
        ),
        pytest.param(
            {"m": [{"value": "1"}, {"$ref": "/Users/bulkId:x", "type": "User"}]},
            {"m": [{"value": "1"}]},
            {"m": [{"$ref": "/Users/bulkId:x", "type": "User"}]},
            id="element",
        ),
        pytest.param(
            {"urn:x": {"d": "Sales", "manager": {"value": "bulkId:x"}}},
            {"urn:x": {"d": "Sales"}},
            {"urn:x": {"manager": {"value": "bulkId:x"}}},
            id="extension",
        ),
        pytest.param({"m": ["bulkId:x", "bulkId:y"]}, {"m": ["bulkId:y"]}, {"m": ["bulkId:x"]}, id="text"),
    ],
)
def test_what_refers_can_be_taken_out(value: Value, left: Value, later: Value) -> None:
    """The two parts together are the whole."""
    assert (without(value, {"x"}), only(value, {"x"})) == (left, later)


class Broken:
    """A target with a fault in it."""

    def create(self, resource: Resource, *, wants: Wants = everything) -> Resource:
        """Fail where the name says so."""
        del wants
        if resource.attributes["userName"] == "bad":
            raise RuntimeError("a secret of the inside")
        return Resource(USER, {"id": "1", **resource.attributes})

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        """Fail."""
        raise NotImplementedError

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        """Fail."""
        raise NotImplementedError

    def replace(
        self, resource_id: str, resource: Resource, *, version: str | None = None, wants: Wants = everything
    ) -> Resource:
        """Fail."""
        raise NotImplementedError

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
    ) -> Resource:
        """Fail."""
        raise NotImplementedError

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        """Fail."""
        raise NotImplementedError


def test_what_nobody_foresaw_is_the_error_of_one_operation() -> None:
    """The others keep their results, and nothing of the inside is told."""
    broken: Target = Broken()
    ground = Ground(
        types={"/Users": USER},
        target=lambda _: broken,
        authorise=lambda _type, _method: None,
        locate=lambda found, resource_id: f"{found.endpoint}/{resource_id}",
        version_to_write=lambda _target, _id, version: version,
    )
    operations = [
        BulkOperation("POST", "/Users", name, data={"userName": name}) for name in ("good", "bad", "other")
    ]

    results = carry_out(BulkRequest(tuple(operations)), ground)

    assert [int(result.status) for result in results] == [201, 500, 201]
    assert results[1].error is not None
    assert "secret" not in results[1].error.detail
