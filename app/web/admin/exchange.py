"""Users from and to files: tables in, as they come, with a line of JSON for each row; users and groups out."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from http import HTTPStatus
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any, Final

from flask import Response, request, stream_with_context

from app.access.administrators import Role
from app.exchange.batch import BrokenOff
from app.exchange.cells import CLEAR
from app.exchange.exports import FORMS
from app.exchange.importing import Import, Order
from app.exchange.imports import Errand
from app.exchange.results import Result
from app.exchange.table import InvalidTable
from app.provisioning.guard import Sentry
from app.scim.errors import NotFound
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.web.admin.bodies import flag, text
from app.web.admin.errors import InvalidRequest
from app.web.admin.guard import me
from app.web.admin.recording import ADMIN_API
from app.web.admin.routes import FLAG, TEXT, Answer, Operation
from app.web.current import services
from app.web.recording import recorder

CSV: Final = "text/csv"
JSON_LINES: Final = "application/jsonl"
LARGEST: Final = 1 << 30
"""How many bytes a table may have here: it is kept on disk while it is imported."""
_TYPE = "/domains/<domain>/resources/<resource_type>"


def import_users(domain: str) -> Answer:
    """Import a table of users (CSV in UTF-8); the answer has a line for each row, and one for all at the end."""
    if request.mimetype != CSV:
        raise InvalidRequest(f"the body is {CSV}", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    order, is_rehearsal = _order(), flag("dryRun")
    file = _received()
    try:
        work = services().imports.open(file, domain, order)
    except BaseException:
        file.close()
        raise
    results = services().imports.run(work, _errand(domain, is_rehearsal=is_rehearsal))
    lines = _lines(work, results, file, is_rehearsal=is_rehearsal)
    return Response(stream_with_context(lines), content_type=JSON_LINES)


def export(domain: str, resource_type: str) -> Answer:
    """Write all resources of a type that match a filter: as JSON, as CSV or as LDIF."""
    form, condition = text("format") or "json", text("filter")
    if form not in FORMS:
        raise InvalidRequest(f"format is one of {', '.join(FORMS)}")
    kind = services().resource_types.get(resource_type)
    if kind is None:
        raise NotFound(f"there is no resource type {resource_type}")
    found = resolve(parse(condition), kind) if condition else None
    begun = services().exports.begin(domain, resource_type, form, found)
    return Response(stream_with_context(begun.texts), content_type=f"{begun.media_type}; charset=utf-8")


OPERATIONS = (
    Operation(
        method="POST",
        path="/domains/<domain>/resources/User/import",
        role=Role.OPERATOR,
        view=import_users,
        query={
            "dryRun": FLAG,
            "column": {"type": "array", "items": TEXT},
            **dict.fromkeys(("key", "delimiter", "clear", "separator"), TEXT),
        },
        takes=CSV,
        sends=(JSON_LINES,),
    ),
    Operation(
        method="GET",
        path=f"{_TYPE}/export",
        role=Role.VIEWER,
        view=export,
        query={"format": {"type": "string", "enum": list(FORMS)}, "filter": TEXT},
        sends=tuple(form.media_type for form in FORMS.values()),
    ),
)


def _order() -> Order:
    """Read how the table is to be read; a column is said as ``column=Work mail=emails[work]``."""
    pairs = [each.rpartition("=") for each in request.args.getlist("column")]
    if not all(column and attribute for column, _, attribute in pairs):
        raise InvalidRequest("column is COLUMN=ATTRIBUTE")
    return Order(
        {column: attribute for column, _, attribute in pairs},
        text("key") or "userName",
        text("delimiter") or "",
        text("clear") or CLEAR,
        text("separator") or "\n",
    )


def _received() -> IO[bytes]:
    """Take the table in before anything is answered: few clients read while they write."""
    request.max_content_length = LARGEST
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    copyfileobj(request.stream, file)
    file.seek(0)
    return file


def _errand(domain: str, *, is_rehearsal: bool) -> Errand:
    limits, record = services().applications.resident().guard, recorder(me().name, ADMIN_API)
    sentry = Sentry(services().held_changes, services().populations, me().name, ADMIN_API, limits)
    return Errand(domain, record.origin, record, sentry, is_rehearsal)


def _lines(
    work: Import, results: Generator[Result, None, None], file: IO[bytes], *, is_rehearsal: bool
) -> Iterator[str]:
    summary: dict[str, Any] = {"dryRun": is_rehearsal, **work.columns.as_json()}
    with file:
        try:
            for each in results:
                yield _line(each.as_json())
        except (BrokenOff, InvalidTable) as error:
            summary["error"] = str(error)
        finally:
            # Also where the client has gone: what was done is recorded.
            results.close()
        yield _line({"summary": {**summary, **work.tally.as_json()}})


def _line(said: Mapping[str, object]) -> str:
    return json.dumps(said, ensure_ascii=False) + "\n"
