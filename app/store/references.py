"""References from documents to values kept elsewhere: ``{env: NAME}``, ``{file: path}``, ``{stored: NAME}``.

A document holds the reference, never the secret; ``resolve`` fetches the value where it is used. Keeping stored secrets
is left to ``secrets``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from marshmallow import ValidationError, fields

if TYPE_CHECKING:
    from collections.abc import Callable

Source: TypeAlias = Literal["env", "file", "stored"]
SECRET_SOURCES = ("env", "file", "stored")
TEXT_SOURCES = ("env", "file")
MAX_FILE_BYTES = 65_536
_NOT_PLAIN = (
    "is a secret and does not stand here in plain: refer to it by {env: NAME} (an environment variable), "
    "{file: path} (a file that holds it) or {stored: NAME} (kept encrypted by Landbridge)"
)


class UnresolvedReference(Exception):
    """What a reference points at is not there. The message names the place, never a value."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a value is kept."""

    source: Source
    name: str

    def __str__(self) -> str:
        return f"{{{self.source}: {self.name}}}"

    def to_json(self) -> dict[str, str]:
        """Return the reference as a document writes it."""
        return {self.source: self.name}


class SecretReference(fields.Field[Reference]):
    """A secret, by reference only."""

    def _serialize(self, value: Reference | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return None if value is None else value.to_json()

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Reference:
        del attr, data, kwargs
        if not isinstance(value, Mapping):
            raise ValidationError(_NOT_PLAIN)
        return _reference(value, SECRET_SOURCES)


class TextOrReference(fields.Field[str | Reference]):
    """A text that is no secret: as it is, or by reference."""

    def _serialize(self, value: str | Reference | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return value.to_json() if isinstance(value, Reference) else value

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str | Reference:
        del attr, data, kwargs
        if isinstance(value, str):
            return value
        if not isinstance(value, Mapping):
            raise ValidationError("is a text, {env: NAME} or {file: path}")
        return _reference(value, TEXT_SOURCES)


def resolve(
    reference: str | Reference, *, environ: Mapping[str, str], stored: Callable[[str], str | None]
) -> str:
    """Fetch the value that a reference points at; a plain text is its own value. Raise UnresolvedReference.

    ``stored`` looks a stored secret up by name, as ``Secrets.get`` does.
    """
    if isinstance(reference, str):
        return reference
    match reference.source:
        case "env":
            return _found(
                environ.get(reference.name), f"the environment variable {reference.name} is not set"
            )
        case "stored":
            return _found(stored(reference.name), f"there is no stored secret {reference.name}")
        case "file":
            return _content(Path(reference.name))


def _reference(value: Mapping[str, Any], allowed: tuple[str, ...]) -> Reference:
    forms = ", ".join(f"{{{source}: …}}" for source in allowed)
    if len(value) != 1 or not value.keys() <= set(allowed):
        raise ValidationError(f"is one of {forms}")
    [(source, name)] = value.items()
    if not isinstance(name, str) or not name or "\0" in name:
        raise ValidationError(f"{source} needs a name")
    return Reference(cast("Source", source), name)


def _found(value: str | None, message: str) -> str:
    if value is None:
        raise UnresolvedReference(message)
    return value


def _content(path: Path) -> str:
    """Read a mounted secret; the line end that editors leave at the end of a file is not part of it."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise UnresolvedReference(f"the file {path} is larger than {MAX_FILE_BYTES} bytes")
        return content.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise UnresolvedReference(f"the file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        # "from None": the original error carries the content.
        raise UnresolvedReference(f"the file {path} is not UTF-8 text") from None
