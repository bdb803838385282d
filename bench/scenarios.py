"""What is measured, and the same LDAP work beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from bench.floor import Floor
from bench.load import Act, HttpClient
from bench.stand import Stand, group_id, user_id

_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_PERSON = "(objectClass=inetOrgPerson)"
_new = count()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing to measure. ``each`` is how many entries or operations one time of it stands for."""

    name: str
    times: int
    http: Callable[[Stand, HttpClient], Act]
    direct: Callable[[Stand, Floor], Act]
    each: int = 1
    clients: tuple[int, ...] = (1, 8)


def scenarios(stand: Stand, *, is_quick: bool) -> Iterator[Scenario]:
    """Yield all that can be measured with who is in the directory."""
    many = 300 if is_quick else 2000
    yield Scenario("GET by id", many, _get, _direct_get)
    yield Scenario("filter userName eq", many, _eq, _direct_eq)
    yield Scenario("create", many // 2, _create, _direct_create)
    yield Scenario("PATCH", many // 2, _patch, _direct_patch)
    yield Scenario("list of 100", many // 10, _list, _direct_list, each=100)
    yield Scenario(f"walk of {stand.users:,}", 1, _walk, _direct_walk, each=stand.users, clients=(1,))
    for size in stand.groups:
        yield Scenario(
            f"member joins {size:,}",
            20 if is_quick else 100,
            _joining(size),
            _direct_joining(size),
            clients=(1, 8),
        )
    size = 100 if is_quick else 1000
    yield Scenario(f"Bulk of {size:,} creates", 1, _bulk(size), _direct_bulk(size), each=size, clients=(1,))


def _get(stand: Stand, client: HttpClient) -> Act:
    requests = [stand.request("GET", f"/Users/{user_id(number)}") for number in range(500)]
    return lambda number: _done(client.send(requests[number % 500], expect=b"200"))


def _direct_get(stand: Stand, floor: Floor) -> Act:
    wanted = "(entryUUID={})"
    return lambda number: _found(1, floor.find(stand.demo.ldap_base_dn, wanted.format(user_id(number % 500))))


def _eq(stand: Stand, client: HttpClient) -> Act:
    path = "/Users?filter=userName%20eq%20%22user{}%22"
    requests = [stand.request("GET", path.format(number)) for number in range(500)]
    return lambda number: _done(client.send(requests[number % 500], expect=b"200"))


def _direct_eq(stand: Stand, floor: Floor) -> Act:
    wanted = "(&(uid=user{})(objectClass=inetOrgPerson))"
    return lambda number: _found(1, floor.find(stand.demo.ldap_base_dn, wanted.format(number % 500)))


def _create(stand: Stand, client: HttpClient) -> Act:
    return lambda _: _done(client.send(stand.request("POST", "/Users", _person()), expect=b"201"))


def _person() -> dict[str, object]:
    name = f"new{next(_new)}"
    return {
        "schemas": [_USER],
        "userName": name,
        "name": {"givenName": "New", "familyName": "Person"},
        "emails": [{"value": f"{name}@example.org", "type": "work", "primary": True}],
    }


def _direct_create(stand: Stand, floor: Floor) -> Act:
    def add(_: int) -> None:
        name = f"new{next(_new)}"
        values = {
            "uid": name,
            "cn": "New Person",
            "sn": "Person",
            "givenName": "New",
            "mail": f"{name}@example.org",
        }
        attributes = {key: [value.encode()] for key, value in values.items()}
        floor.add(f"uid={name},{_people(stand)}", {"objectClass": [b"inetOrgPerson"], **attributes})

    return add


def _patch(stand: Stand, client: HttpClient) -> Act:
    def patch(number: int) -> None:
        operations = [{"op": "replace", "path": "title", "value": f"Title {next(_new)}"}]
        body = {"schemas": [_PATCH], "Operations": operations}
        client.send(stand.request("PATCH", f"/Users/{user_id(number % 500)}", body), expect=b"200")

    return patch


def _direct_patch(stand: Stand, floor: Floor) -> Act:
    def patch(number: int) -> None:
        _found(1, floor.find(stand.demo.ldap_base_dn, f"(entryUUID={user_id(number % 500)})"))
        name = f"uid=user{number % 500},{_people(stand)}"
        floor.modify(name, "replace", "title", f"Title {next(_new)}".encode())

    return patch


def _list(stand: Stand, client: HttpClient) -> Act:
    request = stand.request("GET", "/Users?count=100")
    return lambda _: _done(client.send(request, expect=b"200"))


def _direct_list(stand: Stand, floor: Floor) -> Act:
    return lambda _: _found(100, floor.walk(_people(stand), _PERSON, page=100, limit=100))


def _walk(stand: Stand, client: HttpClient) -> Act:
    def walk(_: int) -> None:
        start, total = 1, 1
        while start <= total:
            answer = json.loads(
                client.send(stand.request("GET", f"/Users?startIndex={start}&count=200"), expect=b"200")
            )
            total = answer["totalResults"]
            start += answer["itemsPerPage"]

    return walk


def _direct_walk(stand: Stand, floor: Floor) -> Act:
    return lambda _: _found(stand.users, floor.walk(_people(stand), _PERSON, page=500))


def _joining(size: int) -> Callable[[Stand, HttpClient], Act]:
    def make(stand: Stand, client: HttpClient) -> Act:
        def join(_: int) -> None:
            member = _outsider(stand, size)
            operations = [{"op": "add", "path": "members", "value": [{"value": user_id(member)}]}]
            body = {"schemas": [_PATCH], "Operations": operations}
            client.send(stand.request("PATCH", f"/Groups/{group_id(size)}", body), expect=b"204")

        return join

    return make


def _direct_joining(size: int) -> Callable[[Stand, Floor], Act]:
    def make(stand: Stand, floor: Floor) -> Act:
        def join(_: int) -> None:
            member = _outsider(stand, size)
            wanted = f"(|(entryUUID={group_id(size)})(entryUUID={user_id(member)}))"
            _found(2, floor.find(stand.demo.ldap_base_dn, wanted, ["entryUUID"]))
            name = f"cn=group{size},ou=Groups,{stand.demo.ldap_base_dn}"
            floor.modify(name, "add", "member", f"uid=user{member},{_people(stand)}".encode())

        return join

    return make


def _outsider(stand: Stand, size: int) -> int:
    """Choose somebody who is not in the group yet, while there is somebody: who joins twice is soon answered."""
    return size + next(_new) % max(1, stand.users - size)


def _bulk(size: int) -> Callable[[Stand, HttpClient], Act]:
    def make(stand: Stand, client: HttpClient) -> Act:
        def bulk(_: int) -> None:
            operations = [
                {"method": "POST", "path": "/Users", "bulkId": str(number), "data": _person()}
                for number in range(size)
            ]
            body = {"schemas": [_BULK], "Operations": operations}
            answer = json.loads(client.send(stand.request("POST", "/Bulk", body), expect=b"200"))
            wrong = [each for each in answer["Operations"] if each["status"] != "201"]
            if wrong:
                raise RuntimeError(wrong[0])

        return bulk

    return make


def _direct_bulk(size: int) -> Callable[[Stand, Floor], Act]:
    def make(stand: Stand, floor: Floor) -> Act:
        add = _direct_create(stand, floor)

        def bulk(_: int) -> None:
            for number in range(size):
                add(number)

        return bulk

    return make


def _people(stand: Stand) -> str:
    return f"ou=People,{stand.demo.ldap_base_dn}"


def _found(least: int, found: int) -> None:
    """Raise where less was found than there is: who finds nothing is fast."""
    if found < least:
        raise RuntimeError(f"{found} entries were found in the place of {least}")


def _done(_: object) -> None:
    """Take no interest in what came back: its status was looked at."""
