"""How often a session waits for its server: each time is one at which another thread may take over."""

from typing import Any

import pytest

from app.directory.clients import has_native
from app.directory.dn import Dn
from app.directory.filters import Equals
from app.directory.model import Search
from app.testing.slapd import Slapd
from tests.directory.conftest import settings_of

if not has_native():
    pytest.skip("python-ldap is not installed", allow_module_level=True)

from app.directory.native.connection import Connection
from app.directory.native.session import NativeSession

pytestmark = pytest.mark.directory


class Counting(Connection):
    """A connection that counts how often it is waited on."""

    waits = 0

    def found(self, *arguments: Any, **named: Any) -> Any:
        """Count."""
        self.waits += 1
        return super().found(*arguments, **named)


@pytest.mark.parametrize(("is_for_one", "waits"), [(True, 1), (False, 2)])
def test_one_wait_for_one_entry(slapd: Slapd, *, is_for_one: bool, waits: int) -> None:
    """An entry and the end of a search come by one wait where hardly more than one can match."""
    slapd.clear()
    connection = Counting(slapd.uri)
    connection.simple_bind_s(slapd.bind_dn, slapd.bind_password)
    session = NativeSession(connection, settings_of(slapd))
    search = Search(
        Dn.parse(slapd.people_dn), "subtree", Equals("ou", b"People"), size_limit=2, is_for_one=is_for_one
    )

    page = session.page(search, page_size=None)
    session.close()

    assert [entry.dn for entry in page.entries] == [search.base]
    assert connection.waits == waits
