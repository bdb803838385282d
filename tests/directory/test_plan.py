"""Plans are carried out whole, or undone, or say what is left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from app.directory.dn import Ava, Dn, Rdn
from app.directory.errors import DirectoryError, OutcomeUnknown, Refused
from app.directory.filters import Present
from app.directory.memory import MemoryDirectory
from app.directory.model import (
    Add,
    Change,
    Delete,
    Entry,
    Modify,
    Operation,
    Rename,
    Search,
    SetPassword,
)
from app.directory.plan import Executed, Plan, PlanFailed, Step, execute, invert, plan
from app.directory.port import Capabilities

BASE = Dn.parse("dc=x")
JO, JOE = BASE.below(Rdn.of("uid", "jo")), BASE.below(Rdn.of("uid", "joe"))
ADD = Add(JO, {"objectClass": (b"inetOrgPerson",), "uid": (b"jo",), "mail": (b"a", b"b"), "sn": (b"Doe",)})
STORED = ("objectClass", "uid", "mail", "sn", "title")


@dataclass
class Failing:
    """A directory that fails at the operations with these numbers, counted from 0; it may do them all the same."""

    directory: MemoryDirectory
    at: Sequence[int]
    error: DirectoryError = field(default_factory=lambda: Refused("no"))
    does_it: bool = False
    count: int = -1

    def search(self, search: Search) -> Iterator[Entry]:
        return self.directory.search(search)

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        self.count += 1
        if self.count not in self.at:
            return self.directory.execute(operation, read_back=read_back)
        if self.does_it:
            self.directory.execute(operation)
        raise self.error

    def authenticate(self, dn: Dn, password: str) -> None:
        self.directory.authenticate(dn, password)

    def capabilities(self) -> Capabilities:
        return self.directory.capabilities()


@pytest.fixture
def directory() -> MemoryDirectory:
    """Give a directory with one person."""
    made = MemoryDirectory(BASE)
    made.execute(ADD)
    return made


def state(directory: MemoryDirectory) -> dict[str, dict[str, set[bytes]]]:
    """Return all that the directory holds, but for what it keeps by itself."""
    found = directory.search(Search(BASE, attributes=STORED))
    return {str(e.dn): {name: set(values) for name, values in e.attributes.items()} for e in found}


def changing(directory: MemoryDirectory) -> Plan:
    """Plan a rename and two modifies of the person."""
    (entry,) = directory.search(Search(JO, "base", attributes=STORED))
    first = Modify(
        JOE,
        (
            Change("delete", "mail", (b"a",)),
            Change("add", "mail", (b"c",)),
            Change("replace", "title", (b"x",)),
        ),
    )
    second = Modify(JOE, (Change("delete", "sn"), Change("add", "sn", (b"Roe",))))
    return plan([Rename(JO, JOE.rdn), first, second], entry)


def test_execute(directory: MemoryDirectory) -> None:
    """A plan is carried out in its order, and the entry comes back as it is then."""
    made = changing(directory)

    executed = execute(made, directory, read_back=("mail", "sn"))

    assert executed == Executed(
        Entry(JOE, {"mail": (b"b", b"c"), "sn": (b"Roe",)}), is_current=True, plan=made
    )


def test_execute_nothing(directory: MemoryDirectory) -> None:
    """An empty plan is false, and does nothing."""
    assert not Plan()
    assert execute(Plan(), directory) == Executed()


def test_other_entries(directory: MemoryDirectory) -> None:
    """Steps about other entries do not tell what became of this one, and are made by whoever was faster."""
    execute(plan([Add(JOE, {"uid": (b"joe",), "mail": (b"a",)})]), directory)
    gone, there = (
        Step(Modify(JOE, (Change("delete", "mail", (v,)),)), is_elsewhere=True) for v in (b"x", b"a")
    )
    nobody = Step(Modify(BASE.below(Rdn.of("uid", "no")), ()), is_elsewhere=True)

    own = Step(Modify(JO, (Change("replace", "title", (b"x",)),)))
    noted: list[int] = []

    outcome = execute(
        Plan((own, gone, nobody, there)),
        directory,
        read_back=("title",),
        note=lambda made, _entry: noted.append(made),
    )

    assert (outcome.entry, outcome.is_current) == (Entry(JO, {"title": (b"x",)}), True)
    assert noted == [1, 2, 3]
    assert not list(directory.search(Search(JOE, "base", Present("mail"))))


def test_entry_before_a_password(directory: MemoryDirectory) -> None:
    """An entry that was read back before the last step is not current."""
    person = Add(JOE, {"objectClass": (b"person",), "uid": (b"joe",)})

    made = plan([person, SetPassword(JOE, "x")])

    executed = execute(made, directory, read_back=("uid",))

    assert executed == Executed(Entry(JOE, {"uid": (b"joe",)}), is_current=False, plan=made)


def test_inverse(directory: MemoryDirectory) -> None:
    """The inverse of a plan brings everything back."""
    before = state(directory)
    made = changing(directory)
    execute(made, directory)

    execute(made.inverse, directory)

    assert state(directory) == before


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_failure(directory: MemoryDirectory, failing: int) -> None:
    """Whichever step fails, the directory is as before."""
    before = state(directory)

    with pytest.raises(PlanFailed) as caught:
        execute(changing(directory), Failing(directory, [failing]))

    assert state(directory) == before
    assert caught.value.undone
    assert isinstance(caught.value.cause, Refused)


def test_undo_fails(directory: MemoryDirectory) -> None:
    """Where a step cannot be undone the error names it."""
    made = changing(directory)

    with pytest.raises(PlanFailed) as caught:
        execute(made, Failing(directory, [2, 4]))

    assert caught.value.left == made.steps[:1]
    assert not caught.value.undone


@pytest.mark.parametrize("does_it", [True, False])
def test_outcome_unknown(directory: MemoryDirectory, does_it: bool) -> None:  # noqa: FBT001
    """A step whose outcome nobody knows may be in force, and with it the plan: nothing is undone blindly."""
    made = changing(directory)

    with pytest.raises(PlanFailed) as caught:
        execute(made, Failing(directory, [1], OutcomeUnknown("lost"), does_it=does_it))

    assert caught.value.left == made.steps[:2]


def test_undo_fails_in_the_middle(directory: MemoryDirectory) -> None:
    """Where a step cannot be undone those before it stay, too: the entry is under the name that they left."""
    made = changing(directory)

    with pytest.raises(PlanFailed) as caught:
        execute(made, Failing(directory, [2, 3]))

    assert caught.value.left == made.steps[:2]


def test_password_fails_after_add(directory: MemoryDirectory) -> None:
    """Where the password is refused, or nobody knows, the new entry is gone, and with it all that was done to it."""
    before = state(directory)
    person = Add(JOE, {"uid": (b"joe",)})
    other = BASE.below(Rdn.of("uid", "o"))
    made = plan([person, SetPassword(JOE, "x"), Rename(JOE, other.rdn), SetPassword(other, "y")])

    for error in (Refused("no"), OutcomeUnknown("lost")):
        with pytest.raises(PlanFailed) as caught:
            execute(made, Failing(directory, [3], error))

        assert caught.value.undone
        assert state(directory) == before


def test_password_is_left() -> None:
    """A password that was set on an entry that stays cannot be taken back."""
    directory = MemoryDirectory(BASE)
    directory.execute(ADD)
    made = plan([SetPassword(JO, "x"), Modify(JO, (Change("add", "mail", (b"a",)),))])

    with pytest.raises(PlanFailed) as caught:
        execute(made, directory)

    assert caught.value.left == made.steps[:1]


ENTRY = Entry.of(JO, ADD.attributes)


@pytest.mark.parametrize(
    ("operation", "before", "expected"),
    [
        pytest.param(ADD, None, Delete(JO), id="add"),
        pytest.param(Delete(JO), ENTRY, Add(JO, ENTRY.attributes), id="delete"),
        pytest.param(Delete(JO), None, None, id="delete of the unknown"),
        pytest.param(Delete(JO), Entry(JO, {"uid": (b"jo",)}), None, id="delete of what was read in part"),
        pytest.param(SetPassword(JO, "x"), ENTRY, None, id="password"),
        pytest.param(Modify(JO, (Change("replace", "sn", (b"x",)),)), None, None, id="modify of the unknown"),
        pytest.param(
            Modify(JO, (Change("replace", "userPassword", (b"x",)), Change("replace", "sn"))),
            ENTRY,
            None,
            id="secrets cannot be restored",
        ),
        pytest.param(
            Modify(JO, (Change("add", "member", (b"cn=a",)), Change("delete", "member", (b"cn=b",)))),
            Entry(JO, {}),
            Modify(JO, (Change("add", "member", (b"cn=b",)), Change("delete", "member", (b"cn=a",)))),
            id="values of an attribute that was not read",
        ),
        pytest.param(
            Modify(JO, (Change("add", "mail", (b"a", b"c")),), Present("uid"), permissive=True),
            ENTRY,
            Modify(JO, (Change("delete", "mail", (b"c",)),), permissive=True),
            id="permissive add of what was there",
        ),
        pytest.param(
            Modify(JO, (Change("add", "mail", (b"a",)), Change("delete", "mail"), Change("replace", "x"))),
            ENTRY,
            Modify(JO, (Change("replace", "x"), Change("replace", "mail", (b"a", b"b")))),
            id="whole attributes",
        ),
        pytest.param(Rename(JO, JOE.rdn), ENTRY, Rename(JOE, JO.rdn), id="rename"),
        pytest.param(
            Rename(JO, JOE.rdn),
            Entry(JO, {"uid": (b"jo", b"JOE")}),
            Rename(JOE, JO.rdn, keeps_old=True),
            id="rename to a value that was there",
        ),
        pytest.param(
            Rename(JO, Rdn((Ava("uid", "joe"), Ava("cn", "x"))), Dn.parse("ou=p,dc=x")),
            None,
            Rename(Dn.parse("uid=joe+cn=x,ou=p,dc=x"), JO.rdn, BASE),
            id="move",
        ),
    ],
)
def test_invert(operation: Operation, before: Entry | None, expected: Operation | None) -> None:
    """Each operation is undone by its inverse, where there is one."""
    assert invert(operation, before) == expected


def test_rename_to_a_value_that_was_there(directory: MemoryDirectory) -> None:
    """A rename to a value that the entry had already is undone without losing that value."""
    directory.execute(Modify(JO, (Change("add", "uid", (b"joe",)),)))
    before = state(directory)
    (entry,) = directory.search(Search(JO, "base", attributes=STORED))
    made = plan([Rename(JO, JOE.rdn)], entry)

    execute(made, directory)
    execute(made.inverse, directory)

    assert state(directory) == before


def test_render() -> None:
    """A plan is shown as LDIF; its operations stand in order."""
    made = plan([Delete(JO), SetPassword(JO, "s3cret")])

    assert made.render() == (
        "dn: uid=jo,dc=x\nchangetype: delete\n\n"
        "# a password is set by the Password Modify operation (RFC 3062)\n# dn: uid=jo,dc=x\n"
    )
    assert made.operations == (Delete(JO), SetPassword(JO, "s3cret"))
    assert Step(Delete(JO)) in made.steps


def test_delete(directory: MemoryDirectory) -> None:
    """A delete is undone by what the directory says that it deleted, without its secrets, and known by the same id."""
    person = Add(JOE, {"objectClass": (b"person",), "uid": (b"joe",), "userPassword": (b"secret",)})
    directory.execute(person)

    [before] = directory.search(Search(JOE, "base", attributes=("+",)))

    executed = execute(plan([Delete(JOE)]), directory)

    [step] = executed.plan.steps
    kept = {name: before.values(name) for name in ("entryUUID", "createTimestamp")}
    assert step == Step(Delete(JOE), Add(JOE, {"objectclass": (b"person",), "uid": (b"joe",)}, kept))
    assert executed.entry is None


def test_delete_of_who_has_no_id() -> None:
    """Of an entry without an id of that kind nothing is kept: the times alone are no entry's."""
    before = Entry.of(JOE, {"objectClass": [b"person"], "createTimestamp": [b"20260102030405Z"]})

    assert invert(Delete(JOE), before) == Add(JOE, {"objectclass": (b"person",)})


def test_delete_with_what_is_below(directory: MemoryDirectory) -> None:
    """What goes with a whole tree is not undone: the directory tells of the top alone."""
    below = JOE.below(Rdn.of("cn", "phone"))
    for name, attribute, value in ((JOE, "uid", b"joe"), (below, "cn", b"phone")):
        directory.execute(Add(name, {"objectClass": (b"person",), attribute: (value,)}))

    executed = execute(plan([Delete(JOE, with_below=True)]), directory)

    assert list(directory.search(Search(JOE))) == []
    assert not executed.plan.inverse


def test_delete_of_the_unread(directory: MemoryDirectory) -> None:
    """A delete of which the directory tells nothing is not undone."""
    directory.execute(Add(JOE, {"objectClass": (b"person",), "uid": (b"joe",)}))

    class Silent:
        """A directory that reads nothing back."""

        def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> None:
            """Carry it out."""
            del read_back
            directory.execute(operation)

    executed = execute(plan([Delete(JOE)]), Silent())  # type: ignore[arg-type]  # nothing else is asked of it

    assert executed.plan == plan([Delete(JOE)])
