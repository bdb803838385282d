"""No condition is dropped: what a directory finds, less the residue, is what SCIM means by the filter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.directory.dialects.base import Account, Dialect
from app.directory.dn import Dn, Rdn
from app.directory.ldap.client import LdapDirectory
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Search
from app.directory.port import Directory
from app.mapping.filters import compile_filter
from app.mapping.model import SchemaMap
from app.mapping.translate import to_image, to_resource
from app.scim.errors import InvalidFilter
from app.scim.filters.evaluate import matches
from app.scim.filters.nodes import And, Comparison, Filter, Not, Operator, Or, Present, ValuePath
from app.scim.filters.resolve import resolve
from app.scim.path import AttributePath
from app.scim.resource import Resource
from app.testing.slapd import Slapd
from tests.directory.conftest import settings_of
from tests.mapping.samples import (
    BASE,
    CODED_MAP,
    DIALECT,
    GERMAN,
    JOBS,
    MOMENTS,
    NEWER_MAP,
    PHONES,
    PICTURES,
    ROBOT_MAP,
    TEXTS,
    USER_MAP,
    add,
    coded_entries,
    hostile_users,
    newer_entries,
)
from tests.scim.samples import ENTERPRISE, robot

PEOPLE = BASE.below(Rdn.of("ou", "People"))


@dataclass(frozen=True, repr=False)
class Population:
    """A directory, a map, and the resources that it makes of the entries."""

    directory: Directory
    base: Dn
    schema_map: SchemaMap
    resources: Mapping[Dn, Resource]
    dialect: Dialect = DIALECT

    def find(self, node: Filter) -> set[Dn]:
        """Search as the service does: by the directory's filter, then by the residue."""
        compiled = compile_filter(node, self.schema_map, self.dialect)
        wanted = (self.dialect.id_attribute,)
        found = self.directory.search(Search(self.base, "one", compiled.filter, wanted))
        names = {entry.dn for entry in found}
        if compiled.residue is None:
            return names
        return {name for name in names if matches(compiled.residue, self.resources[name])}

    def expect(self, node: Filter) -> set[Dn]:
        """Hold every resource against the filter."""
        return {name for name, resource in self.resources.items() if matches(node, resource)}


_ATTRIBUTES = (
    *USER_MAP.directory_attributes(lambda _path: True),
    *ROBOT_MAP.directory_attributes(lambda _path: True),
    *CODED_MAP.directory_attributes(lambda _path: True),
    *NEWER_MAP.directory_attributes(lambda _path: True),
    "entryUUID",
    "entryCSN",
    "createTimestamp",
    "modifyTimestamp",
    "pwdAccountLockedTime",
)


def populate(directory: Directory, schema_map: SchemaMap, added: list[Add], base: Dn) -> Population:
    """Fill a directory."""
    for entry in added:
        directory.execute(entry)
    found = directory.search(Search(base, "one", attributes=_ATTRIBUTES))
    resources = {entry.dn: to_resource(schema_map, entry, DIALECT) for entry in found}
    return Population(directory, base, schema_map, resources)


def populate_beside(
    directory: Directory, schema_map: SchemaMap, added: list[Add], container: str
) -> Population:
    """Fill a container of its own, for directories that hold other populations, too."""
    place = PEOPLE.below(Rdn.of("ou", container))
    made = Add(place, {"objectClass": (b"organizationalUnit",), "ou": (container.encode(),)})
    moved = [Add(place.below(each.dn.rdn), each.attributes) for each in added]
    return populate(directory, schema_map, [made, *moved], place)


def accounts() -> list[Add]:
    """Describe the hostile users' entries."""
    made = []
    for resource in hostile_users():
        account = Account(enabled=to_image(USER_MAP, resource).account.enabled)
        made += [
            entry for entry in DIALECT.create(add(USER_MAP, resource), account) if isinstance(entry, Add)
        ]
    return made


@pytest.fixture(scope="module")
def in_memory() -> Population:
    """Give hostile users in memory."""
    directory = MemoryDirectory(BASE)
    directory.execute(Add(PEOPLE, {"ou": (b"People",)}))
    return populate(directory, USER_MAP, accounts(), PEOPLE)


@pytest.fixture(scope="module")
def real(slapd: Slapd) -> Iterator[LdapDirectory]:
    """Give a real server, for populations that stand beside each other."""
    slapd.clear()
    directory = LdapDirectory(settings_of(slapd, page_size=500))
    yield directory
    slapd.clear()
    directory.close()


@pytest.fixture(scope="module")
def on_slapd(real: LdapDirectory) -> Population:
    """Give hostile users on a real server."""
    return populate_beside(real, USER_MAP, accounts(), "Hostile")


@pytest.fixture(scope="module")
def robots() -> Population:
    """Give robots, who have numbers and lists, in memory."""
    directory = MemoryDirectory(BASE)
    made = [
        robot(serial="r2", wheels=3, weight=3.0, tags=["blue", "White"], on=False, firmware="AAEC"),
        robot(serial="c3", wheels=-1, weight=2.5, tags=["straße"], on=True),
        robot(serial="b8", wheels=0, on=True, firmware="AA=="),
        robot(serial="x"),
    ]
    return populate(directory, ROBOT_MAP, [add(ROBOT_MAP, each) for each in made], BASE)


@pytest.fixture(scope="module")
def coded() -> Population:
    """Give users whose values are transformed, in memory."""
    directory = MemoryDirectory(BASE)
    directory.execute(Add(PEOPLE, {"ou": (b"People",)}))
    return populate(directory, CODED_MAP, coded_entries(), PEOPLE)


@pytest.fixture(scope="module")
def coded_on_slapd(real: LdapDirectory) -> Population:
    """Give users whose values are transformed, on a real server."""
    return populate_beside(real, CODED_MAP, coded_entries(), "Coded")


def _cut(text: str) -> st.SearchStrategy[str]:
    ends = st.integers(0, len(text))
    return st.tuples(ends, ends).map(lambda cut: text[min(cut) : max(cut)])


_texts = st.sampled_from(TEXTS).flatmap(lambda text: st.just(text) | _cut(text) | st.just(text.upper()))
_phones = st.sampled_from(PHONES).flatmap(lambda text: st.just(text) | _cut(text))
_any_text = (
    _texts | _phones | st.sampled_from(["U1@example.org", "any@X", "1", "work", "fax", "http://x/", "\ud800"])
)
_TEXT_PATHS = [
    AttributePath("userName"),
    AttributePath("name", "familyName"),
    AttributePath("name", "formatted"),
    AttributePath("displayName"),
    AttributePath("nickName"),
    AttributePath("profileUrl"),
    AttributePath("emails"),
    AttributePath("emails", "type"),
    AttributePath("emails", "display"),
    AttributePath("phoneNumbers", "value"),
    AttributePath("addresses", "locality"),
    AttributePath("addresses", "formatted"),
    AttributePath("addresses", "type"),
    AttributePath("department", None, ENTERPRISE),
    AttributePath("employeeNumber", None, ENTERPRISE),
    AttributePath("id"),
    AttributePath("schemas"),
    AttributePath("meta", "resourceType"),
    AttributePath("externalId"),
]
_OTHER_PATHS = [
    AttributePath("name"),
    AttributePath("addresses"),
    AttributePath("active"),
    AttributePath("emails", "primary"),
    AttributePath("meta"),
    AttributePath("meta", "created"),
    AttributePath("meta", "version"),
]
_ORDER: list[Operator] = ["eq", "ne", "gt", "ge", "lt", "le"]
_times = st.sampled_from(["2011-05-13T04:42:34Z", "2999-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"])
_tests: st.SearchStrategy[Filter] = st.one_of(
    st.builds(
        Comparison, st.sampled_from(_TEXT_PATHS), st.sampled_from([*_ORDER, "co", "sw", "ew"]), _any_text
    ),
    st.builds(Comparison, st.sampled_from(_TEXT_PATHS), st.sampled_from(["eq", "co", "sw", "ew"]), _texts),
    st.builds(Comparison, st.just(AttributePath("active")), st.sampled_from(["eq", "ne"]), st.booleans()),
    st.builds(Comparison, st.just(AttributePath("emails", "primary")), st.just("eq"), st.booleans()),
    st.builds(Comparison, st.just(AttributePath("meta", "created")), st.sampled_from(_ORDER), _times),
    st.builds(Comparison, st.sampled_from(_TEXT_PATHS[:6]), st.sampled_from(["eq", "ne"]), st.none()),
    st.builds(Present, st.sampled_from(_TEXT_PATHS + _OTHER_PATHS)),
)
_elements = {
    "emails": ["value", "type"],
    "phoneNumbers": ["value", "type"],
    "addresses": ["locality", "formatted", "type"],
}


def _value_path(name: str) -> st.SearchStrategy[Filter]:
    subs = st.sampled_from([AttributePath(sub) for sub in _elements[name]])
    tests = st.builds(Comparison, subs, st.sampled_from([*_ORDER, "co", "sw"]), _any_text) | st.builds(
        Present, subs
    )
    return st.builds(ValuePath, st.just(AttributePath(name)), st.recursive(tests, _joined, max_leaves=3))


def _joined(below: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(below, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, below)


filters = st.recursive(
    _tests | st.sampled_from(sorted(_elements)).flatmap(_value_path), _joined, max_leaves=4
)


def holds(population: Population, condition: Filter) -> None:
    """Hold what a search finds against what the filter means."""
    try:
        node = resolve(condition, population.schema_map.resource_type)
    except InvalidFilter:
        return
    assert population.find(node) == population.expect(node)


often = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])


@often
@given(condition=filters)
def test_in_memory(in_memory: Population, condition: Filter) -> None:
    """In memory, a search finds what the filter means."""
    holds(in_memory, condition)


@pytest.mark.directory
@often
@given(condition=filters)
def test_on_slapd(on_slapd: Population, condition: Filter) -> None:
    """On a real server, a search finds what the filter means."""
    holds(on_slapd, condition)


@pytest.mark.directory
@pytest.mark.parametrize("operator", ["eq", "co", "sw", "ew"])
@pytest.mark.parametrize(
    "path", [AttributePath("name", "formatted"), AttributePath("phoneNumbers", "value")], ids=str
)
def test_every_text_on_slapd(on_slapd: Population, path: AttributePath, operator: Operator) -> None:
    """Every hostile text, and each of its ends, is found on a real server as in memory."""
    ends = [(text, text[:1], text[-1:], text[:-1], text[1:]) for text in (*TEXTS, *PHONES)]
    for text in sorted({part for parts in ends for part in parts}):
        holds(on_slapd, Comparison(path, operator, text))


_numbers = st.integers(-2, 4) | st.sampled_from([2.5, 3.0, -0.5])
_robot_tests: st.SearchStrategy[Filter] = st.one_of(
    st.builds(
        Comparison,
        st.sampled_from([AttributePath("wheels"), AttributePath("weight")]),
        st.sampled_from(_ORDER),
        _numbers,
    ),
    st.builds(Comparison, st.just(AttributePath("on")), st.sampled_from(["eq", "ne"]), st.booleans()),
    st.builds(
        Comparison,
        st.just(AttributePath("firmware")),
        st.sampled_from(["eq", "ne"]),
        st.sampled_from(["AAEC", "AA==", "%"]),
    ),
    st.builds(
        Comparison,
        st.just(AttributePath("tags")),
        st.sampled_from(["eq", "co", "gt"]),
        st.sampled_from(["blue", "w", "STRASSE"]),
    ),
    st.builds(
        ValuePath,
        st.just(AttributePath("tags")),
        st.builds(
            Comparison,
            st.just(AttributePath("value")),
            st.sampled_from(["eq", "sw", "ne"]),
            st.sampled_from(["white", "b"]),
        ),
    ),
    st.builds(
        Present,
        st.sampled_from([AttributePath(name) for name in ("wheels", "on", "tags", "firmware", "weight")]),
    ),
)


@often
@given(condition=st.recursive(_robot_tests, _joined, max_leaves=4))
def test_robots(robots: Population, condition: Filter) -> None:
    """Numbers, booleans, bytes and lists are found by what they mean."""
    holds(robots, condition)


_CODED_PATHS = [
    *(AttributePath(name) for name in ("displayName", "title", "nickName", "userType")),
    AttributePath("name", "familyName"),
    AttributePath("department", None, ENTERPRISE),
]
_coded_texts = _any_text | st.sampled_from(["Any", "é", "e", "t-", "t-s", "@x.org", "x@x", "smithx", "d", ""])
_coded_tests: st.SearchStrategy[Filter] = st.one_of(
    st.builds(
        Comparison, st.sampled_from(_CODED_PATHS), st.sampled_from([*_ORDER, "co", "sw", "ew"]), _coded_texts
    ),
    st.builds(Present, st.sampled_from(_CODED_PATHS)),
)
_coded = st.recursive(_coded_tests, _joined, max_leaves=4)


@often
@given(condition=_coded)
def test_transforms(coded: Population, condition: Filter) -> None:
    """Transformed values are found by what they mean."""
    holds(coded, condition)


@pytest.mark.directory
@often
@given(condition=_coded)
def test_transforms_on_slapd(coded_on_slapd: Population, condition: Filter) -> None:
    """Transformed values are found by what they mean on a real server, too."""
    holds(coded_on_slapd, condition)


@pytest.mark.directory
@pytest.mark.parametrize("operator", ["eq", "co", "sw", "ew"])
@pytest.mark.parametrize("path", _CODED_PATHS, ids=str)
def test_every_transform_on_slapd(
    coded_on_slapd: Population, path: AttributePath, operator: Operator
) -> None:
    """Every hostile text, and each of its ends, is found through every transform."""
    ends = [(text, text[:1], text[-1:], text[:-1], text[1:], f"{text}x") for text in (*TEXTS, "any", "t-")]
    for text in sorted({part for parts in ends for part in parts}):
        holds(coded_on_slapd, Comparison(path, operator, text))


_NEWER_PATHS = [
    *(AttributePath(name) for name in ("nickName", "title", "locale")),
    *(AttributePath(name, "value") for name in ("phoneNumbers", "photos", "emails")),
]
_newer_values = [
    *MOMENTS,
    *PICTURES,
    *GERMAN,
    *JOBS,
    "+4930123456",
    "ALL@x",
    "n1@x",
    "SIP:x@x",
    "Nick1",
    "newer3-nick",
]
_newer_texts = st.sampled_from(_newer_values).flatmap(lambda text: st.just(text) | _cut(text))
_newer: st.SearchStrategy[Filter] = st.recursive(
    st.one_of(
        st.builds(
            Comparison,
            st.sampled_from(_NEWER_PATHS),
            st.sampled_from([*_ORDER, "co", "sw", "ew"]),
            _newer_texts,
        ),
        st.builds(Comparison, st.just(AttributePath("active")), st.sampled_from(["eq", "ne"]), st.booleans()),
        st.builds(Present, st.sampled_from([*_NEWER_PATHS, AttributePath("active")])),
    ),
    _joined,
    max_leaves=4,
)


@pytest.fixture(scope="module")
def newer_on_slapd(real: LdapDirectory) -> Population:
    """Give users whose values are transformed in the newer ways, or generated, on a real server."""
    return populate_beside(real, NEWER_MAP, newer_entries(), "Newer")


@pytest.mark.directory
@often
@given(condition=_newer)
def test_newer_transforms_on_slapd(newer_on_slapd: Population, condition: Filter) -> None:
    """Moments, bits, numbers of telephones, pictures and what was generated are found by what they mean, too."""
    holds(newer_on_slapd, condition)
