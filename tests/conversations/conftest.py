"""The service that the clients talk to."""

from tests.web.scim import conftest

shared_bridge = conftest.shared_bridge
bridge = conftest.bridge
