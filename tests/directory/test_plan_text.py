"""Plans are kept as text without their secrets, and read back as what they were to do."""

import pytest
from hypothesis import given

from app.directory.dn import Dn, Rdn
from app.directory.filters import Everything
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Rename, SetPassword
from app.directory.plan import Step, plan
from app.directory.plan_text import dump_steps, load_steps
from tests.directory.strategies import names

JO = Dn.parse("uid=jo,ou=People,dc=x")


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(Add(JO, {"uid": (b"jo",), "photo": (b"\xff\x00\x80",)}), id="add"),
        pytest.param(Add(JO, {"uid": (b"jo",)}, {"entryUUID": (b"1-2",)}), id="add again"),
        pytest.param(
            Modify(JO, (Change("replace", "sn", ("é".encode(),)), Change("delete", "mail")), permissive=True),
            id="modify",
        ),
        pytest.param(Rename(JO, Rdn.of("uid", "j,o"), keeps_old=True), id="rename"),
        pytest.param(Rename(JO, Rdn.of("uid", "joe"), Dn.parse("ou=Gone,dc=x")), id="move"),
        pytest.param(Delete(JO), id="delete"),
    ],
)
def test_operations(operation: Operation) -> None:
    """Each kind of operation comes back as it was, and so does what undoes it."""
    step = Step(operation, operation)

    assert load_steps(dump_steps([step])) == (step,)


def test_conditions() -> None:
    """What an operation was made on is left out: it has been sent."""
    modify = Modify(JO, (Change("replace", "sn", (b"x",)),), Everything())

    (loaded,) = load_steps(dump_steps([Step(modify)]))

    assert loaded == Step(Modify(JO, modify.changes, permissive=True))


def test_secrets() -> None:
    """No password is written, wherever it stands, and what would need one is not undone."""
    added = Add(JO, {"uid": (b"jo",), "userPassword": (b"hunter2",)})
    modify = Modify(
        JO,
        (Change("replace", "unicodePwd", (b"hunter2",)), Change("replace", "sn", (b"x",))),
        permissive=True,
    )
    deleted = Entry.of(JO, {"objectClass": [b"person"], "userPassword": [b"hunter2"]})
    steps = [Step(added), Step(modify, modify), Step(SetPassword(JO, "hunter2"), SetPassword(JO, "hunter2"))]

    text = dump_steps([*steps, *plan([Delete(JO)], deleted).steps])

    assert "hunter2" not in text
    assert load_steps(text) == (
        Step(Add(JO, {"uid": (b"jo",)})),
        Step(Modify(JO, (Change("replace", "sn", (b"x",)),), permissive=True)),
        Step(SetPassword(JO, "")),
        Step(Delete(JO)),
    )


@given(dn=names)
def test_any_name(dn: Dn) -> None:
    """Any name survives."""
    (loaded,) = load_steps(dump_steps([Step(Delete(dn))]))

    assert loaded.operation.dn == dn
