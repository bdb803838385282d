"""Scopes, and which operation asks for which."""

from __future__ import annotations

import pytest

from app.access.scopes import (
    ADMIN,
    ALL_SCOPES,
    API_SCOPES,
    Endpoint,
    NoRule,
    Operation,
    granted,
    is_open,
    scopes_for,
)


@pytest.mark.parametrize(
    ("endpoint", "operation", "scopes"),
    [
        ("Users", "list", {"internal_user_mgt_list"}),
        ("Users", "search", {"internal_user_mgt_list"}),
        ("Users", "create", {"internal_user_mgt_create"}),
        ("Users", "view", {"internal_user_mgt_view"}),
        ("Users", "update", {"internal_user_mgt_update"}),
        ("Users", "delete", {"internal_user_mgt_delete"}),
        ("Groups", "list", {"internal_group_mgt_view"}),
        ("Groups", "search", {"internal_group_mgt_view"}),
        ("Groups", "create", {"internal_group_mgt_create"}),
        ("Groups", "view", {"internal_group_mgt_view"}),
        ("Groups", "update", {"internal_group_mgt_update"}),
        ("Groups", "delete", {"internal_group_mgt_delete"}),
        ("Bulk", "create", {"internal_bulk_resource_create"}),
        ("Me", "view", {"internal_login"}),
        ("Me", "create", {"internal_user_mgt_create"}),
        ("Me", "update", {"internal_login"}),
        ("Me", "delete", {"internal_user_mgt_delete"}),
        ("", "search", {"internal_user_mgt_list", "internal_group_mgt_view"}),
        ("Schemas", "view", set()),
        ("Devices", "list", {"internal_custom_resource_mgt_list"}),
        ("Devices", "search", {"internal_custom_resource_mgt_list"}),
        ("Devices", "create", {"internal_custom_resource_mgt_create"}),
        ("Devices", "view", {"internal_custom_resource_mgt_view"}),
        ("Devices", "update", {"internal_custom_resource_mgt_update"}),
        ("Devices", "delete", {"internal_custom_resource_mgt_delete"}),
    ],
)
def test_an_operation_asks_for_its_scopes(endpoint: str, operation: str, scopes: set[str]) -> None:
    """The table is that of the product whose clients we serve."""
    assert scopes_for(endpoint, operation) == scopes


@pytest.mark.parametrize(
    ("endpoint", "operation"),
    [
        ("Users", "purge"),
        ("users", "list"),
        ("Devices", "purge"),
        ("Bulk", "list"),
        ("Schemas", "create"),
        ("", "list"),
    ],
)
def test_what_has_no_rule_is_allowed_to_nobody(endpoint: str, operation: str) -> None:
    """An unknown endpoint or operation is an error, not a free pass."""
    with pytest.raises(NoRule):
        scopes_for(endpoint, operation)


def test_only_descriptions_of_the_service_are_open() -> None:
    """Nothing but what the service can do is told to strangers."""
    opened = {(e, o) for e in Endpoint for o in Operation if is_open(e, o)}

    assert opened == {("ResourceTypes", "list"), ("ResourceTypes", "view"), ("ServiceProviderConfig", "view")}


def test_every_scope_that_is_asked_for_can_be_given() -> None:
    """Each scope of a rule belongs to an API that an application can be authorised for."""
    asked: set[str] = set()
    for endpoint in (*Endpoint, "Devices"):
        for operation in Operation:
            try:
                asked |= scopes_for(endpoint, operation)
            except NoRule:
                continue

    # The Admin API's own guard asks for its scope.
    assert {*asked, ADMIN} == ALL_SCOPES == {scope for scopes in API_SCOPES.values() for scope in scopes}


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        pytest.param(None, {"a", "b"}, id="nothing asked"),
        pytest.param("  ", {"a", "b"}, id="blank"),
        pytest.param("a", {"a"}, id="one"),
        pytest.param("a openid b a", {"a", "b"}, id="unknown ones dropped"),
        pytest.param("c", set(), id="none allowed"),
    ],
)
def test_scopes_that_are_not_allowed_are_dropped(asked: str | None, given: set[str]) -> None:
    """A client gets what it asks for as far as it may, and all it may where it asks for nothing."""
    assert granted(asked, {"a", "b"}) == given
