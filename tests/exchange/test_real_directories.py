"""What an import does to a directory in memory it does to real ones."""

import pytest

from app.exchange.exports import FORMS, Found
from app.provisioning.preview import with_map
from app.provisioning.target import Query
from tests.exchange.work import Work
from tests.provisioning.conftest import Ground
from tests.provisioning.conftest import ad_ground as ad_ground_fixture
from tests.provisioning.conftest import ldap_ground as ldap_ground_fixture

pytestmark = pytest.mark.directory
ldap_ground, ad_ground = ldap_ground_fixture, ad_ground_fixture
TABLE = """userName,First name,Surname,E-Mail,Phone,Department,Password
jo1,Jo,Müller,jo1@example.org,+49 30 1,Sales,Secret.1234
jo2,Jo,Müller,jo2@example.org,+49 30 2,Sales,
"""


def test_on_openldap(ldap_ground: Ground) -> None:
    """Rows create, then find everything as it is by one search, then change what differs; a dry run knows before."""
    _import_and_again(Work(ldap_ground))


@pytest.mark.container
def test_on_active_directory(ad_ground: Ground) -> None:
    """The same holds for Active Directory."""
    _import_and_again(Work(ad_ground))


def _import_and_again(work: Work) -> None:
    dry = work.run(TABLE, is_rehearsal=True)
    assert ([each.outcome for each in dry], work.users()) == (["created", "created"], [])
    assert [each.outcome for each in work.run(TABLE)] == ["created", "created"]
    work.ground.directory.take()

    assert [each.outcome for each in work.run(TABLE)] == ["unchanged", "unchanged"]
    assert work.ground.directory.take() == ["search"]

    changed = work.run("userName,E-Mail,Phone\nJO1,<clear>,\njo2,,\n")
    assert [(each.outcome, each.changed) for each in changed] == [("updated", ("E-Mail",)), ("unchanged", ())]
    assert next(user.get("emails") for user in work.users()) is None
    managed = "userName,Manager\njo2,JO1\n"
    assert [each.outcome for each in work.run(managed)] == ["updated"]
    assert [each.outcome for each in work.run(managed)] == ["unchanged"]
    ldif, table = _exported(work, "ldif"), _exported(work, "csv")
    assert (ldif.count("\ndn: ") + ldif.startswith("dn: "), "Secret" in ldif) == (2, False)
    assert [each.outcome for each in work.run(table)] == ["unchanged", "unchanged"]


def _exported(work: Work, form: str) -> str:
    """Write all users out."""
    domain, target, way = work.ground.domain(), work.goal().target, FORMS[form]
    entries, query = with_map(domain, domain.maps["User"]), Query(count=1, cursor="")
    wants = way.wants(entries)
    return "".join(way.write(Found(entries, target, query, wants, target.search(query, wants=wants))))
