"""How commands end: the exit codes, and which refusal of a service ends with which.

``docs/commands.md`` has the same table; a test holds it to this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import wraps
from typing import IO, Any, ParamSpec, TypeVar

import click

from app.access.administrators import AdministratorError, NoSuchAdministrator
from app.access.applications import ApplicationError, NoSuchApplication, NoSuchSecret
from app.access.named_tokens import NamedTokenError, NoSuchToken
from app.directory.errors import DirectoryError, Unavailable
from app.directory.ldif_text import InvalidLdif
from app.directory.plan import PlanFailed
from app.exchange.batch import BrokenOff
from app.exchange.table import InvalidTable
from app.mapping.language import InvalidMap
from app.outbound.outbox import NoSuchTask
from app.preparation.adoption.export import InvalidExport
from app.preparation.domain_proposal import NoProposal
from app.preparation.live import NoSchema
from app.provisioning.domain import InvalidDomain
from app.scim.errors import NotFound, ScimError, ServiceUnavailable
from app.store.document import Problem
from app.store.documents import InvalidDocuments, NoSuchDocument
from app.store.held_changes import NoSuchHeldChange
from app.store.unusable import FAILURES, reason_of

P = ParamSpec("P")
R = TypeVar("R")


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FOUND = 1
    USAGE = 2
    NOT_THERE = 3
    REFUSED = 4
    UNREACHABLE = 5


MEANINGS: Mapping[Exit, str] = {
    Exit.DONE: "it is done, or nothing was found that is wrong",
    Exit.FOUND: "the answer is no: something differs, is wrong or has failed, and is told",
    Exit.USAGE: "the command line or a setting is wrong",
    Exit.NOT_THERE: "what was named is not there",
    Exit.REFUSED: "it was refused, and nothing was changed unless the message says so",
    Exit.UNREACHABLE: "a directory or another system does not answer: try again later",
}


class Refusal(click.ClickException):
    """A command that ends without having done what was asked."""

    exit_code = Exit.REFUSED


class NotThere(Refusal):
    """What was named is not there."""

    exit_code = Exit.NOT_THERE


class Unreachable(Refusal):
    """Somebody does not answer."""

    exit_code = Exit.UNREACHABLE


class Refused(Refusal):
    """Documents have problems; each is told on a line of standard error."""

    def __init__(self, problems: Sequence[Problem], *, outcome: str = "nothing applied") -> None:
        super().__init__(f"{outcome}, {len(problems)} problem{'s' if len(problems) > 1 else ''}")
        self.problems = problems

    def show(self, file: IO[Any] | None = None) -> None:
        for problem in self.problems:
            click.echo(str(problem), err=True, file=file)
        super().show(file)


_KINDS: Mapping[type[Exception], type[Refusal]] = {
    NoSuchAdministrator: NotThere,
    NoSuchApplication: NotThere,
    NoSuchDocument: NotThere,
    NoSuchHeldChange: NotThere,
    NoSuchSecret: NotThere,
    NoSuchTask: NotThere,
    NoSuchToken: NotThere,
    NotFound: NotThere,
    BrokenOff: Unreachable,
    ServiceUnavailable: Unreachable,
    Unavailable: Unreachable,
    **dict.fromkeys(FAILURES, Unreachable),
    AdministratorError: Refusal,
    ApplicationError: Refusal,
    DirectoryError: Refusal,
    InvalidDomain: Refusal,
    InvalidExport: Refusal,
    InvalidLdif: Refusal,
    InvalidMap: Refusal,
    InvalidTable: Refusal,
    NamedTokenError: Refusal,
    NoProposal: Refusal,
    NoSchema: Refusal,
    PlanFailed: Refusal,
    ScimError: Refusal,
}


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Tell refusals of services in the words of the command line, with the exit code that goes with each."""

    @wraps(command)
    def telling(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except InvalidDocuments as error:
            raise Refused(error.problems) from error
        except tuple(_KINDS) as error:
            kind = next(_KINDS[each] for each in type(error).__mro__ if each in _KINDS)
            raise kind(_words(error)) from error

    return telling


def _words(error: Exception) -> str:
    match error:
        case ScimError():
            return error.in_full
        case PlanFailed():
            return _failure(error)
        case DirectoryError():
            return "\n".join(filter(None, (str(error), error.diagnostic)))
        case _ if isinstance(error, FAILURES):
            return f"the store cannot be used just now: {reason_of(error)}"
    return str(error)


def _failure(error: PlanFailed) -> str:
    said = "\n".join(filter(None, (str(error.cause), error.cause.diagnostic)))
    if error.undone:
        return f"{said}\nThe directory is as it was."
    names = ", ".join(str(step.operation.dn) for step in error.left)
    return f"{said}\nStill in force, or perhaps: {names}"
