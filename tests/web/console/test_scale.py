"""However many users there are, a page needs a page's worth of entries: counted, not measured by a clock."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

import pytest

from app.directory.dn import Dn
from app.directory.memory import MemoryDirectory
from app.directory.model import Add, Entry, Search
from tests.web.console.fakes import BASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.console.fakes import Console

USERS = 400
PAGE = 25


class _Counting:
    """Counts the entries that are read of a directory: whole ones, and those of which only the id is wanted."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._search = directory.search
        self.read: Counter[str] = Counter()

    def search(self, search: Search) -> Iterator[Entry]:
        kind = "ids" if len(search.attributes) <= 1 else "whole"
        for entry in self._search(search):
            self.read[kind] += 1
            yield entry


@pytest.fixture
def counting(operator: Console, monkeypatch: pytest.MonkeyPatch) -> _Counting:
    """Have a directory with many users, and a group of all of them."""
    directory = operator.services.configurations.current().domains["PRIMARY"].directory
    memory = cast("MemoryDirectory", directory)
    names = [Dn.parse(f"uid=user{number:03},ou=People,{BASE}") for number in range(USERS)]
    for name in names:
        attributes = {
            "objectClass": (b"inetOrgPerson",),
            "uid": (str(name).partition(",")[0].removeprefix("uid=").encode(),),
            "cn": (b"U",),
        }
        memory.execute(Add(name, {**attributes, "sn": (b"S",)}))
    group = {"objectClass": (b"groupOfNames",), "cn": (b"All",)}
    members = tuple(str(name).encode() for name in names)
    memory.execute(Add(Dn.parse(f"cn=All,ou=Groups,{BASE}"), {**group, "member": members}))
    made = _Counting(memory)
    monkeypatch.setattr(memory, "search", made.search)
    return made


@pytest.mark.parametrize("start", [1, 26, 376])
def test_a_page_of_users_is_what_is_read(operator: Console, counting: _Counting, start: int) -> None:
    """The ids of all are read once, to count them; of the entries, those that are shown."""
    operator.get(f"/console/users?domain=PRIMARY&count={PAGE}")
    first = counting.read.copy()
    counting.read.clear()

    page = operator.text(f"/console/users?domain=PRIMARY&count={PAGE}&start={start}")

    assert f"of {USERS}</p>" in page
    assert page.count("/console/users/PRIMARY/") >= PAGE
    assert first["whole"] <= PAGE + 5
    assert first["ids"] <= USERS + 5
    assert counting.read["whole"] <= PAGE + 5
    assert counting.read["ids"] <= 5 or start == 1


@pytest.mark.parametrize("path", ["/console", "/console/user-stores", "/console/guard", "/console/activity"])
def test_other_pages_read_no_users(operator: Console, counting: _Counting, path: str) -> None:
    """Home and the like ask a directory whether it answers, and nothing else."""
    operator.get(path)

    assert counting.read["whole"] + counting.read["ids"] <= 1


def test_a_group_of_all_is_shown_by_pages(operator: Console, counting: _Counting) -> None:
    """Of a group of many, those members are looked up that are shown."""
    listed = operator.text("/console/groups?domain=PRIMARY")
    where = "/console/groups/PRIMARY/" + listed.partition("/console/groups/PRIMARY/")[2].partition('"')[0]
    if where.endswith("/new"):
        where = "/console/groups/PRIMARY/" + listed.split("/console/groups/PRIMARY/")[2].partition('"')[0]
    counting.read.clear()

    page = operator.text(f"{where}?count={PAGE}&start=26")

    assert f"50 of {USERS}</p>" in page
    assert counting.read["whole"] + counting.read["ids"] <= PAGE + 10
