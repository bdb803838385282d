"""Users of the directory who may do more than look after themselves, by the groups that they are in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.web.scim.bridge import CLIENT_SECRET, HOST, Bridge, problem, read

pytestmark = pytest.mark.directory
LIST, DELETE = "internal_user_mgt_list", "internal_user_mgt_delete"


@pytest.fixture
def staff(bridge: Bridge) -> Iterator[tuple[Bridge, str, str]]:
    """Make a user in a group whose members may list users; return its client, its id and the group's."""
    documents = bridge.services.documents
    before = documents.get("Application", "demo")
    user_id = bridge.user("jo", password="Secret-word-1")["id"]
    group_id = bridge.group("staff", user_id)["id"]
    roles = {"user_roles": {group_id: [LIST]}}
    documents.apply([replace(before, body={**before.body, **roles}, source="")], author="test")
    form = {"grant_type": "password", "username": "jo", "password": "Secret-word-1"}
    answer = bridge.http.post("/oauth2/token", base_url=HOST, data=form, auth=("demo", CLIENT_SECRET))
    assert set(read(answer)["scope"].split()) == {"internal_login", LIST}
    yield replace(bridge, authorization=f"Bearer {read(answer)['access_token']}"), user_id, group_id
    documents.apply([before], author="test")


def test_a_member_may_what_its_group_may(staff: tuple[Bridge, str, str]) -> None:
    """That, its own affairs, and nothing else."""
    jo, user_id, _ = staff

    assert jo.found("/Users") == ["jo"]
    assert jo.get("/Me").status_code == 200
    assert problem(jo.send("DELETE", f"/Users/{user_id}")) == (403, None)


def test_who_leaves_the_group_may_no_longer(staff: tuple[Bridge, str, str], bridge: Bridge) -> None:
    """At once, with the token that is out already."""
    jo, user_id, group_id = staff

    bridge.patch(f"/Groups/{group_id}", {"op": "remove", "path": "members", "value": [{"value": user_id}]})

    assert problem(jo.get("/Users")) == (403, None)
    assert jo.get("/Me").status_code == 200
