"""Resources over HTTP: what each method answers."""

import pytest

from tests.web.scim.bridge import ENTERPRISE, GROUP, HOST, USER, Bridge, problem, read

pytestmark = pytest.mark.directory
RENAME = {"op": "replace", "path": "displayName", "value": "Other"}


def test_a_create_answers_the_resource(bridge: Bridge) -> None:
    """RFC 7644 §3.3: 201 with location, version and what was stored."""
    answer = bridge.send("POST", "/Users", {"schemas": [USER], "userName": "jo", "password": "s3cret-Pass"})

    document = read(answer)
    location = f"{HOST}/scim2/Users/{document['id']}"
    assert answer.status_code == 201
    assert answer.content_type == "application/scim+json"
    assert (answer.headers["Location"], document["meta"]["location"]) == (location, location)
    assert document["schemas"] == [USER]
    assert document["userName"] == "jo"
    assert "password" not in document


def test_a_read_answers_the_version(bridge: Bridge) -> None:
    """RFC 7644 §3.14: the ETag is the resource's meta.version."""
    made = bridge.user("jo")

    answer = bridge.get(f"/Users/{made['id']}")

    assert answer.status_code == 200
    assert answer.headers["ETag"] == read(answer)["meta"]["version"] == made["meta"]["version"]
    assert answer.headers["ETag"].startswith('"')


def test_head_is_get_without_a_body(bridge: Bridge) -> None:
    """RFC 9110 §9.3.2."""
    path = f"/Users/{bridge.user('jo')['id']}"

    got, head = bridge.get(path), bridge.send("HEAD", path)

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == got.headers["ETag"]
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


def test_a_put_answers_the_resource(bridge: Bridge) -> None:
    """RFC 7644 §3.5.1: 200, and what was not sent is gone."""
    made = bridge.user("jo", title="Boss", displayName="Jo")

    answer = bridge.send("PUT", f"/Users/{made['id']}", {"userName": "jo", "displayName": "Jo"})

    assert answer.status_code == 200
    assert "title" not in read(answer)
    assert answer.headers["ETag"] == read(answer)["meta"]["version"] != made["meta"]["version"]


def test_a_user_patch_answers_the_user(bridge: Bridge) -> None:
    """A user is small: 200 with all of it."""
    made = bridge.user("jo")

    answer = bridge.patch(f"/Users/{made['id']}", RENAME)

    assert answer.status_code == 200
    assert read(answer)["displayName"] == "Other"
    assert answer.headers["ETag"] == read(answer)["meta"]["version"]


def test_a_group_patch_answers_nothing(bridge: Bridge) -> None:
    """A group may be huge: 204, with the new version."""
    made = bridge.group("Team", bridge.user("jo")["id"])

    answer = bridge.patch(f"/Groups/{made['id']}", RENAME)

    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert answer.headers["ETag"] == bridge.get(f"/Groups/{made['id']}").headers["ETag"]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("attributes=displayName", {"schemas", "id", "displayName"}),
        ("excludedAttributes=members,meta", {"schemas", "id", "displayName"}),
        ("attributes=members", {"schemas", "id", "members"}),
    ],
)
def test_a_group_patch_answers_what_is_asked_for(bridge: Bridge, query: str, keys: set[str]) -> None:
    """Whoever names attributes wants to see them."""
    made = bridge.group("Team", bridge.user("jo")["id"])

    answer = bridge.patch(f"/Groups/{made['id']}?{query}", RENAME)

    assert answer.status_code == 200
    assert read(answer).keys() == keys


def test_a_delete_is_final(bridge: Bridge) -> None:
    """RFC 7644 §3.6: 204, then 404, and the name is free."""
    path = f"/Users/{bridge.user('jo')['id']}"

    answer = bridge.send("DELETE", path)

    assert (answer.status_code, answer.data) == (204, b"")
    assert problem(bridge.get(path)) == (404, None)
    assert bridge.user("jo")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "GET"])
def test_every_answer_can_be_projected(bridge: Bridge, method: str) -> None:
    """Attributes holds for whatever answers a resource."""
    made = bridge.user("jo", title="Boss")
    path = "/Users" if method == "POST" else f"/Users/{made['id']}"
    bodies = {
        "POST": {"userName": "another"},
        "PUT": {"userName": "jo"},
        "PATCH": {"Operations": [RENAME]},
    }

    answer = bridge.send(method, f"{path}?attributes=userName", bodies.get(method))

    assert read(answer).keys() == {"schemas", "id", "userName"}
    assert answer.headers["ETag"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("{", (400, "invalidSyntax"), id="no JSON"),
        pytest.param("", (400, "invalidSyntax"), id="nothing"),
        pytest.param("[]", (400, "invalidSyntax"), id="no object"),
        pytest.param({"schemas": [USER]}, (400, "invalidValue"), id="no userName"),
        pytest.param({"userName": 5}, (400, "invalidValue"), id="number"),
        pytest.param({"userName": "jo", "active": "maybe"}, (400, "invalidValue"), id="boolean"),
        pytest.param({"userName": "jo", "name": "Jo"}, (400, "invalidValue"), id="complex"),
        pytest.param({"userName": "TAKEN"}, (409, "uniqueness"), id="taken"),
        pytest.param(
            {"userName": "jo", ENTERPRISE: {"manager": {"value": "nobody"}}},
            (400, "invalidValue"),
            id="manager",
        ),
    ],
)
def test_a_bad_create_is_refused(bridge: Bridge, body: object, expected: tuple[int, str]) -> None:
    """Each mistake has its status and scimType."""
    bridge.user("taken")

    assert problem(bridge.send("POST", "/Users", body)) == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        pytest.param({"op": "remove"}, (400, "noTarget"), id="remove everything"),
        pytest.param({"op": "move", "path": "title"}, (400, "invalidSyntax"), id="op"),
        pytest.param({"op": "add", "path": "nothing", "value": "x"}, (400, "invalidPath"), id="path"),
        pytest.param({"op": "add", "path": "a..b", "value": "x"}, (400, "invalidPath"), id="broken path"),
        pytest.param({"op": "replace", "path": "id", "value": "x"}, (400, "mutability"), id="read-only"),
        pytest.param({"op": "remove", "path": "userName"}, (400, "mutability"), id="required"),
        pytest.param({"op": "replace", "path": "active", "value": "yes"}, (400, "invalidValue"), id="value"),
        pytest.param(
            {"op": "replace", "path": 'emails[type eq "home"].value', "value": "x"},
            (400, "noTarget"),
            id="no element",
        ),
    ],
)
def test_a_bad_patch_is_refused(bridge: Bridge, operation: dict[str, str], expected: tuple[int, str]) -> None:
    """Each mistake has its scimType, and nothing is changed."""
    made = bridge.user("jo")

    answer = bridge.patch(f"/Users/{made['id']}", RENAME, operation)

    assert problem(answer) == expected
    assert read(bridge.get(f"/Users/{made['id']}")) == made


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("resource_id", ["2819c223-7f76-453a-919d-413861904646", "nobody", "*", "a;b", "%25"])
def test_who_does_not_exist_is_404(bridge: Bridge, method: str, resource_id: str) -> None:
    """Whatever the id looks like."""
    bodies = {"PUT": {"userName": "jo"}, "PATCH": {"Operations": [RENAME]}}

    answer = bridge.send(method, f"/Users/{resource_id}", bodies.get(method))

    assert problem(answer) == (404, None)


def test_ids_of_another_type_are_404(bridge: Bridge) -> None:
    """A user is no group."""
    made = bridge.user("jo")

    assert problem(bridge.get(f"/Groups/{made['id']}")) == (404, None)


def test_both_base_paths_are_the_same(bridge: Bridge) -> None:
    """/scim/v2 is /scim2, and its answers stay below it."""
    other = bridge.at("/scim/v2")
    made = other.create("/Groups", schemas=[GROUP], displayName="Team")

    assert made["meta"]["location"] == f"{HOST}/scim/v2/Groups/{made['id']}"
    assert bridge.found("/Groups") == other.found("/Groups") == ["Team"]


def test_a_reference_may_be_a_uri_alone(bridge: Bridge) -> None:
    """RFC 7643 §2.3.7: $ref says who is meant, absolute or relative."""
    jo, al = bridge.user("jo"), bridge.user("al")

    made = bridge.create("/Groups", displayName="Team", members=[{"$ref": jo["meta"]["location"]}])
    bridge.patch(
        f"/Groups/{made['id']}", {"op": "add", "path": "members", "value": [{"$ref": f"../Users/{al['id']}"}]}
    )

    assert {each["display"] for each in read(bridge.get(f"/Groups/{made['id']}"))["members"]} == {"jo", "al"}
