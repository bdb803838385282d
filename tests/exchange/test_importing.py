"""A table creates, changes and leaves alone, row by row; what is wrong with one is told and stops no other."""

from __future__ import annotations

import gc
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from app.directory.errors import Unavailable
from app.directory.filter_text import parse_filter
from app.directory.filters import Present
from app.directory.memory import MemoryDirectory
from app.directory.model import Search
from app.exchange.batch import BrokenOff
from app.exchange.importing import BATCH, Import, Order
from app.exchange.records import Record
from app.provisioning.protection import Protection
from app.provisioning.target import Query
from app.scim.path import parse_path
from app.store.change_limits import ChangeLimits, Limit
from tests.exchange.work import Work, told
from tests.provisioning.conftest import Product, memory_ground

if TYPE_CHECKING:
    from app.directory.model import Entry, Operation

TABLE = """userName,First name,Surname,E-Mail,Active
ann,Ann,Adams,ann@example.org,yes
bob,Bob,Brown,,
"""
ANN = {
    "userName": "ann",
    "name": {"formatted": "Ann Adams", "familyName": "Adams", "givenName": "Ann"},
    "active": True,
    "emails": [{"value": "ann@example.org", "type": "work", "primary": True}],
}


def outcomes(work: Work, table: str | bytes, order: Order | None = None) -> list[tuple[int, str]]:
    """Import a table, and say what became of its rows."""
    return [(each.row, each.outcome) for each in work.run(table, order)]


def test_create_and_import_again() -> None:
    """Who is new is created by one round trip each; the same table once more is one search, and changes nothing."""
    work = Work()

    assert outcomes(work, TABLE) == [(2, "created"), (3, "created")]
    assert work.ground.directory.take() == ["search", "Add", "Add"]
    assert work.users()[0] == ANN
    work.ground.directory.take()

    assert outcomes(work, TABLE) == [(2, "unchanged"), (3, "unchanged")]
    assert work.ground.directory.take() == ["search"]
    assert [done.action for done in work.ground.recorded] == ["create", "create"]


def test_change_what_differs_only() -> None:
    """A value that differs is written, an empty cell leaves alone, and the marker removes."""
    work = Work()
    work.run(TABLE)

    found = work.run("userName,Surname,E-Mail,Title\nANN,Aston,<clear>,\nbob,Brown,,\n")

    assert [(each.outcome, each.changed) for each in found] == [
        ("updated", ("Surname", "E-Mail")),
        ("unchanged", ()),
    ]
    ann = work.users()[0]
    assert ("emails" in ann, ann["name"]) == (
        False,
        {"formatted": "Ann Adams", "familyName": "Aston", "givenName": "Ann"},
    )
    assert "replace: sn\nsn: Aston\n-\nreplace: mail\n-\n" in work.ground.recorded[-1].plan.render()


def test_other_markers_and_several_values() -> None:
    """What clears, what stands between values, and the key may be chosen."""
    work = Work()
    order = Order(clear="NULL", separator="/", key="externalId", columns={"No": "externalId"})
    table = "No;userName;Surname;E-Mail;Title\n7;ann;Adams;a@example.org/b@example.org;Chief\n"
    assert outcomes(work, table, order) == [(2, "created")]
    assert outcomes(work, table, order) == [(2, "unchanged")]

    changed = "No;userName;Surname;E-Mail;Title\n7;anna;Adams;b@example.org;NULL\n8;NULL;;;\n"
    assert told(work.run(changed, order))[1][1:] == ("failed", "userName||is required")

    [ann] = work.users()
    assert (ann["userName"], ann["externalId"], "title" in ann) == ("anna", "7", False)
    assert ann["emails"] == [{"value": "b@example.org", "type": "work", "primary": True}]


def test_what_is_wrong_with_rows() -> None:
    """Each problem names the row, the column, the value and what is wrong; the other rows are done."""
    work = Work()

    found = told(
        work.run(
            b"userName,Surname,Active,Title\n,Adams,,\nbob,Brown,maybe,\nann,Adams,,Chief\nAnn,Adams,,\n"
            b"cy,M\xfcller,,\ndan,Dee,,\x07\n"
        )
    )

    assert found == [
        (2, "failed", "userName||is empty, so that nobody knows whom the row is about"),
        (3, "failed", "Active|maybe|must be true or false"),
        (4, "created", ""),
        (5, "failed", "userName|Ann|row 4 is about the same user already"),
        (6, "failed", "Surname|M\\xfcller|is not UTF-8 (byte 0xFC): save the file as CSV in UTF-8"),
        (7, "failed", "Title|\\x07|has a control character (U+0007), which no text has"),
    ]


def test_a_password_is_set_once_and_shown_never() -> None:
    """A new user gets it; who is there keeps his own. No result has it, also where it is refused."""
    work = Work()
    table = "userName,Surname,Password\nann,Adams,Secret.1\nbob,Brown,Sec\x00ret\n"

    first, second = work.run(table), work.run(table)

    assert [each.outcome for each in (*first, *second)] == ["created", "failed", "unchanged", "failed"]
    assert first[1].problems[0].column == "Password"
    assert "Sec" not in "".join(
        line for each in (*first, *second) for line in (*each.lines(), str(each.as_json()))
    )


def test_two_who_have_the_key() -> None:
    """Nobody is changed where it is not clear who is meant."""
    work = Work()
    work.run("userName,Surname,mail\nann,Adams,x@example.org\nbob,Brown,x@example.org\n")

    found = work.run("mail,Surname\nX@example.org,Chan\n", Order(key="emails[work]"))

    assert told(found) == [(2, "failed", "mail|X@example.org|2 users have it")]


def test_by_id() -> None:
    """Who is named by an id is changed; where nobody has it, nobody is created."""
    work = Work()
    [created] = work.run("userName,Surname\nann,Adams\n")

    found = work.run(
        f"id,Surname\n{created.resource_id},Aston\n00000000-0000-4000-8000-000000000000,Bee\n",
        Order(key="id"),
    )

    assert told(found)[0] == (2, "updated", "")
    assert found[1].problems[0].message == "nobody has it"


def test_a_dry_run_changes_nothing_and_says_the_same() -> None:
    """What would become of the rows is what becomes of them, and nothing is written before."""
    work = Work()
    work.run("userName,Surname,externalId\nann,Adams,7\n")
    table = "userName,Surname,externalId,Active\nann,Aston,,\nbob,Brown,9,perhaps\ncy,Chan,1,no\n"
    outside = "userName,externalId\nann,8\n"
    before, recorded = work.users(), len(work.ground.recorded)

    rehearsed = work.run(table, is_rehearsal=True)
    beside = work.run(outside, is_rehearsal=True)

    assert (work.users(), len(work.ground.recorded)) == (before, recorded)
    done = work.run(table)
    assert told(rehearsed) == told(done)
    assert [each.outcome for each in done] == ["updated", "failed", "created"]
    assert [each.outcome for each in (*beside, *work.run(outside))] == ["updated", "updated"]
    assert not rehearsed[2].resource_id


def test_a_dry_run_uses_up_no_numbers() -> None:
    """Where a map generates numbers, those that a dry run would give are given by the import."""
    work = Work(
        replace(memory_ground(), product=Product(maps=("openldap-user-posix", "openldap-group-posix")))
    )
    work.run("userName,Surname\nann,Adams\n")

    assert len(work.run("userName,Surname\nbob,Brown\ncy,Chan\n", is_rehearsal=True)) == 2
    work.run("userName,Surname\nbob,Brown\n")

    search = Search(work.ground.base, "subtree", Present("uidNumber"), ("uidNumber",))
    ann, bob = (int(entry.values("uidNumber")[0]) for entry in work.ground.directory.search(search))
    assert bob == ann + 1


def test_the_guard_weighs_an_import_as_one_request() -> None:
    """What is too much is held, row by row, and a dry run says so before."""
    work = Work(limits=ChangeLimits({"disables": Limit(per_request=1)}))
    work.run("userName,Surname,active\nann,Adams,yes\nbob,Brown,yes\n")
    table = "userName,active\nann,no\nbob,no\n"

    rehearsed, done = work.run(table, is_rehearsal=True), work.run(table)

    assert [each.outcome for each in rehearsed] == [each.outcome for each in done] == ["updated", "failed"]
    assert "would be held" in rehearsed[1].problems[0].message
    assert "is held until an operator approves it" in done[1].problems[0].message


def test_protected_entries_stay() -> None:
    """They are refused in a dry run, too."""
    work = Work()
    work.run(TABLE)
    work.protection = Protection(filter=parse_filter("(uid=ann)"))
    table = "userName,Surname\nann,Aston\nbob,Bee\n"

    for is_rehearsal in (True, False):
        found = work.run(table, is_rehearsal=is_rehearsal)
        assert [each.outcome for each in found] == ["failed", "updated"]
        assert "protected" in found[0].problems[0].message


class _Falling:
    """A directory that answers a number of writes, and then no more."""

    def __init__(self, inner: MemoryDirectory, writes: int) -> None:
        self.inner, self.writes = inner, writes

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def execute(self, operation: Operation, *, read_back: tuple[str, ...] = ()) -> Entry | None:
        """Carry out one more, or none."""
        if not self.writes:
            raise Unavailable("the server went away")
        self.writes -= 1
        return self.inner.execute(operation, read_back=read_back)


def test_broken_off_and_taken_up_again() -> None:
    """Where the directory goes away the import says at which row; the same table does the rest."""
    work = Work()
    inner = work.ground.directory.inner
    assert isinstance(inner, MemoryDirectory)
    work.ground.directory.inner = _Falling(inner, writes=1)  # type: ignore[assignment]  # passes on what it has not
    begun = work.open(TABLE)

    with pytest.raises(BrokenOff) as broken:
        list(begun.run(work.goal()))

    assert (broken.value.row, begun.tally.last_row, begun.tally.as_json()["created"]) == (3, 2, 1)
    work.ground.directory.inner = inner
    assert outcomes(work, TABLE) == [(2, "unchanged"), (3, "created")]


def test_no_more_than_a_batch_of_rows_is_in_memory() -> None:
    """However long a table is: what was read and not yet told is a batch, and nothing of it stays."""
    count = 6 * BATCH
    work, read_lines = Work(), 0

    class Lines(BytesIO):
        def readline(self, _size: int | None = -1) -> bytes:
            nonlocal read_lines
            read_lines += 1
            if read_lines == 1:
                return b"userName,Surname\n"
            return b"user%d,Adams\n" % read_lines if read_lines <= count + 1 else b""

    table = Import(Lines(), work.ground.domain().maps["User"], Order())
    ahead = [read_lines - each.row for each in table.run(work.goal(is_rehearsal=True))]

    assert (len(ahead), max(ahead)) == (count, BATCH - 1)
    assert sum(isinstance(each, Record) for each in gc.get_objects()) <= 2 * BATCH
    # One search for each batch is all that the directory is asked.
    assert work.ground.directory.take() == ["search"] * 6


STAFF = "userName,Manager\nann,\nbob,ANN\ncy,bob\ndee,eve\neve,cy\n"


def test_who_somebody_elses_manager_is() -> None:
    """By userName or id, found at once for some rows; who stands in a row before is there, who comes later is not yet."""
    work = Work()
    absent = (
        "Manager|eve|is nobody's userName or id: who is named has to be there, or to stand in a row before"
    )
    first = [
        (2, "created", ""),
        (3, "created", ""),
        (4, "created", ""),
        (5, "failed", absent),
        (6, "created", ""),
    ]
    assert told(work.run(STAFF, is_rehearsal=True)) == first
    assert work.users() == []
    assert told(work.run(STAFF)) == first

    assert [each[1] for each in told(work.run(STAFF))] == ["unchanged"] * 3 + ["created", "unchanged"]
    work.ground.directory.take()
    assert {each[1] for each in told(work.run(STAFF))} == {"unchanged"}
    assert work.ground.directory.take().count("search") <= 3

    ids = {str(each["userName"]): str(each["id"]) for each in _with_ids(work)}
    changed = work.run(f"userName,Manager\nbob,{ids['cy']}\ncy,<clear>\n")
    assert [each.outcome for each in changed] == ["updated", "updated"]
    managers = {each["userName"]: each.get("manager") for each in _with_ids(work)}
    assert managers["bob"] == ids["cy"]
    assert managers["cy"] is None


def _with_ids(work: Work) -> list[dict[str, object]]:
    """Return each user's name, id and manager."""
    found = work.goal().target.search(Query(count=100)).resources
    path = parse_path("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value")
    return [{**each.attributes, "manager": each.get(path)} for each in found]
