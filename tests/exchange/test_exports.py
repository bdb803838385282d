"""What is in a domain goes out as CSV, JSON and LDIF, and as CSV comes back as it went."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from app.__main__ import main
from app.exchange import exports
from app.store.csv_text import harmless, plain
from tests.web.console.conftest import prepared as prepared_fixture
from tests.web.console.conftest import shipped as shipped_fixture
from tests.web.console.conftest import stranger as stranger_fixture

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

prepared, shipped, stranger = prepared_fixture, shipped_fixture, stranger_fixture
TABLE = """userName,name.familyName,emails[work],phoneNumbers[work],title,externalId,password
ann,Adams,"ann@example.org
a.adams@example.org",+49 30 1,=1+1,7,Secret.1
bob,Brown,,,'=really,,
cy,Chan,,,,,
"""


def run(console: Console, *arguments: str, sent: str | None = None) -> Result:
    """Run a command about users."""
    return CliRunner().invoke(main.commands["users"], arguments, obj=console.services, input=sent)


@pytest.fixture
def filled(stranger: Console, monkeypatch: pytest.MonkeyPatch) -> Console:
    """Give a domain with three users, and pages of two."""
    monkeypatch.setattr(exports, "PAGE", 2)
    assert run(stranger, "import", "-", sent=TABLE).exit_code == 0
    return stranger


def test_csv_comes_back_as_it_went(filled: Console) -> None:
    """Formulas are no formulas in it, nobody's password is in it, and importing it changes nothing."""
    exported = run(filled, "export", "--format", "csv").stdout

    rows = list(csv.DictReader(exported.splitlines(keepends=True)))
    assert [row["userName"] for row in rows] == ["ann", "bob", "cy"]
    assert (rows[0]["title"], rows[1]["title"], rows[0]["phoneNumbers[work]"]) == (
        "'=1+1",
        "'=really",
        "'+49 30 1",
    )
    assert rows[0]["emails[work]"].splitlines() == ["ann@example.org", "a.adams@example.org"]
    assert ("password" in rows[0], "Secret" in exported) == (False, False)
    again = run(filled, "import", "-", "--key", "id", sent=exported)
    assert (again.exit_code, again.stdout.partition(" unchanged")[0]) == (0, "0 created, 0 updated, 3")


def test_json_and_ldif(filled: Console) -> None:
    """JSON has resources as SCIM clients see them, LDIF the entries; a filter says of whom."""
    resources = json.loads(run(filled, "export", "--filter", 'not (userName eq "cy")').stdout)
    assert [(each["userName"], each.get("externalId")) for each in resources] == [("ann", "7"), ("bob", None)]

    ldif = run(filled, "export", "--format", "ldif").stdout
    assert ldif.count("dn: uid=") == 3
    assert ("mail: a.adams@example.org\n" in ldif, "Secret" in ldif) == (True, False)


def test_nobody_and_groups(filled: Console) -> None:
    """An export of nobody is empty, and well-formed; groups go out, too; an unknown type is refused."""
    nobody = ("--filter", 'userName eq "x"')

    assert json.loads(run(filled, "export", *nobody).stdout) == []
    assert run(filled, "export", *nobody, "--format", "csv").stdout.count("\n") == 1
    assert run(filled, "export", *nobody, "--format", "ldif").stdout == ""
    assert json.loads(run(filled, "export", "--type", "Group").stdout) == []
    assert run(filled, "export", "--type", "Device").exit_code == 3


@pytest.mark.parametrize("text", ["=1", "+49", "-", "@x", "'=1", "''+1", "'a", "", "a=b", "'"])
def test_formulas_and_back(text: str) -> None:
    """No value begins as a formula does, and each is read as it was."""
    written = harmless(text)

    assert not written.startswith(("=", "+", "-", "@"))
    assert plain(written) == text
