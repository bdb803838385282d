"""Each characteristic of a schema (RFC 7643 §2.2, §7) is in force over HTTP: in writing, reading, filters and projections."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from app.store.loading import parse
from app.testing.slapd import Slapd
from tests.web.scim.bridge import Bridge, make_bridge, problem, read

pytestmark = pytest.mark.directory
OWN = Path(__file__).parent / "robot_schemas"
ROBOT = "urn:example:params:scim:schemas:2.0:Robot"
ROBOT_MAP = """
kind: SchemaMap
name: robot
resource_type: Robot
entry:
  object_classes: [inetOrgPerson]
  scope: (objectClass=inetOrgPerson)
  rdn: cn
  parent: ou=Robots
  attributes: {sn: robot}
attributes:
  name: cn
  serial: employeeNumber
  code: carLicense
  label: displayName
  kind: employeeType
  grade: departmentNumber
  plant: roomNumber
  hours: {attribute: title, direction: to_scim}
  pin: {account: password}
  tag: o
  memo: physicalDeliveryOfficeName
  once: {attribute: preferredLanguage, write: create}
  seen: {attribute: initials, direction: to_scim}
  box.width: l
  box.depth: st
  box.owner: {attribute: businessCategory, direction: to_scim}
  links[front]: mail
  links[back]: {attribute: labeledURI, matching: caseExact}
"""
NUMBERS = count()


@pytest.fixture(scope="module")
def robots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Serve robots over a directory that has a place for them."""
    bodies = {
        "PRIMARY": {"maps": {"User": "openldap-user", "Robot": "robot"}},
        "demo": {"apis": {"SCIM2 Custom Resources API": "all"}},
    }
    added = parse(ROBOT_MAP, file="robot.yaml").documents
    with Slapd(tmp_path_factory.mktemp("robots")) as slapd:
        slapd.modify(f"dn: ou=Robots,{slapd.base_dn}\nobjectClass: organizationalUnit\nou: Robots\n")
        data = tmp_path_factory.mktemp("bridge")
        bridge = make_bridge(data, slapd, bodies=bodies, added=added, schemas=(OWN,))
        yield bridge.with_scopes(
            *(
                f"internal_custom_resource_mgt_{verb}"
                for verb in ("list", "view", "create", "update", "delete")
            )
        )
        bridge.close()


def made(robots: Bridge, **attributes: Any) -> tuple[str, dict[str, Any]]:
    """Create a robot; return its path, and what was answered."""
    found = robots.create("/Robots", **{"name": f"r{next(NUMBERS)}", **attributes})
    return f"/Robots/{found['id']}", found


def kept(robots: Bridge, path: str, **attributes: str) -> None:
    """Have the directory itself set something."""
    dn = f"cn={read(robots.get(path))['name']},ou=Robots,{robots.directory.base_dn}"
    lines = [f"dn: {dn}", "changetype: modify"]
    for name, value in attributes.items():
        lines += [f"replace: {name}", f"{name}: {value}", "-"]
    robots.directory.modify("\n".join(lines) + "\n")


def put(robots: Bridge, path: str, **changes: Any) -> Any:
    """Replace a robot by what it is, but for some changes; None leaves an attribute out."""
    body = {**read(robots.get(path)), **changes}
    return robots.send("PUT", path, {name: value for name, value in body.items() if value is not None})


def replace(robots: Bridge, path: str, attribute: str, value: Any) -> Any:
    """Change one attribute."""
    return robots.patch(path, {"op": "replace", "path": attribute, "value": value})


def announced(robots: Bridge) -> dict[str, dict[str, Any]]:
    """Return the attributes that /Schemas lists, and the sub-attributes."""
    found = {}
    for each in read(robots.get(f"/Schemas/{ROBOT}"))["attributes"]:
        found[each["name"]] = each
        found |= {f"{each['name']}.{part['name']}": part for part in each.get("subAttributes", [])}
    return found


class TestRequired:
    """``required`` demands a value, of resources and of complex values."""

    @pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": None}, {"name": "x", "box": {"depth": "1"}}])
    def test_in_a_post(self, robots: Bridge, body: dict[str, Any]) -> None:
        """A resource without it is not made."""
        before = robots.found("/Robots")

        assert problem(robots.send("POST", "/Robots", body)) == (400, "invalidValue")
        assert robots.found("/Robots") == before

    def test_in_a_put(self, robots: Bridge) -> None:
        """Nor does one lose it."""
        path, _ = made(robots, box={"width": "1"})

        assert problem(put(robots, path, name=None)) == (400, "invalidValue")
        assert problem(put(robots, path, box={"depth": "2"})) == (400, "invalidValue")

    @pytest.mark.parametrize("path", ["name", "box.width"])
    def test_in_a_patch(self, robots: Bridge, path: str) -> None:
        """RFC 7644 §3.5.2.2: to remove it is an error of mutability."""
        where, robot = made(robots, box={"width": "1"})

        assert problem(robots.patch(where, {"op": "remove", "path": path})) == (400, "mutability")
        assert read(robots.get(where)) == robot


class TestCaseExact:
    """``caseExact`` says whether case counts in filters, in comparisons and in what is unique."""

    @pytest.mark.parametrize(
        ("condition", "is_found"),
        [
            pytest.param('label eq "MiXed"', True, id="the same"),
            pytest.param('label eq "mixed"', True, id="another case"),
            pytest.param('label sw "MIX"', True, id="beginning"),
            pytest.param('label ne "MIXED"', False, id="not"),
            pytest.param('code eq "MiXed"', True, id="exact, the same"),
            pytest.param('code eq "mixed"', False, id="exact, another case"),
            pytest.param('code sw "MIX"', False, id="exact, beginning"),
            pytest.param('code ne "MIXED"', True, id="exact, not"),
            pytest.param('code co "iX"', True, id="exact, part"),
        ],
    )
    def test_in_filters(self, robots: Bridge, condition: str, *, is_found: bool) -> None:
        """A directory that knows no case is held to it."""
        if not robots.found('/Robots?filter=name eq "cased"'):
            made(robots, name="cased", label="MiXed", code="MiXed")

        found = robots.found(f'/Robots?filter=name eq "cased" and {condition}&attributes=id')

        assert len(found) == is_found

    def test_in_patches(self, robots: Bridge) -> None:
        """Another case is another value where case counts; where it does not, what is sent is kept all the same."""
        path, _ = made(robots, label="one", code="patch")

        assert read(replace(robots, path, "label", "ONE"))["label"] == "ONE"
        assert read(replace(robots, path, "code", "PATCH"))["code"] == "PATCH"


class TestUniqueness:
    """``uniqueness`` refuses a value that another resource of the domain has."""

    @pytest.mark.parametrize(
        ("attribute", "value", "other"),
        [
            pytest.param("serial", "S-1", "S-1", id="server"),
            pytest.param("serial", "S-2", "s-2", id="another case"),
            pytest.param("code", "C-1", "C-1", id="exact"),
            pytest.param(
                "links", [{"value": "a@x", "type": "front"}], [{"value": "A@x", "type": "front"}], id="part"
            ),
            pytest.param(
                "links", [{"value": "b@x", "type": "front"}], [{"value": "b@X", "type": "back"}], id="type"
            ),
            pytest.param(
                "links", [{"value": "c@x", "type": "back"}], [{"value": "C@X", "type": "back"}], id="back"
            ),
        ],
    )
    def test_is_in_force(self, robots: Bridge, attribute: str, value: Any, other: Any) -> None:
        """In a POST, a PUT and a PATCH; nothing has changed then, and its own value is no other's."""
        path, robot = made(robots, **{attribute: value})
        elsewhere, second = made(robots)
        number = len(robots.found("/Robots"))

        answers = [
            robots.send("POST", "/Robots", {"name": "third", attribute: other}),
            put(robots, elsewhere, **{attribute: other}),
            replace(robots, elsewhere, attribute, other),
        ]

        assert [problem(answer) for answer in answers] == [(409, "uniqueness")] * 3
        assert all(read(answer)["detail"].startswith(attribute) for answer in answers)
        assert read(robots.get(elsewhere)) == second
        assert len(robots.found("/Robots")) == number
        assert put(robots, path).status_code == replace(robots, path, attribute, value).status_code == 200
        assert read(robots.get(path)) == robot

    @pytest.mark.parametrize(
        ("attribute", "value", "other"),
        [
            pytest.param("label", "same", "same", id="none"),
            pytest.param("code", "D-1", "d-1", id="case counts"),
        ],
    )
    def test_no_more_than_that(self, robots: Bridge, attribute: str, value: str, other: str) -> None:
        """What need not be unique may be had twice, and another case is another value where case counts."""
        made(robots, **{attribute: value})
        _, second = made(robots, **{attribute: other})

        assert second[attribute] == other

    def test_what_was_given_up_is_free(self, robots: Bridge) -> None:
        """For others."""
        path, _ = made(robots, serial="free")
        robots.patch(path, {"op": "remove", "path": "serial"})

        assert made(robots, serial="free")[1]["serial"] == "free"


class TestMutability:
    """``mutability`` says what clients may write, by the schema and by the map."""

    @pytest.mark.parametrize("attribute", ["hours", "seen"])
    def test_read_only(self, robots: Bridge, attribute: str) -> None:
        """Ignored in POST and PUT, refused in PATCH; found by filters."""
        path, robot = made(robots, **{attribute: "mine"})
        kept(robots, path, title="42", initials="X")
        theirs = read(robots.get(path))

        refused = [
            replace(robots, path, attribute, "9"),
            robots.patch(path, {"op": "remove", "path": attribute}),
        ]
        answered = read(put(robots, path, **{attribute: "9", "label": "new"}))

        assert announced(robots)[attribute]["mutability"] == "readOnly"
        assert attribute not in robot
        assert [problem(answer) for answer in refused] == [(400, "mutability")] * 2
        assert answered[attribute] == theirs[attribute] in {"42", "X"}
        assert len(
            robots.found(f'/Robots?filter={attribute} eq "{theirs[attribute]}" and name eq "{robot["name"]}"')
        )

    def test_read_only_part(self, robots: Bridge) -> None:
        """The same for a sub-attribute whose siblings can be written."""
        path, robot = made(robots, box={"width": "1", "owner": "me"})
        kept(robots, path, businessCategory="them")

        assert robot["box"] == {"width": "1"}
        assert problem(replace(robots, path, "box.owner", "me")) == (400, "mutability")
        assert read(put(robots, path, box={"width": "2", "owner": "me"}))["box"] == {
            "width": "2",
            "owner": "them",
        }
        assert announced(robots)["box.owner"]["mutability"] == "readOnly"
        assert (
            announced(robots)["box"]["mutability"]
            == announced(robots)["box.width"]["mutability"]
            == "readWrite"
        )

    def test_immutable(self, robots: Bridge) -> None:
        """Set once, whenever that is; another value is refused, the same one is not."""
        path, robot = made(robots, plant="north")
        later, _ = made(robots)

        others = [
            replace(robots, path, "plant", "south"),
            robots.patch(path, {"op": "remove", "path": "plant"}),
            put(robots, path, plant="south"),
        ]

        assert [problem(answer) for answer in others] == [(400, "mutability")] * 3
        assert read(replace(robots, path, "plant", "north")) == robot
        assert read(put(robots, path, plant=None)) == robot
        assert read(replace(robots, later, "plant", "east"))["plant"] == "east"
        assert problem(replace(robots, later, "plant", "west")) == (400, "mutability")

    def test_written_once_by_the_map(self, robots: Bridge) -> None:
        """It is announced as immutable, and what clients say of it later is passed over, as such maps want it."""
        path, robot = made(robots, once="first")

        assert announced(robots)["once"]["mutability"] == "immutable"
        assert robot["once"] == "first"
        assert read(replace(robots, path, "once", "second"))["once"] == "first"
        assert read(put(robots, path, once="second"))["once"] == "first"

    def test_write_only(self, robots: Bridge) -> None:
        """It can be set at any time, and neither read, nor sought, nor sorted by."""
        path, robot = made(robots, pin="one secret")

        changed = replace(robots, path, "pin", "another secret")

        assert "pin" not in robot
        assert changed.status_code == 200
        for answer in (
            changed,
            robots.get(f"{path}?attributes=pin"),
            robots.get("/Robots?attributes=pin,name"),
        ):
            assert "pin" not in answer.text.replace("spin", "")
        assert problem(robots.get('/Robots?filter=pin eq "another secret"')) == (400, "invalidFilter")
        assert problem(robots.get("/Robots?filter=pin pr")) == (400, "invalidFilter")
        assert problem(robots.get("/Robots?sortBy=pin")) == (400, "invalidValue")


class TestReturned:
    """``returned`` says which attributes an answer has."""

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            pytest.param("", {"name", "label", "tag", "box.width"}, id="default"),
            pytest.param("attributes=label", {"label", "tag"}, id="attributes"),
            pytest.param("attributes=memo", {"memo", "tag"}, id="request"),
            pytest.param("attributes=box.depth", {"tag", "box.depth"}, id="part on request"),
            pytest.param("attributes=box", {"tag", "box.width"}, id="whole"),
            pytest.param("attributes=pin", {"tag"}, id="never"),
            pytest.param("excludedAttributes=tag,label,id", {"name", "tag", "box.width"}, id="always"),
            pytest.param("excludedAttributes=box.width", {"name", "label", "tag"}, id="part excluded"),
        ],
    )
    @pytest.mark.parametrize("way", ["resource", "list", "search"])
    def test_in_answers(self, robots: Bridge, way: str, query: str, shown: set[str]) -> None:
        """For one, for a list, and for a search by POST."""
        everything = {"label": "l", "tag": "t", "memo": "m", "pin": "p", "box": {"width": "1", "depth": "2"}}
        path, robot = made(robots, **everything)
        condition = f'id eq "{robot["id"]}"'
        name, _, value = query.partition("=")
        body = {"filter": condition, **({name: value.split(",")} if name else {})}

        if way == "resource":
            found = read(robots.get(f"{path}?{query}"))
        elif way == "list":
            [found] = read(robots.get(f"/Robots?filter={condition}&{query}"))["Resources"]
        else:
            [found] = read(robots.send("POST", "/Robots/.search", body))["Resources"]

        assert found["id"] == robot["id"]
        assert shown_paths(found) == shown

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
    def test_in_answers_to_writes(self, robots: Bridge, method: str) -> None:
        """RFC 7643 §7: what is returned on request is returned to the request that set it, and to no other."""
        path, robot = made(robots, memo="one")

        if method == "PUT":
            answer = read(put(robots, path, memo="two"))
        else:
            answer = read(replace(robots, path, "memo", "two")) if method == "PATCH" else robot

        assert "memo" in answer
        assert "memo" not in read(replace(robots, path, "label", "x"))
        assert "memo" not in read(robots.get(path))


class TestCanonicalValues:
    """``canonicalValues`` are suggestions: written as the schema has them, where case says nothing, and beside others."""

    @pytest.mark.parametrize(
        ("attribute", "value", "expected"),
        [
            pytest.param("kind", "Welder", "Welder", id="canonical"),
            pytest.param("kind", "wELDER", "Welder", id="another case"),
            pytest.param("kind", "Riveter", "Riveter", id="another"),
            pytest.param("grade", "B", "B", id="case counts"),
        ],
    )
    def test_in_writes(self, robots: Bridge, attribute: str, value: str, expected: str) -> None:
        """In a POST, a PUT and a PATCH."""
        path, robot = made(robots, **{attribute: value})

        assert robot[attribute] == expected
        assert read(replace(robots, path, attribute, value.upper()))[attribute].lower() == expected.lower()
        assert read(put(robots, path, **{attribute: value}))[attribute] == expected
        assert robots.found(f'/Robots?filter={attribute} eq "{expected}"')

    def test_of_elements(self, robots: Bridge) -> None:
        """The type of an element is one, in values and in filters; a type that the map has no place for is left out."""
        path, robot = made(robots, links=[{"value": "x@y", "type": "FRONT"}, {"value": "z", "type": "side"}])

        added = robots.patch(path, {"op": "add", "path": 'links[type eq "Back"].value', "value": "uri"})

        assert [each["type"] for each in robot["links"]] == ["front"]
        assert {each["type"] for each in read(added)["links"]} == {"front", "back"}
        assert announced(robots)["links.type"]["canonicalValues"] == ["front", "back"]


def shown_paths(found: dict[str, Any]) -> set[str]:
    """Return which of a robot's own attributes are shown, and which sub-attributes."""
    paths = set()
    for name, value in found.items():
        if name not in {"id", "schemas", "meta"}:
            paths |= {f"{name}.{part}" for part in value} if isinstance(value, dict) else {name}
    return paths
