"""Preconditions over HTTP: who has not seen the present version does not write over it."""

from collections.abc import Mapping

import pytest

from tests.web.scim.bridge import Bridge, problem, read

pytestmark = pytest.mark.directory
WRITES: Mapping[str, object] = {
    "PUT": {"userName": "jo", "displayName": "New"},
    "PATCH": {"Operations": [{"op": "replace", "path": "displayName", "value": "New"}]},
    "DELETE": None,
}


@pytest.fixture
def jo(bridge: Bridge) -> tuple[str, str, str]:
    """Make a user that has been changed once: its path, and its versions before and now."""
    made = bridge.user("jo")
    path = f"/Users/{made['id']}"
    changed = bridge.patch(path, {"op": "add", "path": "title", "value": "Boss"})
    return path, made["meta"]["version"], changed.headers["ETag"]


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("form", ["{old}", "W/{now}", '"x", {old}', "W/{now}, {old}"])
def test_a_write_to_another_version_is_412(
    bridge: Bridge, jo: tuple[str, str, str], method: str, form: str
) -> None:
    """Nothing is changed, and a weak tag never matches."""
    path, old, now = jo

    answer = bridge.send(method, path, WRITES[method], headers={"If-Match": form.format(old=old, now=now)})

    assert problem(answer) == (412, None)
    assert bridge.get(path).headers["ETag"] == now


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("form", ["{now}", "*", "{old}, {now}"])
def test_a_write_to_the_present_version_is_made(
    bridge: Bridge, jo: tuple[str, str, str], method: str, form: str
) -> None:
    """Any of the tags may match."""
    path, old, now = jo

    answer = bridge.send(method, path, WRITES[method], headers={"If-Match": form.format(old=old, now=now)})

    assert answer.status_code in {200, 204}


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("form", ["*", "{now}", "W/{now}"])
def test_a_write_can_exclude_what_is_there(
    bridge: Bridge, jo: tuple[str, str, str], method: str, form: str
) -> None:
    """RFC 9110 §13.1.2: If-None-Match on a write."""
    path, old, now = jo

    answer = bridge.send(
        method, path, WRITES[method], headers={"If-None-Match": form.format(old=old, now=now)}
    )

    assert problem(answer) == (412, None)


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("value", ["*", '"x", "y"'])
def test_who_does_not_exist_is_404_whatever_the_version(
    bridge: Bridge, method: str, header: str, value: str
) -> None:
    """RFC 9110 §13.2.1: preconditions are for what would succeed without them."""
    path = "/Users/2819c223-7f76-453a-919d-413861904646"

    assert problem(bridge.send(method, path, WRITES[method], headers={header: value})) == (404, None)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("form", ["{now}", "W/{now}", "{old}, {now}", "*"])
def test_who_has_it_is_not_sent_it_again(
    bridge: Bridge, jo: tuple[str, str, str], method: str, form: str
) -> None:
    """304 with the ETag and without a body."""
    path, old, now = jo

    answer = bridge.send(method, path, headers={"If-None-Match": form.format(old=old, now=now)})

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", now)


def test_who_has_another_version_is_sent_the_present(bridge: Bridge, jo: tuple[str, str, str]) -> None:
    """The version that a client has may be an old one."""
    path, old, now = jo

    answer = bridge.get(path, If_None_Match=old)

    assert (answer.status_code, read(answer)["meta"]["version"]) == (200, now)


@pytest.mark.parametrize("method", ["GET", *WRITES])
@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("value", ["unquoted", '"a', '"a" "b"', ""])
def test_a_broken_precondition_is_400(
    bridge: Bridge, jo: tuple[str, str, str], method: str, header: str, value: str
) -> None:
    """It is not passed over: the client means something by it."""
    path, _, now = jo

    answer = bridge.send(method, path, WRITES.get(method), headers={header: value})

    assert problem(answer) == (400, "invalidValue")
    assert header in read(answer)["detail"]
    assert bridge.get(path).headers["ETag"] == now


def test_a_group_is_held_to_its_version(bridge: Bridge) -> None:
    """Also where members change and the group is not read."""
    jo, group = bridge.user("jo"), bridge.group("Team")
    path = f"/Groups/{group['id']}"
    add = {"op": "add", "path": "members", "value": [{"value": jo["id"]}]}

    refused = bridge.patch(path, add, If_Match='"old"')
    made = bridge.patch(path, add, If_Match=group["meta"]["version"])

    assert problem(refused) == (412, None)
    assert made.status_code == 204
