"""The commands for schema maps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.maps import maps
from app.directory.dn import Dn
from app.directory.memory import MemoryDirectory
from app.directory.model import Search
from app.store.database import Database
from tests.cli.services import MapServices, directory, map_services
from tests.scim.samples import ENTERPRISE

Run = Callable[..., Result]
BASE = "dc=example,dc=org"
ANN = Dn.parse(f"uid=ann,ou=People,{BASE}")
NOBODY = "0a1b2c3d-0000-1000-8000-00805f9b34fb"
LOGINS = """
kind: SchemaMap
name: logins
resource_type: User
entry: {object_classes: [account], scope: (objectClass=account), rdn: uid}
attributes: {userName: uid}
"""


@pytest.fixture
def held() -> MemoryDirectory:
    """Make the domain's directory."""
    return directory()


@pytest.fixture
def services(tmp_path: Path, held: MemoryDirectory) -> Iterator[MapServices]:
    """Make the services."""
    database = Database(f"sqlite:///{tmp_path}/landbridge.db")
    database.migrate()
    yield map_services(database, held)
    database.dispose()


@pytest.fixture
def run(services: MapServices) -> Run:
    """Make what runs a command."""

    def run(*arguments: object, text: str | None = None) -> Result:
        return CliRunner().invoke(maps, [str(argument) for argument in arguments], obj=services, input=text)

    return run


@pytest.fixture
def logins(tmp_path: Path) -> Path:
    """Write a map that is not in force."""
    path = tmp_path / "logins.yaml"
    path.write_text(LOGINS)
    return path


def resource(tmp_path: Path, **attributes: object) -> Path:
    """Write a resource."""
    path = tmp_path / "resource.json"
    path.write_text(json.dumps({"userName": "bob", "name": {"familyName": "B"}, **attributes}))
    return path


def the_id(held: MemoryDirectory) -> str:
    """Return the id of the one person there is."""
    (entry,) = held.search(Search(ANN, "base", attributes=("entryUUID",)))
    return entry.text("entryUUID") or ""


ADDED = """\
dn: uid=bob,ou=People,dc=example,dc=org
changetype: add
objectClass: inetOrgPerson
uid: bob
sn: B
cn: B
"""


def test_resource_in_a_domain(run: Run, tmp_path: Path) -> None:
    """The LDIF is what a create would send, and nothing is written."""
    result = run("explain", "openldap-user", "--resource", resource(tmp_path), "--domain", "PRIMARY")

    assert (result.output, result.exit_code) == (ADDED, 0)


def test_resource_without_a_domain(run: Run) -> None:
    """A base is enough; the resource may come from standard input; a password is not shown."""
    text = json.dumps({"userName": "bob", "name": {"familyName": "B"}, "password": "s3cret"})

    result = run("explain", "openldap-user", "--resource", "-", "--base", BASE, text=text)

    assert result.output.startswith(ADDED)
    assert "s3cret" not in result.output
    assert "# a password is set" in result.output


def test_references_in_a_domain(run: Run, tmp_path: Path, held: MemoryDirectory) -> None:
    """The ids that a resource refers to are looked up."""
    path = resource(tmp_path, **{ENTERPRISE: {"manager": {"value": the_id(held)}}})

    result = run("explain", "openldap-user", "--resource", path, "--domain", "PRIMARY")

    assert result.output == f"{ADDED}manager: {ANN}\n"


def test_references_without_a_domain(run: Run, tmp_path: Path) -> None:
    """Without a domain references are left out, and that is said."""
    path = resource(tmp_path, **{ENTERPRISE: {"manager": {"value": NOBODY}}})

    result = run("explain", "openldap-user", "--resource", path, "--base", BASE)

    assert result.output == (
        "# manager is left out: without --domain nobody knows the names behind the ids in "
        f"{ENTERPRISE}:manager\n{ADDED}"
    )


def test_map_not_in_force(run: Run, tmp_path: Path, logins: Path) -> None:
    """A map can be read from a file, in a domain or without one."""
    path = resource(tmp_path)

    result = run("explain", "logins", "-f", logins, "--resource", path, "--domain", "PRIMARY")

    added = "dn: uid=bob,dc=example,dc=org\nchangetype: add\nobjectClass: account\nuid: bob\n"
    assert result.output == f"# name: no rule takes it\n{added}"


def test_entry(run: Run, held: MemoryDirectory) -> None:
    """An entry is shown as SCIM clients see it."""
    result = run("explain", "openldap-user", "--entry", ANN, "--domain", "PRIMARY")

    found = json.loads(result.output)
    assert (found["id"], found["userName"], found["name"]) == (
        the_id(held),
        "ann",
        {"familyName": "A", "formatted": "Ann"},
    )


def test_entry_out_of_scope(run: Run, logins: Path) -> None:
    """An entry that the map's scope leaves out is shown, and that clients do not see it is said."""
    result = run("explain", "logins", "-f", logins, "--entry", ANN, "--domain", "PRIMARY")

    assert json.loads(result.stdout)["userName"] == "ann"
    assert result.stderr == ("SCIM clients do not see this entry: the map's scope is (objectClass=account)\n")


def test_filter(run: Run) -> None:
    """A filter is shown as the directory is asked, with what is left to check and the indexes it wants."""
    result = run("explain", "openldap-user", "--filter", 'userName sw "b" and title pr')

    assert result.output == (
        "filter:   (&(uid=b*)(title=*)(objectClass=inetOrgPerson))\n"
        'residue:  userName sw "b" and title pr\n'
        "indexes:  uid (substring), title (presence), objectClass (equality)\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "title pr",
            "filter:   (&(title=*)(objectClass=inetOrgPerson))\nresidue:  none, the directory decides alone\n"
            "indexes:  title (presence), objectClass (equality)\n",
            id="no residue",
        ),
        pytest.param(
            'nickName eq "x"',
            "filter:   none, for no entry can match\nresidue:  none, the directory decides alone\n"
            "indexes:  none\n",
            id="never",
        ),
    ],
)
def test_filter_in_a_domain(run: Run, text: str, expected: str) -> None:
    """A domain's own dialect is used, and what need not be said is said to be nothing."""
    result = run("explain", "openldap-user", "--filter", text, "--domain", "PRIMARY")

    assert result.output == expected


def test_filter_of_references(run: Run, held: MemoryDirectory) -> None:
    """Ids in filters are looked up in a domain; without one they stand for themselves, and that is said."""
    text = f'manager.value eq "{the_id(held)}"'

    inside = run("explain", "openldap-user", "--filter", text, "--domain", "PRIMARY")
    outside = run("explain", "openldap-user", "--filter", text)

    assert f"(manager={ANN})" in inside.stdout
    assert inside.stderr == ""
    assert f"(manager=id={the_id(held)})" in outside.stdout
    assert (
        outside.stderr == f"without --domain nobody knows the names that stand behind {ENTERPRISE}:manager\n"
    )


MANAGED = f"""\
dn: uid=bo,ou=People,{BASE}
objectClass: inetOrgPerson
uid: bo
title: Chief
manager: {ANN}
"""


def test_ldif(run: Run, services: MapServices) -> None:
    """An entry that stands in LDIF is shown: with whom it refers to in a domain, without them alone, and that is said."""
    alone = run("explain", "openldap-user", "--ldif", "-", text=MANAGED)
    inside = run("explain", "openldap-user", "--ldif", "-", "--domain", "PRIMARY", text=MANAGED)

    place = f"{ENTERPRISE}:manager"
    assert json.loads(alone.stdout)["title"] == "Chief"
    assert alone.stderr == f"without --domain nobody knows the names that stand behind {place}\n"
    assert json.loads(inside.stdout)[ENTERPRISE]["manager"]["displayName"]
    assert inside.stderr == ""
    again = run("explain", "openldap-user", "--filter", 'userName eq "bo"', "--domain", "PRIMARY")
    assert again.exit_code == 0
    del services


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("title", "line 1: has no name and value", id="no LDIF"),
        pytest.param("dn: uid=x\nchangetype: delete\n", "describes no entry", id="no entry"),
        pytest.param("dn: uid=x\nobjectGUID: x\n", "objectGUID is no id", id="no id"),
    ],
)
def test_no_ldif(run: Run, text: str, said: str) -> None:
    """What is no entry is refused with the line."""
    result = run("explain", "ad-user", "--product", "active-directory", "--ldif", "-", text=text)

    assert result.exit_code != 0
    assert said in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param((), 2, "give one of --resource, --entry, --ldif and --filter", id="nothing"),
        pytest.param(
            ("--entry", BASE, "--filter", "x pr"),
            2,
            "give one of --resource, --entry, --ldif and --filter",
            id="two",
        ),
        pytest.param(("--entry", "x", "--domain", "PRIMARY"), 2, "is not a distinguished name", id="no name"),
        pytest.param(("--entry", BASE), 2, "--entry needs --domain NAME: whose entry?", id="no domain"),
        pytest.param(
            ("--resource", "-"),
            2,
            "--resource needs --domain NAME or --base DN: below which name?",
            id="nowhere",
        ),
        pytest.param(
            ("--filter", "title pr", "--domain", "X"),
            3,
            "there is no domain X; there are: PRIMARY",
            id="unknown domain",
        ),
        pytest.param(
            ("--filter", "title pr", "--domain", "BROKEN"),
            4,
            "BROKEN: the user store domain BROKEN cannot be used: BASE is not set",
            id="broken domain",
        ),
        pytest.param(("--filter", "nobody pr"), 4, "User has no attribute 'nobody'", id="filter"),
        pytest.param(
            ("--entry", f"uid=x,{BASE}", "--domain", "PRIMARY"),
            3,
            f"There is no entry uid=x,{BASE}.",
            id="no entry",
        ),
    ],
)
def test_refused(run: Run, arguments: tuple[str, ...], code: int, message: str) -> None:
    """What cannot be explained is said in words."""
    result = run("explain", "openldap-user", *arguments, text="{}")

    assert result.exit_code == code
    assert message in result.stderr


def test_bad_resource(run: Run) -> None:
    """What is wrong with a resource is said as a client would be told."""
    result = run("explain", "openldap-user", "--resource", "-", "--base", BASE, text="{")

    assert result.exit_code == 4
    assert result.stderr.startswith("Error: not JSON: ")


def test_no_map(run: Run, logins: Path) -> None:
    """A map that is not there is missed, in force and in files."""
    in_force = run("explain", "x", "--filter", "title pr")
    in_files = run("explain", "x", "-f", logins, "--filter", "title pr")

    assert (in_force.exit_code, in_force.stderr) == (3, "Error: there is no SchemaMap x\n")
    assert (in_files.exit_code, in_files.stderr) == (
        3,
        "Error: there is no SchemaMap x in the files, only logins\n",
    )


def test_bad_map(run: Run, tmp_path: Path) -> None:
    """What is wrong with a map in a file is told by file, line and key."""
    path = tmp_path / "bad.yaml"
    path.write_text(LOGINS.replace("userName: uid", "userName: u"))

    result = run("explain", "logins", "-f", path, "--filter", "title pr")

    assert result.exit_code == 4
    assert result.stderr == (
        f"{path}:5: SchemaMap logins: entry.rdn: no attribute of the map writes uid, which names the entry\n"
        "Error: nothing explained, 1 problem\n"
    )


def test_missing_value(run: Run, tmp_path: Path) -> None:
    """What the map requires of clients is missed as it would be by a request, on create only."""
    path = tmp_path / "strict.yaml"
    path.write_text(
        LOGINS.replace(
            "attributes: {userName: uid}",
            "attributes: {userName: uid, title: {attribute: title, required: true}}",
        )
    )

    refused = run("explain", "logins", "-f", path, "--resource", resource(tmp_path), "--base", BASE)
    shown = run("explain", "logins", "-f", path, "--entry", ANN, "--domain", "PRIMARY")

    assert (refused.exit_code, refused.stderr) == (4, "Error: title must have a value\n")
    assert json.loads(shown.stdout)["userName"] == "ann"
