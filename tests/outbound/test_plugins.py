"""Plugins that are really installed: one that works, and five that do not and take nothing down with them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.connectors import connectors
from app.outbound.discovery import OWN, discover
from app.store.document import Document
from tests.outbound.bridges import application, proxy_bridge
from tests.web.scim.bridge import USER, problem, read

PLUGIN = Path(__file__).parent / "plugin"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the distribution and install it into a directory of its own, as pip does it."""
    source, target = tmp_path_factory.mktemp("source") / "plugin", tmp_path_factory.mktemp("site")
    shutil.copytree(PLUGIN, source)
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        *offline,
        "--target",
        target,
        source,
    ]
    subprocess.run(command, check=True, capture_output=True)
    return target


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have Python find it."""
    monkeypatch.syspath_prepend(site)
    yield
    sys.modules.pop("landbridge_notebook", None)


def notebook(kind: str, path: str, **body: Any) -> Document:
    """Describe a connector of one of the plugin's types."""
    return Document(
        "Connector", "notes", {"type": kind, "blocking": True, "settings": {"path": path}, **body}
    )


@pytest.mark.usefixtures("installed")
def test_a_plugin_is_told_what_happens(tmp_path: Path) -> None:
    """Its entry point makes a type of connectors, which documents may use as any other."""
    path = tmp_path / "notes.jsonl"
    with proxy_bridge(tmp_path, notebook("notebook", str(path)), application("notes")) as bridge:
        jo = bridge.user("jo")

    [line] = path.read_text().splitlines()
    assert json.loads(line)["resource"]["userName"] == "jo"
    assert json.loads(line)["id"] == jo["id"]


@pytest.mark.usefixtures("installed")
def test_its_settings_are_checked(tmp_path: Path) -> None:
    """By its own schema, with the key that is wrong."""
    with proxy_bridge(tmp_path, application()) as bridge:
        wrong = Document("Connector", "notes", {"type": "notebook", "settings": {"paht": "/notes"}})
        problems = [str(each) for each in bridge.services.documents.problems([wrong])]

    assert any("settings.path" in each for each in problems)
    assert any("settings.paht" in each for each in problems)


@pytest.mark.usefixtures("installed")
def test_broken_ones_are_told_apart() -> None:
    """Each with its reason and where it comes from; a plugin cannot take one of our types' place."""
    found = discover()

    assert found.types.keys() == {*OWN, "notebook", "careless"}
    assert found.types["scim2"] is OWN["scim2"]
    assert found.broken.keys() == {"absent", "unfinished", "raising"}
    assert all("landbridge-notebook 1.2.3" in why for why in found.broken.values())
    assert "No module named 'landbridge_notebook.nowhere'" in found.broken["absent"]
    assert "it has no problems and no open" in found.broken["unfinished"]
    assert "the license has expired" in found.broken["raising"]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("kind", "path", "expected"),
    [
        ("raising", "/notes", "the license has expired"),
        ("careless", "notes", "its type cannot check them (KeyError)"),
        ("nothing", "/notes", "is none of careless, command, file, ldap, notebook"),
    ],
)
def test_documents_of_broken_types_are_refused(tmp_path: Path, kind: str, path: str, expected: str) -> None:
    """With the reason, at their key; the service goes on."""
    with proxy_bridge(tmp_path, application()) as bridge:
        [found] = bridge.services.documents.problems([notebook(kind, path)])

    assert expected in str(found)


@pytest.mark.usefixtures("installed")
def test_one_that_fails_when_it_is_used(tmp_path: Path) -> None:
    """Its application is told so with 503; others are served, and nothing is lost."""
    careless = notebook("careless", "/notes", blocking=False)
    with proxy_bridge(tmp_path, careless, application("notes")) as bridge:
        answer = bridge.send("POST", "/Users", {"schemas": [USER], "userName": "jo"})
        other = bridge.stranger().get("/ServiceProviderConfig")

    assert problem(answer)[0] == 503
    assert "its type failed (ZeroDivisionError)" in read(answer)["detail"]
    assert other.status_code == 200


def _types() -> dict[str, tuple[str, str]]:
    output = CliRunner().invoke(connectors, ["types", "-o", "json"]).output
    return {
        each["name"]: (each["origin"], each["reason"]) for each in json.loads(output[output.index("[\n") :])
    }


@pytest.mark.usefixtures("installed")
def test_the_command_lists_them() -> None:
    """`landbridge connectors types` says what there is and what is broken."""
    found = _types()

    assert found["notebook"] == ("plugin", "")
    assert found["webhook"] == ("built in", "")
    assert found["absent"][0] == "broken"
    assert "nowhere" in found["absent"][1]


def test_without_the_distribution_there_are_our_own() -> None:
    """Nothing is left of a plugin that is not installed."""
    assert discover().types.keys() == OWN.keys()
    assert _types().keys() == OWN.keys()
