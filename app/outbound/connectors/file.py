"""Files for batch systems: JSON Lines, CSV or LDIF, one record for each change, at the end of the file.

    settings:
      path: /var/spool/landbridge/people-{date}.csv
      format: csv
      columns: {action: "{$action}", login: "{userName}", mail: "{emails[work]}"}

A record is written whole, under a lock, and is on the disk before the change counts as delivered. One that is there
already, because we ended before we could say so, is not written again. LDIF needs a ``dn`` for new entries; what the
file has called a resource until now is remembered, so that a changed name becomes a ``modrdn``.
"""

from __future__ import annotations

import csv
import errno
import fcntl
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.directory.dn import Dn, InvalidDn, escape
from app.directory.ldif import render_operations
from app.directory.model import Add, Change, Delete, Modify, Operation, Rename
from app.outbound.connector import Message, Surroundings
from app.outbound.connectors.message_template import as_text, fill_body, fill_text
from app.outbound.errors import Misconfigured
from app.scim.errors import BadRequest
from app.scim.resource import values_of
from app.store.document import Document, Lookup, Problem

SEEN_BYTES: Final = 1_048_576
"""How far back a record is looked for that may have been written before."""


class FileSettings(Schema):
    """Which file, and what a record is."""

    path = fields.String(required=True, validate=validate.Regexp(r"/.+", error="is no absolute path"))
    format = fields.String(validate=validate.OneOf(("jsonl", "csv", "ldif")), load_default="jsonl")
    columns = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    dn = fields.String(load_default="")
    object_classes = fields.List(fields.String(), load_default=list)
    mode = fields.String(validate=validate.Regexp(r"0[0-7]{3}\Z"), load_default="0600")

    @validates_schema
    def _check(self, values: Mapping[str, Any], **_: Any) -> None:
        needed = {"csv": ("columns",), "ldif": ("columns", "dn", "object_classes")}.get(
            values.get("format", ""), ()
        )
        missing = {name: [f"is needed for {values['format']}"] for name in needed if not values.get(name)}
        if missing:
            raise ValidationError(missing)


class File:
    """Opens files."""

    settings: type[Schema] = FileSettings

    def problems(self, document: Document, lookup: Lookup) -> Iterable[Problem]:
        del document, lookup
        return ()

    def open(self, settings: Mapping[str, Any], surroundings: Surroundings) -> RecordFile:
        return RecordFile(settings, clock=surroundings.clock)


class RecordFile:
    """One file, or one for each day where its path says so."""

    def __init__(self, settings: Mapping[str, Any], *, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock

    def send(self, message: Message) -> str | None:
        record, name = self._record(message)
        with _locked(self._path(), mode=int(self._settings["mode"], 8)) as descriptor:
            if message.key.encode() not in _end_of(descriptor):
                is_new = os.fstat(descriptor).st_size == 0
                _append(descriptor, self._header(is_new=is_new) + record)
        return name

    def close(self) -> None:
        """Leave nothing open: each record opens the file."""

    def _path(self) -> Path:
        return Path(self._settings["path"].replace("{date}", self._clock().strftime("%Y-%m-%d")))

    def _header(self, *, is_new: bool) -> bytes:
        if not is_new or self._settings["format"] != "csv":
            return b""
        return _row([*self._settings["columns"], "key"])

    def _record(self, message: Message) -> tuple[bytes, str | None]:
        match self._settings["format"]:
            case "csv":
                cells = [fill_text(text, message) for text in self._settings["columns"].values()]
                return _row([*cells, message.key]), None
            case "ldif":
                operations, dn = self._operations(message)
                text = render_operations(operations)
                return f"# {message.key}\n{text}\n".encode(), str(dn)
            case _:
                document = {**message.document(), "time": self._clock().isoformat()}
                return json.dumps(document, ensure_ascii=False).encode() + b"\n", None

    def _operations(self, message: Message) -> tuple[list[Operation], Dn]:
        before = _dn(message.remote_id) if message.remote_id else None
        if message.action == "delete" and before is not None:
            return [Delete(before)], before
        if message.resource is None:
            raise BadRequest("LDIF is made of whole resources, and this change is none")
        dn = _dn(fill_text(self._settings["dn"], message, escape=escape))
        attributes = self._attributes(message)
        if before is None:
            classes = tuple(each.encode() for each in self._settings["object_classes"])
            return [Add(dn, {"objectClass": classes, **attributes})], dn
        named = {ava.attribute.lower() for ava in dn.rdn.avas}
        changes = tuple(
            Change("replace", name, attributes.get(name, ()))
            for name in self._settings["columns"]
            if name.lower() not in named
        )
        renamed: list[Operation] = [] if before == dn else [Rename(before, dn.rdn, dn.parent)]
        return [*renamed, Modify(dn, changes)], dn

    def _attributes(self, message: Message) -> dict[str, tuple[bytes, ...]]:
        found = {
            name: tuple(as_text(each).encode() for each in values_of(fill_body(text, message)))
            for name, text in self._settings["columns"].items()
        }
        return {name: values for name, values in found.items() if values}


@contextmanager
def _locked(path: Path, *, mode: int) -> Iterator[int]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, mode)
    except OSError as error:
        raise Misconfigured(f"the file {path} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    except OSError as error:
        raise Misconfigured(f"the file {path} cannot be written: {error.strerror}") from error
    finally:
        os.close(descriptor)


def _append(descriptor: int, record: bytes) -> None:
    """Write a record whole, or not at all."""
    size = os.fstat(descriptor).st_size
    try:
        _write_whole(descriptor, record)
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _write_whole(descriptor: int, record: bytes) -> None:
    if os.write(descriptor, record) < len(record):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _end_of(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, SEEN_BYTES, max(0, size - SEEN_BYTES))


def _row(cells: Iterable[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue().encode()


def _dn(text: str) -> Dn:
    try:
        return Dn.parse(text)
    except InvalidDn as error:
        raise BadRequest(f"the dn is none: {error}") from error
