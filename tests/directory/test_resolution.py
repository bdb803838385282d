"""What has become of an operation whose answer never came is read from the directory, as far as reading tells."""

from collections.abc import Iterator

import pytest

from app.directory.dn import Dn, Rdn
from app.directory.errors import Unavailable
from app.directory.filters import Equals
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Rename, Search, SetPassword
from app.directory.resolution import Verdict, resolve

BASE = Dn.parse("dc=example,dc=org")
JO = BASE.below(Rdn.of("uid", "jo"))
AL = BASE.below(Rdn.of("uid", "al"))
PERSON = {
    "objectClass": (b"inetOrgPerson",),
    "uid": (b"jo",),
    "sn": (b"Doe",),
    "mail": (b"a@example.org", b"b@example.org"),
    "manager": (b"uid=al, dc=example,dc=org",),
}


@pytest.fixture
def directory() -> MemoryDirectory:
    """Give a directory with jo in it."""
    made = MemoryDirectory(BASE)
    made.execute(Add(JO, PERSON))
    return made


def changing(*changes: Change, title: bytes | None = None) -> Modify:
    """Describe a modify of jo, made only if his title is the one given."""
    return Modify(JO, changes, Equals("sn", title) if title else None)


OPERATIONS = [
    pytest.param(Add(AL, {"objectClass": (b"person",), "uid": (b"al",), "userPassword": (b"x",)}), id="add"),
    pytest.param(Delete(JO), id="delete"),
    pytest.param(Rename(JO, Rdn.of("uid", "al")), id="rename"),
    pytest.param(Rename(JO, Rdn.of("uid", "JO")), id="rename to another case"),
    pytest.param(changing(Change("replace", "sn", (b"Roe",))), id="replace"),
    pytest.param(changing(Change("replace", "sn", (b"DOE",))), id="replace by another case"),
    pytest.param(changing(Change("replace", "manager", (b"uid=jo,dc=example,dc=org",))), id="replace a name"),
    pytest.param(changing(Change("delete", "mail")), id="delete an attribute"),
    pytest.param(changing(Change("delete", "mail", (b"a@example.org",))), id="delete a value"),
    pytest.param(changing(Change("add", "mail", (b"c@example.org",))), id="add a value"),
    pytest.param(
        changing(Change("delete", "mail", (b"a@example.org",)), Change("add", "mail", (b"A@x.org",))),
        id="exchange a value",
    ),
    pytest.param(
        changing(Change("replace", "mail"), Change("add", "mail", (b"c@example.org",)), title=b"Doe"),
        id="replace, then add, on a condition",
    ),
    pytest.param(
        changing(
            Change("delete", "mail", (b"a@example.org",)), Change("add", "title", (b"x",)), title=b"Doe"
        ),
        id="two attributes",
    ),
    pytest.param(
        changing(Change("replace", "userPassword", (b"x",)), Change("replace", "title", (b"x",))),
        id="a secret beside what can be read",
    ),
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_made_or_not(directory: MemoryDirectory, operation: Operation) -> None:
    """The state that an operation wants is there after it, and not before."""
    before = resolve(operation, directory)
    directory.execute(operation)

    assert (before, resolve(operation, directory)) == (Verdict.NOT_MADE, Verdict.MADE)


def test_someone_elses_entry(directory: MemoryDirectory) -> None:
    """An entry of the same name with other values is not the one that was to be added."""
    assert resolve(Add(JO, {**PERSON, "sn": (b"Other",)}), directory) is Verdict.NOT_MADE


def test_value_that_is_no_name(directory: MemoryDirectory) -> None:
    """A value that does not fit its syntax is compared as it is."""
    assert resolve(changing(Change("replace", "manager", (b"no name",))), directory) is Verdict.NOT_MADE


def test_overtaken(directory: MemoryDirectory) -> None:
    """Where neither the state before nor the state after is there, somebody else was at work and nobody knows."""
    directory.execute(changing(Change("replace", "sn", (b"Other",))))

    assert resolve(changing(Change("replace", "sn", (b"Roe",)), title=b"Doe"), directory) is Verdict.UNKNOWN


def test_renamed_and_gone(directory: MemoryDirectory) -> None:
    """An entry that has neither its old name nor its new one tells nothing."""
    directory.execute(Delete(JO))

    assert resolve(Rename(JO, Rdn.of("uid", "al")), directory) is Verdict.UNKNOWN


def test_secret_alone(directory: MemoryDirectory) -> None:
    """A password that is an attribute cannot be read; the condition of its change may tell that it was not made."""
    secret = Change("replace", "userPassword", (b"x",))

    assert resolve(changing(secret), directory) is Verdict.UNKNOWN
    assert resolve(changing(secret, title=b"Doe"), directory) is Verdict.NOT_MADE
    assert resolve(changing(secret, title=b"Roe"), directory) is Verdict.UNKNOWN


def test_password(directory: MemoryDirectory) -> None:
    """A password is known to be set once it opens the door; that it does not tells nothing."""
    operation = SetPassword(JO, "secret")

    before = resolve(operation, directory)
    directory.execute(operation)

    assert (before, resolve(operation, directory)) == (Verdict.UNKNOWN, Verdict.MADE)


def test_nobody_answers() -> None:
    """A directory that cannot be read tells nothing."""

    class Silent:
        def search(self, search: Search) -> Iterator[Entry]:
            raise Unavailable(f"cannot search {search.base}")

        def authenticate(self, dn: Dn, password: str) -> None:
            raise Unavailable(f"cannot ask {dn} about {len(password)} characters")

    assert resolve(Delete(JO), Silent()) is Verdict.UNKNOWN
    assert resolve(SetPassword(JO, "x"), Silent()) is Verdict.UNKNOWN
