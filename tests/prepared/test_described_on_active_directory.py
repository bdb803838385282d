"""The OpenAPI document is true on Active Directory, too: schemathesis holds a prepared domain to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.web.current import EXTENSION
from tests.conformance.test_schemathesis import (
    Patient,
    described,
    test_what_is_allowed_is_answered_as_described,
    test_what_is_forbidden_is_refused_as_described,
)
from tests.conversations.conftest import shared_ad_bridge
from tests.web.scim.bridge import Bridge

__all__ = [
    "described",
    "shared_ad_bridge",
    "test_what_is_allowed_is_answered_as_described",
    "test_what_is_forbidden_is_refused_as_described",
]
pytestmark = [pytest.mark.directory, pytest.mark.container]


@pytest.fixture(scope="module")
def bridge(request: pytest.FixtureRequest) -> Iterator[Bridge]:
    """Give the services over a prepared domain, whoever guesses."""
    made = request.getfixturevalue("shared_ad_bridge")
    assert isinstance(made, Bridge)
    made.directory.clear()
    made.app.extensions[EXTENSION] = replace(made.services, throttle=Patient())
    yield made
    made.app.extensions[EXTENSION] = made.services
    made.directory.clear()
