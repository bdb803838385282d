"""What every directory behind the port does alike. ``test_memory``, ``ldap/test_client`` and ``ldap/test_samba`` run it.

What products call things, and whether they tell what has become of an entry, the ground describes.
"""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.directory.dn import Dn, Rdn
from app.directory.errors import (
    AssertionFailed,
    EntryExists,
    InvalidCredentials,
    NoSuchEntry,
    NoSuchValue,
    NotALeaf,
    SchemaViolation,
    ValueExists,
)
from app.directory.filters import (
    And,
    Equals,
    Everything,
    Filter,
    GreaterOrEqual,
    LessOrEqual,
    Not,
    Nothing,
    Or,
    Present,
    Substrings,
)
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Rename, Search
from tests.directory.conftest import Ground

HOSTILE = [
    "*",
    "(a)",
    "a\\b",
    'say "hi"',
    "a,b+c=d<e>f;g#h",
    "# first",
    "Ünïcødé 😀",
    "עברית",
    "a" * 1000,
    "nul\0",
]


def person(ground: Ground, uid: str, /, **attributes: Sequence[str]) -> Add:
    """Describe a person to add."""
    values = {name: tuple(value.encode() for value in found) for name, found in attributes.items()}
    defaults = {
        "objectClass": (ground.ways.person.encode(),),
        "cn": (uid.encode(),),
        "sn": (b"Doe",),
        "uid": (uid.encode(),),
    }
    return Add(ground.people.below(named(ground, uid)), defaults | values)


def named(ground: Ground, name: str) -> Rdn:
    """Name a person as the product does."""
    return Rdn.of(ground.ways.naming, name)


def carry_out(ground: Ground, operation: Operation, *attributes: str) -> Entry | None:
    """Carry out an operation and return the entry as it is afterwards; read it where the product does not tell."""
    entry = ground.directory.execute(operation, read_back=attributes)
    if ground.ways.reads_back:
        return entry
    assert entry is None
    dn = operation.new_dn if isinstance(operation, Rename) else operation.dn
    return next(ground.directory.search(Search(dn, "base", attributes=attributes)))


def find(ground: Ground, wanted: Filter, *attributes: str) -> list[Entry]:
    """Find people."""
    names = attributes or (ground.ways.naming,)
    return list(ground.directory.search(Search(ground.people, "one", wanted, names)))


def uids(ground: Ground, found: Sequence[Entry]) -> set[str | None]:
    """Name the people found."""
    return {entry.text(ground.ways.naming) for entry in found}


class DirectoryContract:
    """The tests; subclasses give the fixture ``ground``."""

    def test_add_is_read_back(self, ground: Ground) -> None:
        """An added entry comes back with id and version, or None where the server cannot."""
        ways = ground.ways

        entry = carry_out(ground, person(ground, "jo"), "uid", ways.id, ways.version)

        assert entry is not None
        assert entry.text("uid") == "jo"
        assert len(entry.first(ways.id) or b"") == ways.id_length
        assert entry.first(ways.version)

    def test_only_what_is_asked_for_comes_back(self, ground: Ground) -> None:
        """A search returns the attributes named and no others."""
        ground.directory.execute(person(ground, "jo", mail=["jo@example.org"]))

        found = find(ground, Equals("uid", b"jo"), "mail")

        assert [entry.attributes for entry in found] == [{"mail": (b"jo@example.org",)}]

    def test_everything_comes_back_where_everything_is_asked_for(self, ground: Ground) -> None:
        """``*`` and ``+`` together are all attributes, the operational ones with them."""
        ground.directory.execute(person(ground, "jo", mail=["jo@example.org"]))

        [found] = find(ground, Equals("uid", b"jo"), "*", "+")

        assert found.text("mail") == "jo@example.org"
        assert found.first(ground.ways.id)

    def test_add_twice(self, ground: Ground) -> None:
        """An entry of a name that is taken is refused."""
        ground.directory.execute(person(ground, "jo"))

        with pytest.raises(EntryExists):
            ground.directory.execute(person(ground, "jo"))

    @pytest.mark.parametrize("value", HOSTILE)
    def test_hostile_names_and_values(self, ground: Ground, value: str) -> None:
        """Whatever a value holds, it is stored, found, compared, renamed and deleted unharmed."""
        uid, text = value.replace("\0", "")[:60], value
        added = person(ground, uid, description=[text])
        ground.directory.execute(added)

        assert uids(ground, find(ground, Equals(ground.ways.naming, uid.encode()))) == {uid}
        assert uids(ground, find(ground, Equals("description", text.encode()))) == {uid}
        assert uids(ground, find(ground, Substrings("description", final=text[-10:].encode()))) == {uid}
        assert [entry.dn for entry in find(ground, Everything())] == [added.dn]
        renamed = Rename(added.dn, named(ground, "x" + uid))
        ground.directory.execute(renamed)
        ground.directory.execute(Delete(renamed.new_dn))
        assert find(ground, Everything()) == []

    def test_modify(self, ground: Ground) -> None:
        """Values are added, deleted and replaced, several attributes at once."""
        mail = ground.ways.mail
        added = person(ground, "jo", **{mail: ["a@example.org", "b@example.org"]}, title=["x"])
        ground.directory.execute(added)
        changes = (
            Change("delete", mail, (b"a@example.org",)),
            Change("add", mail, (b"c@example.org",)),
            Change("replace", "sn", (b"Roe",)),
            Change("replace", "title"),
        )

        entry = carry_out(ground, Modify(added.dn, changes), mail, "sn", "title")

        assert entry is not None
        assert entry.attributes.keys() == {mail.lower(), "sn"}
        assert set(entry.values(mail)) == {b"b@example.org", b"c@example.org"}
        assert entry.text("sn") == "Roe"

    def test_version_moves_with_every_change(self, ground: Ground) -> None:
        """A change gives the entry another version."""
        added = person(ground, "jo")
        before = carry_out(ground, added, ground.ways.version)

        after = carry_out(
            ground, Modify(added.dn, (Change("replace", "sn", (b"Roe",)),)), ground.ways.version
        )

        assert before != after

    def test_assertion(self, ground: Ground) -> None:
        """A change whose assertion does not hold is not made."""
        added = person(ground, "jo")
        ground.directory.execute(added)
        change = (Change("replace", "sn", (b"Roe",)),)

        with pytest.raises(AssertionFailed):
            ground.directory.execute(Modify(added.dn, change, Equals("sn", b"Nobody")))
        with pytest.raises(AssertionFailed):
            ground.directory.execute(Delete(added.dn, Equals("sn", b"Nobody")))
        with pytest.raises(AssertionFailed):
            ground.directory.execute(
                Rename(added.dn, named(ground, "joe"), assertion=Equals("sn", b"Nobody"))
            )
        assert find(ground, Equals("sn", b"Doe"))
        ground.directory.execute(Modify(added.dn, change, Equals("sn", b"Doe")))
        assert find(ground, Equals("sn", b"Roe"))

    def test_values_that_are_there_or_not(self, ground: Ground) -> None:
        """Adding a value that is there, or deleting one that is not, is told apart."""
        mail = ground.ways.mail
        added = person(ground, "jo", **{mail: ["a@example.org"]})
        ground.directory.execute(added)

        with pytest.raises(ValueExists):
            ground.directory.execute(Modify(added.dn, (Change("add", mail, (ground.ways.again.encode(),)),)))
        with pytest.raises(NoSuchValue):
            ground.directory.execute(Modify(added.dn, (Change("delete", mail, (b"b@example.org",)),)))

    def test_permissive_modify(self, ground: Ground) -> None:
        """A permissive modify adds what is missing and does not mind what is there."""
        mail = ground.ways.mail
        added = person(ground, "jo", **{mail: ["a@example.org"]})
        ground.directory.execute(added)
        change = Change("add", mail, (b"A@example.org", b"b@example.org"))

        ground.directory.execute(Modify(added.dn, (change,), permissive=True))

        [entry] = find(ground, Equals("uid", b"jo"), mail)
        assert {value.lower() for value in entry.values(mail)} == {b"a@example.org", b"b@example.org"}

    def test_nothing_there(self, ground: Ground) -> None:
        """What does not exist cannot be changed, and a search there finds nothing."""
        absent = ground.people.below(named(ground, "nobody"))

        with pytest.raises(NoSuchEntry):
            ground.directory.execute(Modify(absent, (Change("replace", "sn", (b"Roe",)),)))
        with pytest.raises(NoSuchEntry):
            ground.directory.execute(Delete(absent))
        with pytest.raises(NoSuchEntry):
            ground.directory.execute(Rename(absent, named(ground, "x")))
        assert list(ground.directory.search(Search(absent, "base", attributes=("uid",)))) == []

    def test_rename(self, ground: Ground) -> None:
        """A renamed entry has its new name and value and keeps its id."""
        added = person(ground, "jo")
        ways = ground.ways
        before = carry_out(ground, added, ways.id)
        renamed = Rename(added.dn, named(ground, "joe"))

        after = carry_out(ground, renamed, ways.naming, ways.id)

        assert before is not None
        assert after == Entry(renamed.new_dn, {ways.naming: (b"joe",), **before.attributes})

    def test_rename_onto_another(self, ground: Ground) -> None:
        """A name that is taken cannot be given."""
        first, second = person(ground, "jo"), person(ground, "joe")
        ground.directory.execute(first)
        ground.directory.execute(second)

        with pytest.raises(EntryExists):
            ground.directory.execute(Rename(first.dn, named(ground, "joe")))

    @pytest.mark.parametrize("new", ["Jo", "jo  ", " j,o+", "é"])
    def test_rename_by_little(self, ground: Ground, new: str) -> None:
        """A name may change in case or space alone, or to anything hostile, and back."""
        added = person(ground, "jo")
        ground.directory.execute(added)
        renamed = Rename(added.dn, named(ground, new))

        ground.directory.execute(renamed)

        assert uids(ground, find(ground, Everything())) == {new}
        ground.directory.execute(Rename(renamed.new_dn, added.dn.rdn))
        assert uids(ground, find(ground, Everything())) == {"jo"}

    def test_rename_among_several_values(self, ground: Ground) -> None:
        """A rename takes the old name's value away, or keeps it, and leaves the others."""
        added = person(ground, "jo", uid=["jo", "joe", "j"])
        ground.directory.execute(added)

        ground.directory.execute(Rename(added.dn, named(ground, "joe")))
        first = find(ground, Everything())
        ground.directory.execute(Rename(first[0].dn, named(ground, "jo"), keeps_old=True))

        assert set(first[0].values("uid")) == {b"joe", b"j"}
        assert set(find(ground, Everything())[0].values("uid")) == {b"jo", b"joe", b"j"}

    def test_password_survives_a_rename(self, ground: Ground) -> None:
        """A password belongs to the entry, whatever it is called."""
        added = person(ground, "jo")
        renamed = Rename(added.dn, named(ground, "joe"))
        ground.directory.execute(added)
        ground.directory.execute(ground.ways.set_password(added.dn, "secret"))

        ground.directory.execute(renamed)

        ground.directory.authenticate(renamed.new_dn, "secret")
        with pytest.raises(InvalidCredentials):
            ground.directory.authenticate(added.dn, "secret")

    def test_no_password(self, ground: Ground) -> None:
        """An account without a password has no right one."""
        added = person(ground, "jo")
        ground.directory.execute(added)

        with pytest.raises(InvalidCredentials):
            ground.directory.authenticate(added.dn, "secret")

    def test_nameless(self, ground: Ground) -> None:
        """An entry keeps the value that names it."""
        added = person(ground, "jo")
        ground.directory.execute(added)

        with pytest.raises(SchemaViolation):
            ground.directory.execute(Modify(added.dn, (Change("replace", ground.ways.naming, (b"x",)),)))

    def test_value_of_another_syntax(self, ground: Ground) -> None:
        """A value that the attribute's syntax does not allow is refused."""
        added = person(ground, "jo")
        ground.directory.execute(added)

        with pytest.raises(SchemaViolation):
            ground.directory.execute(Modify(added.dn, (Change("replace", *ground.ways.unfit),)))

    def test_value_twice(self, ground: Ground) -> None:
        """Two values that are equal by the attribute's rule cannot both be stored."""
        with pytest.raises(ValueExists):
            ground.directory.execute(
                person(ground, "jo", **{ground.ways.mail: ["a@example.org", ground.ways.again]})
            )

    def test_rename_moves_what_is_below(self, ground: Ground) -> None:
        """Entries below a renamed one are found below its new name."""
        unit = Add(
            ground.people.below(Rdn.of("ou", "Old")),
            {"objectClass": (b"organizationalUnit",), "ou": (b"Old",)},
        )
        below = unit.dn.below(Rdn.of("ou", "Below"))
        ground.directory.execute(unit)
        ground.directory.execute(Add(below, {"objectClass": (b"organizationalUnit",), "ou": (b"Below",)}))
        renamed = Rename(unit.dn, Rdn.of("ou", "New"))

        ground.directory.execute(renamed)

        found = ground.directory.search(Search(renamed.new_dn, "one", attributes=("ou",)))
        assert [entry.dn for entry in found] == [renamed.new_dn.below(below.rdn)]

    def test_move(self, ground: Ground) -> None:
        """An entry moves below another parent."""
        unit = Add(
            ground.people.below(Rdn.of("ou", "Old")),
            {"objectClass": (b"organizationalUnit",), "ou": (b"Old",)},
        )
        added = person(ground, "jo")
        ground.directory.execute(unit)
        ground.directory.execute(added)
        moved = Rename(added.dn, added.dn.rdn, unit.dn)

        ground.directory.execute(moved)

        assert [
            entry.dn for entry in ground.directory.search(Search(unit.dn, "one", attributes=("uid",)))
        ] == [moved.new_dn]
        with pytest.raises(NotALeaf):
            ground.directory.execute(Delete(unit.dn))

    def test_password(self, ground: Ground) -> None:
        """A password that was set opens the account, another or an empty one does not."""
        added = person(ground, "jo")
        ground.directory.execute(added)

        ground.directory.execute(ground.ways.set_password(added.dn, "pässwörd 😀"))

        ground.directory.authenticate(added.dn, "pässwörd 😀")
        for wrong in ("", "password"):
            with pytest.raises(InvalidCredentials):
                ground.directory.authenticate(added.dn, wrong)
        with pytest.raises(InvalidCredentials):
            ground.directory.authenticate(Dn(()), "x")

    def test_more_than_a_page(self, ground: Ground) -> None:
        """A search that takes several pages yields every entry once, and may be left in the middle."""
        expected = {f"p{number}" for number in range(10)}
        for uid in expected:
            ground.directory.execute(person(ground, uid))

        for _ in range(12):
            # Active Directory keeps ten that are not finished for a connection.
            first = next(
                ground.directory.search(Search(ground.people, "one", attributes=("uid",), at_once=2))
            )
        found = find(ground, Everything())

        assert sorted(entry.text(ground.ways.naming) or "" for entry in found) == sorted(expected)
        assert first.text("uid") in expected

    @pytest.mark.parametrize("is_for_one", [False, True])
    def test_size_limit(self, ground: Ground, *, is_for_one: bool) -> None:
        """A size limit yields as many entries and is no error, also where hardly one was expected."""
        for number in range(4):
            ground.directory.execute(person(ground, f"p{number}"))
        search = Search(ground.people, "one", attributes=("uid",), size_limit=2, is_for_one=is_for_one)

        assert len(list(ground.directory.search(search))) == 2

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            pytest.param(Everything(), {"ann", "bob", "cid"}, id="everything"),
            pytest.param(Nothing(), set(), id="nothing"),
            pytest.param(Equals("uid", b"ANN"), {"ann"}, id="equals without case"),
            pytest.param(Not(Equals("title", b"x")), {"bob", "cid"}, id="not, absent counts"),
            pytest.param(Present("title"), {"ann", "bob"}, id="present"),
            pytest.param(Or((Equals("uid", b"ann"), Equals("uid", b"cid"))), {"ann", "cid"}, id="or"),
            pytest.param(And((Present("title"), Not(Equals("uid", b"ann")))), {"bob"}, id="and not"),
            pytest.param(Substrings("title", b"y "), {"bob"}, id="starts with a space at the end"),
            pytest.param(Substrings("uid", any=(b"i",)), {"cid"}, id="contains"),
            pytest.param(Substrings("uid", b"a", (b"n",), b"n"), {"ann"}, id="all parts"),
            pytest.param(Substrings("uid", b"an", (b"n",), b"n"), set(), id="parts do not overlap"),
        ],
    )
    def test_filters(self, ground: Ground, wanted: Filter, expected: set[str]) -> None:
        """Each kind of filter finds what it describes."""
        ground.directory.execute(person(ground, "ann", title=["x"]))
        ground.directory.execute(person(ground, "bob", title=["Y z"]))
        ground.directory.execute(person(ground, "cid"))

        assert uids(ground, find(ground, wanted)) == expected

    def test_filter_by_time(self, ground: Ground) -> None:
        """Entries are found by when they were made."""
        ground.directory.execute(person(ground, "ann"))
        long_ago = b"20000101000000.0Z"

        assert uids(ground, find(ground, GreaterOrEqual(ground.ways.created, long_ago))) == {"ann"}
        assert find(ground, LessOrEqual(ground.ways.created, long_ago)) == []

    def test_filter_that_is_undefined(self, ground: Ground) -> None:
        """What is no id matches nobody, and so does its negation where the comparison is undefined."""
        ground.directory.execute(person(ground, "ann"))
        wanted = Equals(ground.ways.id, b"no uuid")

        assert find(ground, wanted) == []
        assert uids(ground, find(ground, Not(wanted))) == ground.ways.not_undefined({"ann"})

    @settings(
        max_examples=40,
        deadline=None,
        # Each class has a directory of its own, whose entries all go by other names.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(value=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40))
    def test_any_text_is_stored_and_found(self, ground: Ground, value: str) -> None:
        """Any text that a description may hold comes back byte for byte and is found by equality."""
        added = person(ground, "jo", description=[value])
        try:
            ground.directory.execute(added)

            found = find(ground, Equals("description", value.encode()), "description")

            assert [entry.text("description") for entry in found] == [value]
        finally:
            ground.directory.execute(Delete(added.dn))
