"""The suites of the protocol, on directories that were bare and are prepared, as the service account.

The tests are those of the packages that they are imported from; the directories are this package's own.
"""

from tests.conformance.conftest import served
from tests.conformance.test_scim2_tester import (
    results,
    test_nothing_fails_that_could_be_otherwise,
    test_the_suite_was_run,
)
from tests.conformance.test_scim_sanity import test_nothing_fails
from tests.conversations.conftest import bridge, shared_ad_bridge, shared_bridge
from tests.conversations.test_conversations import test_the_client_is_understood
from tests.conversations.test_hostile_texts import test_a_long_filter, test_a_name, test_a_value

__all__ = [
    "bridge",
    "results",
    "served",
    "shared_ad_bridge",
    "shared_bridge",
    "test_a_long_filter",
    "test_a_name",
    "test_a_value",
    "test_nothing_fails",
    "test_nothing_fails_that_could_be_otherwise",
    "test_the_client_is_understood",
    "test_the_suite_was_run",
]
