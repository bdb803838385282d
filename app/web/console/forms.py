"""What somebody sent, and what is wrong with it.

    form = Form(request.form)
    with form:
        services().applications.create(form.text("name"), author=…)
        return redirect(…)
    return render_template("…", form=form), form.status

What the services refuse within the block is kept for the page to show, beside the field where that is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

from werkzeug.datastructures import MultiDict

from app.access.administrators import AdministratorError
from app.access.applications import ApplicationError
from app.access.named_tokens import NamedTokenError
from app.exchange.table import InvalidTable
from app.provisioning.guard import ChangeHeld
from app.scim.errors import ScimError, ServerError
from app.store.documents import InvalidDocuments, Outdated

_PART = re.compile(r"(?P<place>[\w.:$\[\]-]+): (?P<message>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. ``field`` is empty where it is not about one."""

    message: str
    field: str = ""
    held: int = 0
    """The number of the change that waits for somebody to decide, where that is what is wrong."""


class Form:
    """One form, or one query. As a context manager it keeps what was refused."""

    def __init__(self, sent: MultiDict[str, str] | None = None) -> None:
        self.sent: MultiDict[str, str] = sent if sent is not None else MultiDict()
        self.problems: list[Problem] = []
        self.status = HTTPStatus.OK

    def text(self, name: str, default: str = "") -> str:
        """Return a field without the blanks around it."""
        return self.sent.get(name, default).strip()

    def secret(self, name: str) -> str:
        """Return a field as it was typed."""
        return self.sent.get(name, "")

    def has(self, name: str, value: str = "") -> bool:
        """Tell whether a box was ticked."""
        return value in self.sent.getlist(name) if value else name in self.sent

    def chosen(self, name: str) -> list[str]:
        """Return the values of all boxes of that name that were ticked."""
        return self.sent.getlist(name)

    def refuse(
        self, message: str, field: str = "", *, status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY
    ) -> None:
        """Note that something is wrong."""
        self.problems.append(Problem(message, field))
        self.status = status

    def problem(self, field: str) -> str:
        """Return what is wrong with a field."""
        return " ".join(problem.message for problem in self.problems if problem.field == field)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        problems = list(self._read(error))
        if problems:
            self.problems += problems
            self.status = _status(error)
        return bool(problems)

    def _read(self, error: BaseException | None) -> Iterator[Problem]:
        match error:
            case InvalidDocuments():
                yield from (self._placed(problem.key, problem.message) for problem in error.problems)
            case ScimError(__cause__=ChangeHeld() as cause):
                yield _held(cause)
            case ScimError():
                yield from (self._parted(part) for part in error.detail.split("; "))
                if isinstance(error, ServerError) and error.background:
                    yield Problem(f"The directory says: {error.background}")
            case Outdated():
                yield Problem(f"{_sentence(str(error))} Open it in another window, and put both together.")
            case InvalidTable():
                yield Problem(_sentence(str(error)))
            case ApplicationError() | AdministratorError() | NamedTokenError():
                yield Problem(_sentence(str(error)))

    def _parted(self, text: str) -> Problem:
        found = _PART.fullmatch(text)
        return self._placed(found["place"], found["message"]) if found else Problem(_sentence(text))

    def _placed(self, place: str, message: str) -> Problem:
        """Find the field that a message is about; a message about none names its place."""
        if place in self.sent:
            return Problem(_sentence(message), place)
        head = place.partition(".")[0]
        fields = (name for name in self.sent if re.split(r"[\[.]", name)[0] == head)
        field = next(fields, "")
        return Problem(_sentence(message if field or not place else f"{place}: {message}"), field)


def _held(cause: ChangeHeld) -> Problem:
    if cause.held.state == "rejected":
        said = f"An operator has rejected this change: {cause.reason}."
    else:
        said = (
            f"The change is more than the mass-change guard lets through: {cause.reason}. Nothing was changed. "
            "It waits until an operator approves it; do the same again after that."
        )
    return Problem(said, held=cause.held.id)


def _status(error: BaseException | None) -> HTTPStatus:
    """Say whose fault it is: of what was sent, or of nobody who sent it."""
    if isinstance(error, ScimError) and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return error.status
    return HTTPStatus.UNPROCESSABLE_ENTITY


def _sentence(text: str) -> str:
    """Write a message as people do: with a capital first, and a full stop."""
    text = text.strip()
    text = text if text.endswith((".", "!", "?")) else f"{text}."
    is_name = bool(re.match(r"[a-z]+[A-Z.:]", text))
    return text if is_name else text[:1].upper() + text[1:]
