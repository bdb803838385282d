"""Users come in from tables and go out as files through the Admin API."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from app.access.administrators import Role
from app.directory.errors import Unavailable
from app.store.audit import AuditFilter
from tests.web.console.fakes import HOST

if TYPE_CHECKING:
    from tests.web.admin.conftest import Admin

IMPORT = "/domains/PRIMARY/resources/User/import"
TABLE = "Staff,Surname,password\nann,Adams,Secret.1\nbob,Brown,\n,Nobody,\n"


def send(admin: Admin, query: str = "", table: str = TABLE, *, kind: str = "text/csv") -> Any:
    """Send a table."""
    return admin.console.http.post(
        f"/admin{IMPORT}?column=Staff=userName{query}",
        data=table.encode(),
        content_type=kind,
        auth=admin.auth,
        base_url=HOST,
    )


def lines(answer: Any) -> list[dict[str, Any]]:
    """Read the lines of an answer."""
    assert (answer.status_code, answer.content_type) == (200, "application/jsonl")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_import(admin: Admin) -> None:
    """A dry run says what the import then does, each row on a line; who did it is in the trail."""
    operator = admin.role(Role.OPERATOR)
    dry = lines(send(operator, "&dryRun=true"))
    assert admin.get("/domains/PRIMARY/resources/User")["totalResults"] == 0

    done = lines(send(operator))

    assert [each.get("outcome") for each in dry] == [each.get("outcome") for each in done]
    assert done[2] == {
        "row": 4,
        "key": "",
        "outcome": "failed",
        "id": None,
        "changed": [],
        "problems": [
            {
                "column": "Staff",
                "value": None,
                "problem": "is empty, so that nobody knows whom the row is about",
            }
        ],
    }
    assert done[3]["summary"] == {
        "dryRun": False,
        "key": "Staff",
        "columns": {"Staff": "userName", "Surname": "name.familyName", "password": "password"},
        "unused": [],
        "rows": 3,
        "lastRow": 4,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "failed": 1,
    }
    [entry] = admin.services.audit.page(AuditFilter(action="import"), limit=5)
    assert (entry.actor, entry.application, entry.outcome) == ("olga", "(admin)", "done")
    assert "Secret" not in send(operator).text


def test_refused_before_anything_is_done(admin: Admin) -> None:
    """What cannot be read, who may not, and another type of body."""
    refused = send(admin, "&key=emails[work]")
    assert (refused.status_code, refused.json["detail"][:31]) == (422, "no column holds emails[work], b")
    assert send(admin.role(Role.VIEWER)).status_code == 403
    assert send(admin, kind="text/plain").status_code == 415
    assert send(admin, "&column=x").status_code == 400
    assert send(admin, "&dryRun=perhaps").status_code == 400


def test_more_than_other_bodies(admin: Admin) -> None:
    """A table may be larger than what else is sent here."""
    table = "Staff,Surname\nann," + "x" * 100 + "\n" + (" " * 10_000 + ",\n") * 120

    assert lines(send(admin, table=table))[-1]["summary"]["rows"] == 1


def test_broken_off(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the directory goes away the last line says how far it got, and so does the trail."""
    lines(send(admin, "&dryRun=true"))
    domain = admin.services.configurations.current().domains["PRIMARY"]
    inner, calls = type(domain.directory).execute, iter([True])

    def execute(self: Any, operation: Any, **arguments: Any) -> Any:
        if not next(calls, False):
            raise Unavailable("the server went away")
        return inner(self, operation, **arguments)

    monkeypatch.setattr(type(domain.directory), "execute", execute)
    found = lines(send(admin, table="Staff,Surname\nann,Adams\nbob,Brown\ncy,Chan\n"))

    assert [each.get("outcome") for each in found] == ["created", None]
    assert found[1]["summary"]["error"].startswith("stopped at row 3: ")
    [entry] = admin.services.audit.page(AuditFilter(action="import"), limit=5)
    assert (entry.outcome, entry.detail.rpartition("; ")[2]) == ("failed", "broken off after row 2")


def test_export(admin: Admin) -> None:
    """Whoever may look may take it along, in each form, as far as it matches."""
    lines(send(admin))
    viewer, path = admin.role(Role.VIEWER), "/domains/PRIMARY/resources/User/export"

    table = viewer.send("GET", f"{path}?format=csv")
    assert [row["userName"] for row in csv.DictReader(table.text.splitlines())] == ["ann", "bob"]
    assert table.content_type == "text/csv; charset=utf-8"
    found = viewer.get(f'{path}?filter=userName eq "bob"')
    assert [each["userName"] for each in found] == ["bob"]
    assert "dn: uid=ann," in viewer.send("GET", f"{path}?format=ldif").text
    assert viewer.send("GET", f"{path}?format=xls").status_code == 400
    assert viewer.send("GET", f"{path}?filter=userName").status_code == 400
    assert viewer.send("GET", "/domains/NOWHERE/resources/User/export").status_code == 503
    assert viewer.send("GET", "/domains/PRIMARY/resources/Thing/export").status_code == 404


def test_described(admin: Admin) -> None:
    """OpenAPI says what goes in and what comes out."""
    described = admin.get("/openapi.json")["paths"]
    sent = described["/domains/{domain}/resources/User/import"]["post"]
    got = described["/domains/{domain}/resources/{resource_type}/export"]["get"]

    assert list(sent["requestBody"]["content"]) == ["text/csv"]
    assert list(sent["responses"]["200"]["content"]) == ["application/jsonl"]
    assert list(got["responses"]["200"]["content"]) == ["text/csv", "application/json", "text/x-ldif"]
