"""schemathesis, which sends what the OpenAPI document allows, and what it forbids, and holds the answers to it.

Its operations are run here one by one: its own fixture for pytest writes to an attribute that pytest 9.2 has no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.access.throttle import Attempt, Found, Throttle
from app.testing.slapd import Slapd
from app.web.current import EXTENSION
from tests.web.scim.bridge import Bridge, make_bridge

pytestmark = pytest.mark.directory
AnyCase: TypeAlias = Case[Any]
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]

ONE_CASE_AFTER_THE_OTHER = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""The same cases in each run, and none made smaller: each of them writes to a directory."""

MORE_IS_DEMANDED: list[CheckFunction] = [positive_data_acceptance]
"""Not held to: filters, paths and names of attributes have grammars that JSON Schema has no words for."""

NOTHING_TO_FORBID = {"/ServiceProviderConfig", "/ResourceTypes"}
"""These are for everybody, and have no parameters."""


class _Patient(Throttle):
    """Lets guess: each case is tried with wrong credentials, too, and all come from one address."""

    def __init__(self) -> None:
        pass

    def attempt(self, attempt: Attempt, verify: Callable[[], Found | None]) -> Found | None:
        del attempt
        return verify()


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Build the services over a directory of their own: some of the names that it gets, ldapdelete cannot read."""
    with Slapd(tmp_path_factory.mktemp("slapd")) as slapd:
        bridge = make_bridge(tmp_path_factory.mktemp("schemathesis"), slapd)
        bridge.app.extensions[EXTENSION] = replace(bridge.services, throttle=_Patient())
        yield bridge
        bridge.close()


@pytest.fixture(scope="module")
def described(bridge: Bridge) -> BaseSchema:
    """Read the document as a known caller."""
    headers = {"Authorization": bridge.authorization}
    return schemathesis.openapi.from_wsgi("/openapi.json", bridge.app, headers=headers)


def test_what_is_allowed_is_answered_as_described(
    bridge: Bridge, described: BaseSchema, subtests: pytest.Subtests
) -> None:
    """No failure of the server, and nothing answered that the document does not say."""
    for operation in _operations(described):
        with subtests.test(operation.label):
            _run(operation, bridge, GenerationMode.POSITIVE, resource_id=_made(bridge, operation.path))


def test_what_is_forbidden_is_refused_as_described(
    bridge: Bridge, described: BaseSchema, subtests: pytest.Subtests
) -> None:
    """Nothing is taken that the document does not allow."""
    for operation in _operations(described):
        if operation.path not in NOTHING_TO_FORBID:
            with subtests.test(operation.label):
                _run(operation, bridge, GenerationMode.NEGATIVE)


def test_every_operation_can_be_tried(described: BaseSchema) -> None:
    """There is none that the document describes in vain."""
    assert len(_operations(described)) == described.statistic.operations.total


def _operations(described: BaseSchema) -> list[Operation]:
    return [found.ok() for found in described.get_all_operations() if isinstance(found, Ok)]


def _made(bridge: Bridge, path: str) -> str | None:
    """Make a resource that an operation may be for."""
    if not path.endswith("{id}"):
        return None
    name = uuid4().hex
    return str((bridge.user(name) if path.startswith("/Users") else bridge.group(name))["id"])


def _run(operation: Operation, bridge: Bridge, mode: GenerationMode, resource_id: str | None = None) -> None:
    @ONE_CASE_AFTER_THE_OTHER
    @given(operation.as_strategy(generation_mode=mode))
    def hold(case: AnyCase) -> None:
        if resource_id:
            case.path_parameters["id"] = resource_id
        headers = {"Authorization": bridge.authorization}
        case.call_and_validate(headers=headers, excluded_checks=MORE_IS_DEMANDED)

    hold()
