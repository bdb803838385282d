"""scim2-tester, which adds, replaces, removes and projects every attribute that /Schemas publishes.

It expects to read back what it wrote, to the letter. Where a directory cannot do that, the difference is named here:
whatever else it finds is a failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Client
from pydantic import BaseModel
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from tests.conformance.conftest import Served

ALWAYS_THERE = {
    "name": "object classes demand sn and cn, so that a name without them is filled by defaults",
    "active": "an account is always either enabled or disabled",
}
"""What cannot be removed, because the directory has a value in any case."""


@pytest.fixture(scope="module")
def results(served: Served) -> list[CheckResult]:
    """Run the suite once."""
    headers = {"Authorization": f"Bearer {served.token()}"}
    with Client(base_url=served.url, headers=headers, verify=served.tls) as http:
        return check_server(SyncSCIMClient(http))


def test_nothing_fails_that_could_be_otherwise(results: list[CheckResult]) -> None:
    """Every result is a success, or one of the differences that are named here."""
    others = [result for result in results if result.status != Status.SUCCESS and not _is_known(result)]

    assert [(result.title, result.reason, result.data) for result in others] == []


def test_the_suite_was_run(results: list[CheckResult]) -> None:
    """No check is skipped, and there are as many as the published attributes make."""
    assert [result.title for result in results if result.status == Status.SKIPPED] == []
    assert len([result for result in results if result.status == Status.SUCCESS]) > 90


def _is_known(result: CheckResult) -> bool:
    told = result.data if isinstance(result.data, dict) else {}
    if result.title == "check_remove_attribute":
        return told.get("urn") in ALWAYS_THERE
    actual = told.get("modify_actual", told.get("actual"))
    return "expected" in told and _is_answered(told["expected"], actual)


def _is_answered(expected: Any, actual: Any) -> bool:
    """Tell whether all that was sent is in the answer.

    The answer may have more: the names of those referred to, which are read-only. And of the values of an attribute
    the first is the primary one, as directories have no mark for it: a sole value that is not primary cannot be kept.
    """
    sent, told = _plain(expected), _plain(actual)
    if isinstance(sent, dict):
        return isinstance(told, dict) and all(
            _is_answered(value, told.get(name)) for name, value in sent.items() if name != "primary"
        )
    if isinstance(sent, list):
        return (
            isinstance(told, list)
            and len(sent) == len(told)
            and all(_is_answered(each, found) for each, found in zip(sent, told, strict=True))
        )
    return bool(sent == told)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return dict(_members(value))
    return list(value) if isinstance(value, list | tuple) else value


def _members(model: BaseModel) -> Iterator[tuple[str, Any]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        # An extension's own URN is not an attribute of it.
        if value is not None and name != "schemas":
            yield name, value
