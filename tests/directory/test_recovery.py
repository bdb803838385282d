"""Plans that were broken off at any point are finished or undone, or a person is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import pytest

from app.directory.dn import Dn, Rdn
from app.directory.errors import InsufficientAccess, Unavailable
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Rename, Search, SetPassword
from app.directory.plan import Plan, Step, plan
from app.directory.plan_text import dump_steps, load_steps
from app.directory.port import Capabilities
from app.directory.recovery import BrokenOff, Ending, Knowledge, NeedsPerson, settle

BASE = Dn.parse("dc=x")
JO, JOE, NEW = (BASE.below(Rdn.of("uid", name)) for name in ("jo", "joe", "new"))
ADD = Add(JO, {"objectClass": (b"person",), "uid": (b"jo",), "mail": (b"a", b"b"), "sn": (b"Doe",)})
STORED = ("objectClass", "uid", "mail", "sn", "title")
TITLE = Change("replace", "title", (b"Chief",))


@dataclass
class Directory:
    """A directory in memory that may be away, or refuse to write."""

    inner: MemoryDirectory = field(default_factory=lambda: MemoryDirectory(BASE))
    is_away: bool = False
    is_silent_to_writes: bool = False
    refuses: bool = False

    def search(self, search: Search) -> Iterator[Entry]:
        if self.is_away:
            raise Unavailable("gone")
        return self.inner.search(search)

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        if self.is_silent_to_writes:
            raise Unavailable("gone")
        if self.refuses:
            raise InsufficientAccess("no")
        return self.inner.execute(operation, read_back=read_back)

    def authenticate(self, dn: Dn, password: str) -> None:
        self.inner.authenticate(dn, password)

    def capabilities(self) -> Capabilities:
        return self.inner.capabilities()

    def state(self) -> dict[str, dict[str, set[bytes]]]:
        """Return all that it holds, but for what it keeps by itself."""
        found = self.inner.search(Search(BASE, attributes=STORED))
        return {str(e.dn): {name: set(values) for name, values in e.attributes.items()} for e in found}

    def entry(self, dn: Dn) -> Entry:
        """Read an entry."""
        return next(self.inner.search(Search(dn, "base", attributes=STORED)))

    def version(self, dn: Dn) -> str | None:
        """Tell the version of an entry."""
        found = self.inner.search(Search(dn, "base", attributes=("entryCSN",)))
        return next((entry.text("entryCSN") for entry in found), None)


@pytest.fixture
def directory() -> Directory:
    """Give a directory with one person."""
    made = Directory()
    made.execute(ADD)
    return made


def plans(directory: Directory) -> dict[str, Plan]:
    """Make plans of all kinds."""
    before = directory.entry(JO)
    new = Add(NEW, {"objectClass": (b"person",), "uid": (b"new",)})
    return {
        "create": plan([new]),
        "create with a password": plan([new, SetPassword(NEW, "secret")]),
        "create, then change": plan([new, Modify(NEW, (TITLE,))]),
        "change": plan([Modify(JO, (TITLE,))], before),
        "rename": plan([Rename(JO, JOE.rdn)], before),
        "rename and change": plan([Rename(JO, JOE.rdn), Modify(JOE, (TITLE,))], before),
        "change and password": plan([Modify(JO, (TITLE,)), SetPassword(JO, "secret")], before),
        "delete": plan([Delete(JO)], before),
        "change, then delete": plan([Modify(JO, (TITLE,)), Delete(JO)], before),
    }


NAMES = [
    "create",
    "create with a password",
    "create, then change",
    "change",
    "rename",
    "rename and change",
    "change and password",
    "delete",
    "change, then delete",
]


def knowledge(directory: Directory, *, is_ours: bool = True, is_untouched: bool = True) -> Knowledge:
    """Know versions, whose entries are, and whether others have changed them."""
    return Knowledge(directory.version, lambda dn: is_ours and dn != JO, lambda _: is_untouched)


def broken_off(directory: Directory, made: Plan, *, sent: int, noted: int) -> BrokenOff:
    """Carry out some steps, of which not all were noted."""
    version = ""
    for number, step in enumerate(made.steps[:sent]):
        directory.execute(step.operation)
        if number + 1 == noted:
            renamed = step.operation.new_dn if isinstance(step.operation, Rename) else step.operation.dn
            version = directory.version(renamed) or ""
    return BrokenOff(load_steps(dump_steps(made.steps)), noted, version)


@pytest.mark.parametrize("name", NAMES)
def test_every_point(name: str) -> None:
    """Wherever a plan is broken off, the directory is afterwards in the state before it or after it."""
    for sent, lag in product(range(3), (0, 1)):
        directory = Directory()
        directory.execute(ADD)
        made, before = plans(directory)[name], directory.state()
        if sent > len(made.steps) or lag > sent or (lag == 0 and sent == len(made.steps)):
            continue
        broken = broken_off(directory, made, sent=sent, noted=sent - lag)
        reached = directory.state()

        endings = [settle(broken, directory, knowledge(directory)) for _ in range(2)]

        is_made = endings[0] is Ending.MADE
        assert sent == len(made.steps) or not is_made
        assert directory.state() == (reached if is_made else before)
        # Whoever sees to it may be interrupted, too.
        assert (endings[1] is Ending.MADE) == is_made


@pytest.mark.parametrize("name", ["rename and change", "create, then change"])
def test_who_could_not_note_it(directory: Directory, name: str) -> None:
    """Of a write that went on while the store was away, which is thus known to have been begun, all is found that was made."""
    broken = broken_off(directory, plans(directory)[name], sent=2, noted=0)
    reached = directory.state()

    assert settle(broken, directory, knowledge(directory)) is Ending.MADE
    assert directory.state() == reached


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_second_entry(directory: Directory, *, is_ours: bool) -> None:
    """An entry of the same name that somebody else has made is not taken for one that came later in the plan."""
    before = directory.state()
    new = Add(NEW, {"objectClass": (b"person",), "uid": (b"new",)})
    made = plan([Modify(JO, (TITLE,)), new], directory.entry(JO))
    broken = broken_off(directory, made, sent=2, noted=0)

    ending = settle(broken, directory, knowledge(directory, is_ours=is_ours))

    assert ending is (Ending.MADE if is_ours else Ending.UNDONE)
    assert directory.state()[str(JO)] == (before[str(JO)] | ({"title": {b"Chief"}} if is_ours else {}))
    assert str(NEW) in directory.state()


@pytest.mark.parametrize("name", ["change", "rename", "delete", "create"])
def test_one_step(directory: Directory, name: str) -> None:
    """A plan of one step was made or was not; nothing is to be done about it."""
    made = plans(directory)[name]

    assert (
        settle(broken_off(directory, made, sent=0, noted=0), directory, knowledge(directory))
        is Ending.NOT_MADE
    )
    assert (
        settle(broken_off(directory, made, sent=1, noted=0), directory, knowledge(directory)) is Ending.MADE
    )


def test_one_step_that_nobody_sees(directory: Directory) -> None:
    """Of a lone password nobody can tell."""
    broken = BrokenOff((Step(SetPassword(JO, "")),), 0)

    assert settle(broken, directory, knowledge(directory)) is Ending.UNKNOWN


def test_rest(directory: Directory) -> None:
    """What is left of a plan is undone, though all of it was made."""
    before = directory.state()
    rest = plan([Modify(JO, (TITLE,))], directory.entry(JO)).steps
    directory.execute(rest[0].operation)

    assert settle(BrokenOff(rest, 1, is_rest=True), directory, knowledge(directory)) is Ending.UNDONE
    assert directory.state() == before


def test_password_that_is_left(directory: Directory) -> None:
    """A password of which nobody can tell, while the rest was undone, is a person's business."""
    broken = BrokenOff((Step(SetPassword(JO, "")),), 0, is_rest=True)

    with pytest.raises(NeedsPerson, match="whether SetPassword uid=jo,dc=x was made"):
        settle(broken, directory, knowledge(directory))


def test_what_cannot_be_undone(directory: Directory) -> None:
    """A step without an inverse that was made is told."""
    steps = (Step(Modify(JO, (TITLE,))), Step(Delete(JO)))
    directory.execute(steps[0].operation)

    with pytest.raises(NeedsPerson, match="Modify uid=jo,dc=x was made, and cannot be undone"):
        settle(BrokenOff(steps, 1), directory, knowledge(directory))


def test_refused(directory: Directory) -> None:
    """A directory that refuses to undo is told."""
    broken = broken_off(directory, plans(directory)["rename and change"], sent=1, noted=1)
    directory.refuses = True

    with pytest.raises(NeedsPerson, match="cannot be undone: no"):
        settle(broken, directory, knowledge(directory))


def test_changed_by_others(directory: Directory) -> None:
    """What somebody else has changed since is not overwritten."""
    broken = broken_off(directory, plans(directory)["change, then delete"], sent=1, noted=1)
    directory.execute(Modify(JO, (Change("replace", "title", (b"Other",)),)))
    before = directory.state()

    with pytest.raises(NeedsPerson, match="somebody else has changed"):
        settle(broken, directory, knowledge(directory))
    assert directory.state() == before


def test_changed_by_others_and_password(directory: Directory) -> None:
    """Where somebody else was at work nobody can tell whether the password was set."""
    broken = broken_off(directory, plans(directory)["change and password"], sent=1, noted=1)
    directory.execute(Modify(JO, (Change("replace", "title", (b"Other",)),)))

    with pytest.raises(NeedsPerson, match="whether SetPassword"):
        settle(broken, directory, knowledge(directory))


def test_entry_of_others(directory: Directory) -> None:
    """An entry that was there before is not taken for the one that was to be made."""
    made = plan([Add(JO, ADD.attributes), SetPassword(JO, "secret")])
    before = directory.state()

    assert (
        settle(broken_off(directory, made, sent=0, noted=0), directory, knowledge(directory))
        is Ending.NOT_MADE
    )
    assert directory.state() == before


@pytest.mark.parametrize("known", [{"is_ours": False}, {"is_untouched": False}], ids=["made", "changed"])
def test_new_entry_of_others(directory: Directory, known: dict[str, bool]) -> None:
    """An entry that others have made anew or changed since is not deleted."""
    broken = broken_off(directory, plans(directory)["create with a password"], sent=1, noted=1)

    with pytest.raises(NeedsPerson, match="somebody else"):
        settle(broken, directory, knowledge(directory, **known))


@pytest.mark.parametrize("way", ["is_away", "is_silent_to_writes"])
def test_away(directory: Directory, way: str) -> None:
    """A directory that does not answer is asked again later, and then all is well."""
    before = directory.state()
    broken = broken_off(directory, plans(directory)["rename and change"], sent=1, noted=1)
    setattr(directory, way, True)
    with pytest.raises(Unavailable):
        settle(broken, directory, knowledge(directory))
    setattr(directory, way, False)

    assert settle(broken, directory, knowledge(directory)) is Ending.UNDONE
    assert directory.state() == before


def test_nothing_to_undo(directory: Directory) -> None:
    """A change that made no difference is undone by doing nothing."""
    before = directory.entry(JO)
    made = plan([Modify(JO, (Change("add", "mail", (b"a",)),), permissive=True), Delete(JO)], before)

    assert (
        settle(broken_off(directory, made, sent=1, noted=1), directory, knowledge(directory)) is Ending.UNDONE
    )
