"""Each form of PATCH does over HTTP, on a directory, what it does to a resource in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from secrets import token_hex
from typing import Any

import pytest

from app.scim.patch import apply, parse_patch
from app.scim.resource import Resource
from app.scim.schema import Value
from app.testing.slapd import Slapd
from tests.scim.samples import USER
from tests.scim.test_patch import CHOSEN, COMPLEX, EXTENSION, MANY, PATHLESS, PRIMARY, SINGLE
from tests.web.scim.bridge import CONFIG, ENTERPRISE, Bridge, make_bridge, read

pytestmark = pytest.mark.directory
SCHEMA = CONFIG.parent / "ldap_schemas" / "openldap" / "scim.ldif"
GIVEN = ("schemas", "meta", "groups")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Give a service whose map keeps every attribute of a user, over a directory with the schema for that."""
    maps = {"User": "openldap-user-scim", "Group": "openldap-group"}
    with Slapd(tmp_path_factory.mktemp("slapd"), durable=False) as server:
        server.modify(SCHEMA.read_text(encoding="utf-8"))
        bridge = make_bridge(
            tmp_path_factory.mktemp("everything"), server, bodies={"PRIMARY": {"maps": maps}}
        )
        yield bridge
        bridge.close()


@pytest.mark.parametrize(
    ("before", "operation", "after"), [*SINGLE, *COMPLEX, *MANY, *CHOSEN, *PRIMARY, *EXTENSION, *PATHLESS]
)
def test_user(
    everything: Bridge, before: dict[str, Value], operation: dict[str, Value], after: dict[str, Value]
) -> None:
    """What is read afterwards is what the operation makes of what was read before."""
    del after
    before, operation = _with_managers(everything, [before, operation])
    made = _own(everything.user(f"u{token_hex(4)}", **before))
    path = f"/Users/{made['id']}"

    answer = everything.patch(path, operation)

    assert answer.status_code == 200, answer.text
    expected = apply(Resource(USER, made), parse_patch({"Operations": [operation]}, USER))
    assert _meant(read(everything.get(path))) == _meant(expected.attributes) == _meant(read(answer))


def _with_managers(bridge: Bridge, samples: list[Any]) -> list[Any]:
    """Make the users that are named as managers, and name them by their ids."""
    text = json.dumps(samples)
    for sample in ("1", "26", "27") if "manager" in text else ():
        made = bridge.user(f"manager{token_hex(4)}")
        text = text.replace(f'"{sample}"', json.dumps(made["id"]))
    found: list[Any] = json.loads(text)
    return found


def _own(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in GIVEN}


def _meant(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return a user without what a directory adds.

    That is the name that an entry must have, what is told of a manager, the type of the only mail attribute; and which
    one is the primary of values of one type, of which the first is.
    """
    found = _own(resource)
    if found.get("name", {}).get("familyName") == found["userName"]:
        del found["name"]
    if "manager" in found.get(ENTERPRISE, {}):
        found[ENTERPRISE] = {**found[ENTERPRISE], "manager": found[ENTERPRISE]["manager"]["value"]}
    for name in {"emails", "addresses"} & found.keys():
        found[name] = _elements(found[name])
    return found


def _elements(elements: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    typed = [{"type": "work", **each} for each in elements if {*each} != {"type"}]
    is_ordered = len({each["type"] for each in typed}) == 1
    return [
        {name: part for name, part in each.items() if name != "primary" or (part and not is_ordered)}
        for each in typed
    ]
