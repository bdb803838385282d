"""Users come in from tables at the console, and go out as files."""

from __future__ import annotations

import csv
from dataclasses import asdict
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, Any

from app.exchange.background import Background
from app.exchange.importing import Order
from app.exchange.imports import Errand
from app.provisioning.guard import Sentry
from app.provisioning.trail import Origin
from app.store.audit import AuditFilter
from app.store.import_tables import ImportPartRow
from app.web.console.recording import CONSOLE
from tests.waiting import wait_until
from tests.web.console.fakes import HOST

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.web.console.fakes import Console

NEW = "/console/users/PRIMARY/import"
TABLE = "Staff,Surname,Notes,password\nann,Adams,x,Secret.1\nbob,Brown,,\n,Nobody,,\n"


def upload(console: Console, table: str | bytes = TABLE) -> TestResponse:
    """Upload a table."""
    content = table.encode() if isinstance(table, str) else table
    return console.http.post(
        NEW,
        data={"csrf_token": console.token(), "table": (BytesIO(content), "staff.csv")},
        base_url=HOST,
        headers={"Referer": HOST + "/"},
    )


def finished(console: Console, path: str) -> str:
    """Return a run's page once nothing goes on any more."""
    wait_until(lambda: "data-follow" not in console.text(path))
    return console.text(path)


def test_from_upload_to_result(operator: Console) -> None:
    """Columns are chosen, the table is checked and changes nothing, then it is imported, and the result is sent."""
    run = upload(operator).location
    page = operator.text(run)
    assert '<option value="name.familyName" selected>Family name (name.familyName)</option>' in page
    assert page.count('<option value="-">Not used</option>') == 4

    refused = operator.post(f"{run}/check", **{"column-0": "-"})
    assert (refused.status_code, "No column holds userName" in refused.text) == (422, True)
    assert operator.post(f"{run}/apply").status_code == 422
    operator.post(f"{run}/check", **{"column-0": "userName", "key": "userName"})
    checked = finished(operator, run)
    assert "<dt>Created</dt><dd>2</dd>" in checked
    assert "is empty, so that nobody knows whom the row is about" in checked
    assert operator.services.audit.page(AuditFilter(action="create"), limit=5) == []

    operator.post(f"{run}/apply")
    done = finished(operator, run)

    assert ("<dt>Created</dt><dd>2</dd>" in done, "<dd>Notes</dd>" in done) == (True, True)
    found = operator.get(f"{run}/result.csv")
    rows = list(csv.DictReader(found.text.removeprefix("\ufeff").splitlines()))
    assert [(row["row"], row["outcome"], row["key"]) for row in rows] == [
        ("2", "created", "ann"),
        ("3", "created", "bob"),
        ("4", "failed", ""),
    ]
    [entry] = operator.services.audit.page(AuditFilter(action="import"), limit=5)
    assert (entry.actor, entry.application, entry.outcome) == ("olga", CONSOLE, "done")
    assert "staff.csv" in operator.text(NEW)


def test_how_the_table_is_written_may_be_said(operator: Console) -> None:
    """What stands between columns and values, and what clears: where it changes the columns, they are shown anew first."""
    run = upload(operator, "userName|emails;title\nann|a@x.example,b@x.example|NONE\n").location
    assert ">userName|emails<" in operator.text(run)
    sent = {"delimiter": "bar", "shown-delimiter": "", "separator": "comma", "clear": "NONE"}
    anew = operator.post(f"{run}/check", **sent)
    assert (anew.status_code, ">emails;title<" in anew.text) == (422, True)
    assert "The columns are divided anew" in anew.text
    assert operator.post(f"{run}/check", **{**sent, "delimiter": "x"}).status_code == 422

    run = upload(operator, "userName|emails|title\nann|a@x.example,b@x.example|NONE\n").location
    operator.post(f"{run}/check", separator="comma", clear="NONE", key="userName")
    assert '<option value="comma" selected>Comma</option>' in finished(operator, run)
    operator.post(f"{run}/apply")

    assert "<dt>Created</dt><dd>1</dd>" in finished(operator, run)
    found = operator.text("/console/users/export.csv?domain=PRIMARY")
    assert ("a@x.example\nb@x.example" in found, "NONE" in found) == (True, False)


def test_the_table_is_encrypted_and_forgotten(operator: Console) -> None:
    """There may be passwords in it; none is in the store, in a page or in a result."""
    run = upload(operator).location
    with operator.services.database.reading() as session:
        kept = [part.content for part in session.query(ImportPartRow)]
    assert (len(kept), b"Secret" in b"".join(kept)) == (1, False)

    operator.post(f"{run}/check", **{"column-0": "userName"})
    texts = [finished(operator, run)]
    operator.post(f"{run}/apply")
    texts += [finished(operator, run), operator.get(f"{run}/result.csv").text]

    assert "Secret" not in "".join(texts)
    assert not operator.services.import_runs.has_table(run.rpartition("/")[2])
    assert operator.post(f"{run}/apply").status_code == 422


def test_what_is_no_table(operator: Console) -> None:
    """It is refused at once, and says why; so is a form without a file."""
    refused = upload(operator, b"PK\x03\x04")
    assert (refused.status_code, "save it as CSV in UTF-8" in refused.text) == (422, True)
    assert operator.post(NEW).status_code == 422
    assert operator.get(f"{NEW}/none").status_code == 404


def test_a_table_may_be_large_for_operators_only(operator: Console) -> None:
    """More than other forms is taken from who may import, and from nobody else."""
    operator.app.config["MAX_CONTENT_LENGTH"] = 1000
    table = TABLE + ",,,\n" * 500
    assert upload(operator, table).status_code == 302

    stranger = operator.browser()
    data = {"table": (BytesIO(table.encode()), "staff.csv")}
    answer = stranger.http.post(NEW, data=data, base_url=HOST, headers={"Referer": HOST + "/"})
    assert answer.location.startswith("/console/login")


def test_stopped_lost_and_at_work(operator: Console) -> None:
    """Whoever looks sees how far it is, may stop it, and is told where it ended, also where its process has."""
    run = upload(operator).location
    runs, name = operator.services.import_runs, run.rpartition("/")[2]
    order = Order({"Staff": "userName"})
    assert runs.start(name, "import", asdict(order))
    runs.note(name, {"rows": 1, "created": 1, "lastRow": 2, "position": 40}, "")
    page = operator.text(run)
    assert ('value="40"' in page, "1 rows so far, 1 created" in page, "data-follow" in page) == (
        True,
        True,
        True,
    )
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
    assert operator.post(f"{run}/apply").status_code == 422

    operator.post(f"{run}/stop")
    _run_now(operator, name, order)
    assert "Stopped by hand after row 2" in operator.text(run)
    assert operator.services.audit.page(AuditFilter(action="import"), limit=1)[0].outcome == "failed"

    runs.start(name, "import", asdict(order))
    runs.note(name, {"lastRow": 3, "rows": 2}, "")
    operator.clock.advance(180)
    assert "It had got to row 3 at least" in operator.text(run)
    operator.post(f"{run}/apply")
    assert "<dt>Unchanged</dt><dd>1</dd>" in finished(operator, run)


def _run_now(console: Console, name: str, order: Order) -> None:
    """Do what the thread does, each row noted."""
    services = console.services
    recorded: list[Any] = []
    sentry = Sentry(services.held_changes, services.populations, "olga", CONSOLE)
    errand = Errand("PRIMARY", Origin("olga", CONSOLE), recorded.append, sentry)
    seconds = count(start=10)
    Background(services.imports, services.import_runs, lambda: float(next(seconds))).run(name, order, errand)


def test_exports_keep_the_search(viewer: Console) -> None:
    """Whoever looks takes along what the page shows, however many pages there are, in each form."""
    admin = viewer.browser()
    admin.sign_in()
    for name in ("ann", "anna", "bob"):
        admin.create_user(**{"userName": name, "name.familyName": "=Adams"})

    page = viewer.text("/console/users?domain=PRIMARY&q=ann")
    assert '/console/users/export.csv?domain=PRIMARY&amp;q=ann"' in page
    found = viewer.get("/console/users/export.csv?domain=PRIMARY&q=ann")
    rows = list(csv.DictReader(found.text.removeprefix("\ufeff").splitlines()))

    assert [(row["userName"], row["name.familyName"]) for row in rows] == [
        ("ann", "'=Adams"),
        ("anna", "'=Adams"),
    ]
    assert found.headers["Content-Disposition"] == 'attachment; filename="users.csv"'
    assert viewer.get("/console/groups/export.json?domain=PRIMARY").json == []
    assert "dn: uid=bob" in viewer.text('/console/users/export.ldif?filter=userName eq "bob"')
    assert viewer.get("/console/users/export.xls").status_code == 404
    assert viewer.get("/console/users/export.csv?filter=x").status_code == 400
