"""A program of the site's own, called for each change: JSON on its standard input, no shell.

    settings:
      command: [/usr/local/bin/provision, --quiet]
      timeout_seconds: 30

Exit status 0 is done, 75 (EX_TEMPFAIL of sysexits.h) is "try again later", anything else is a refusal, for which the
first line of standard error says why. A JSON object on standard output may name the resource: ``{"id": "jdoe"}``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any, Final

from marshmallow import Schema, fields, validate

from app.outbound.connector import Message, Surroundings
from app.outbound.errors import Misconfigured, OutcomeUnknown
from app.scim.errors import BadRequest, ServiceUnavailable
from app.store.document import Document, Lookup, Problem
from app.store.references import SecretReference

TEMPORARY: Final = 75
SHOWN_CHARACTERS: Final = 300


class CommandSettings(Schema):
    """Which program, and how it is called."""

    command = fields.List(
        fields.String(validate=validate.Length(min=1)), required=True, validate=validate.Length(min=1)
    )
    environment = fields.Dict(keys=fields.String(), values=SecretReference(), load_default=dict)
    directory = fields.String(load_default="/")
    timeout_seconds = fields.Float(load_default=30.0, validate=validate.Range(0.1, 3600))


class Command:
    """Opens programs."""

    settings: type[Schema] = CommandSettings

    def problems(self, document: Document, lookup: Lookup) -> Iterable[Problem]:
        del lookup
        if not document.body["settings"]["command"][0].startswith("/"):
            yield document.problem(("settings", "command", 0), "is no absolute path")

    def open(self, settings: Mapping[str, Any], surroundings: Surroundings) -> Program:
        secrets = {name: surroundings.resolve(value) for name, value in settings["environment"].items()}
        return Program(settings, secrets)


class Program:
    """One program. It gets none of our environment but the path and the language."""

    def __init__(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        self._command: list[str] = settings["command"]
        self._directory: str = settings["directory"]
        self._seconds: float = settings["timeout_seconds"]
        self._environment = {"PATH": os.defpath, "LANG": "C.UTF-8", **secrets}

    def send(self, message: Message) -> str | None:
        text = json.dumps(message.document(), ensure_ascii=False).encode() + b"\n"
        try:
            running = subprocess.Popen(  # noqa: S603 - what an administrator configured, without a shell
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._directory,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            raise Misconfigured(f"{self._command[0]} cannot be started: {error.strerror}") from error
        with running:
            try:
                output, errors = running.communicate(text, timeout=self._seconds)
            except subprocess.TimeoutExpired as error:
                # Whatever it has started goes with it.
                os.killpg(running.pid, signal.SIGKILL)
                raise OutcomeUnknown(f"it took longer than {self._seconds:g} seconds") from error
        if running.returncode:
            raise _failure(running.returncode, errors)
        return _named(output)

    def close(self) -> None:
        """Leave nothing behind: there is nothing."""


def _failure(status: int, errors: bytes) -> ServiceUnavailable | BadRequest:
    said = errors.decode(errors="replace").strip().splitlines()
    detail = f"it ended with status {status}" + (f": {said[0][:SHOWN_CHARACTERS]}" if said else "")
    return ServiceUnavailable(detail) if status == TEMPORARY or status < 0 else BadRequest(detail)


def _named(output: bytes) -> str | None:
    try:
        said = json.loads(output)
    except ValueError:
        return None
    found = said.get("id") if isinstance(said, dict) else None
    return found if isinstance(found, str) and found else None
