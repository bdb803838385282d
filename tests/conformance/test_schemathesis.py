"""schemathesis, which sends what the OpenAPI document allows, and what it forbids, and holds the answers to it.

Its operations are run here one by one: its own fixture for pytest writes to an attribute that pytest 9.2 has no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckContext
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.access.throttle import Attempt, Found, Throttle
from app.web.current import EXTENSION
from tests.prepared.debian import debian_slapd, preparing
from tests.web.scim.bridge import Bridge, make_bridge

pytestmark = pytest.mark.directory
AnyCase: TypeAlias = Case[Any]
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]

ONE_CASE_AFTER_THE_OTHER = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""The same cases in each run, and none made smaller: each of them writes to a directory."""

GRAMMARS = {"attributes", "excludedAttributes", "filter", "sortBy", "cursor"}
"""Parameters whose texts have a grammar, or a meaning, that JSON Schema has no words for."""
ASKED = {"invalidFilter", "invalidValue", "invalidCursor", "tooMany"}
"""tooMany: a sorted search of all types goes so far and no farther."""
TOLD = {"invalidValue"}
"""Values that are well-formed, and are refused by what they mean: references to nobody, and the directory's own syntaxes."""
PATCHED = {*TOLD, "invalidFilter", "invalidPath", "noTarget", "mutability"}


def well_formed_data_is_taken(ctx: CheckContext, response: Response, case: AnyCase) -> bool | None:
    """Hold what the document allows to be taken: only for what JSON Schema cannot say may it be refused, and by that name.

    Whatever has no such part is held to ``positive_data_acceptance`` itself.
    """
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return None
    beyond = _beyond_json_schema(case)
    if not beyond or response.status_code != HTTPStatus.BAD_REQUEST:
        return positive_data_acceptance(ctx, response, case)
    told = response.json()
    assert told.get("scimType") in beyond, told
    assert told["detail"], told
    return None


def _beyond_json_schema(case: AnyCase) -> set[str]:
    body = case.body if isinstance(case.body, dict) else {}
    asked = {*(case.query or {}), *(body if case.path.endswith("/.search") else ())} & GRAMMARS
    allowed = set(ASKED) if asked else set()
    if case.method == "PATCH":
        return allowed | PATCHED
    return allowed | (TOLD if body and not case.path.endswith("/.search") else set())


class Patient(Throttle):
    """Lets guess: each case is tried with wrong credentials, too, and all come from one address."""

    def __init__(self) -> None:
        pass

    def attempt(self, attempt: Attempt, verify: Callable[[], Found | None]) -> Found | None:
        del attempt
        return verify()


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Build the services over a directory of their own, as Debian delivers it, and prepared by command.

    Nobody else has it, since some of the names that it gets ldapdelete cannot read.
    """
    directory = tmp_path_factory.mktemp("debian")
    with debian_slapd(directory) as slapd:
        with preparing(slapd, directory, data_dn=f"cn=admin,{slapd.base_dn}") as ready:
            done = ready.prepare("--apply", "--yes", "--undo-file", str(directory / "undo.ldif"))
        assert done.exit_code == 0, done.output
        bridge = make_bridge(tmp_path_factory.mktemp("schemathesis"), slapd)
        bridge.app.extensions[EXTENSION] = replace(bridge.services, throttle=Patient())
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
        if _can_be_wrong(operation):
            with subtests.test(operation.label):
                _run(operation, bridge, GenerationMode.NEGATIVE)


def test_only_what_has_no_input_cannot_be_wrong(described: BaseSchema) -> None:
    """These two are for everybody, and have neither parameters nor a body: nothing that is sent there is forbidden."""
    without = {operation.path for operation in _operations(described) if not _can_be_wrong(operation)}

    assert without == {"/ServiceProviderConfig", "/ResourceTypes"}


def test_every_operation_can_be_tried(described: BaseSchema) -> None:
    """There is none that the document describes in vain."""
    assert len(_operations(described)) == described.statistic.operations.total


def _operations(described: BaseSchema) -> list[Operation]:
    return [found.ok() for found in described.get_all_operations() if isinstance(found, Ok)]


def _can_be_wrong(operation: Operation) -> bool:
    """Tell whether a request has any part that a case could get wrong: credentials, parameters, or a body."""
    definition = operation.definition.raw
    return bool(
        definition.get("parameters") or definition.get("requestBody") or definition.get("security") != []
    )


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
        case.call_and_validate(
            headers=headers,
            excluded_checks=[positive_data_acceptance],
            additional_checks=[well_formed_data_is_taken],
        )

    hold()
