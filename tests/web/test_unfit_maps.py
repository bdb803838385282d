"""A map that the live directory cannot hold is saved only by who insists, at the console and by the Admin API alike."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from app.access.administrators import Role
from app.directory.port import Directory
from app.store.loading import load
from app.testing.slapd import Slapd
from tests.preparation.conftest import connected
from tests.web.admin.conftest import Admin
from tests.web.console.conftest import prepared as prepared_fixture
from tests.web.console.fakes import CONFIG, NAMES, PASSWORDS, Console, open_console

pytestmark = pytest.mark.directory
prepared = prepared_fixture
MAP = "/console/documents/SchemaMap/openldap-user"


@pytest.fixture(scope="module")
def live(slapd: Slapd) -> Iterator[Directory]:
    """Connect to a server, which shows its schema."""
    directory = connected(slapd)
    yield directory
    directory.close()


@pytest.fixture
def console(prepared: Path, tmp_path: Path, live: Directory) -> Iterator[Console]:
    """Open the console of a service over a real directory, as an administrator."""
    opened = open_console(shutil.copytree(prepared, tmp_path / "data"))
    opened.services.configurations._connect = lambda _settings: live  # noqa: SLF001 - as the fakes do
    opened.services.documents.apply(load([CONFIG]).documents, author="test")
    opened.sign_in()
    yield opened
    opened.close()


def unfit(console: Console) -> str:
    """Write a revision of the map with an attribute that the directory does not have."""
    text = console.services.documents.get("SchemaMap", "openldap-user").text()
    return text.replace("title: title", "title: jobTitel")


def is_unfit(console: Console) -> bool:
    """Tell whether such a map is in force."""
    return "jobTitel" in console.services.documents.get("SchemaMap", "openldap-user").text()


def test_at_the_console(console: Console) -> None:
    """The page says what cannot work, and offers to save all the same; whoever takes that does."""
    refused = console.post(MAP, text=unfit(console))
    page = unescape(refused.text)

    assert refused.status_code == 422
    assert "The directory has no attribute jobTitel. (map-unknown-attribute in PRIMARY)" in page
    assert 'name="force"' in page
    assert not is_unfit(console)
    assert 'name="force"' not in console.text(MAP)

    assert console.post(MAP, text=unfit(console), force="on").status_code == 302
    assert is_unfit(console)


def test_by_the_admin_api(console: Console) -> None:
    """The problems are told by their place; with force=true they are told as findings of what was applied."""
    admin = Admin(console, (NAMES[Role.ADMINISTRATOR], PASSWORDS[Role.ADMINISTRATOR]))
    body, kind = unfit(console).encode(), "application/yaml"

    refused = admin.send("POST", "/apply", data=body, content_type=kind)
    told = [(each["key"], each["message"]) for each in refused.json["problems"]]
    assert (refused.status_code, is_unfit(console)) == (422, False)
    assert told == [
        ("attributes.title", "The directory has no attribute jobTitel. (map-unknown-attribute in PRIMARY)")
    ]
    assert admin.send("POST", "/apply?force=maybe", data=body, content_type=kind).status_code == 400

    forced = admin.send("POST", "/apply?force=true", data=body, content_type=kind)
    found = [(each["domain"], each["map"], each["code"]) for each in forced.json["findings"]]
    assert (forced.status_code, is_unfit(console)) == (200, True)
    assert ("PRIMARY", "openldap-user", "map-unknown-attribute") in found


def test_what_a_domain_is_given(console: Console) -> None:
    """A domain that is given another map is held against its directory, too."""
    admin = Admin(console, (NAMES[Role.ADMINISTRATOR], PASSWORDS[Role.ADMINISTRATOR]))
    text = console.services.documents.get("Domain", "PRIMARY").text()
    body = text.replace("openldap-user", "openldap-user-scim").encode()

    refused = admin.send("POST", "/apply", data=body, content_type="application/yaml")

    assert refused.status_code == 422
    assert "map-unknown-class in PRIMARY" in refused.text
