"""What a map makes values of that no client has sent: texts with gaps, expressions, tables; each under a condition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from app.mapping.expression import Evaluation, Expression
from app.mapping.generation import CountedText, NumberRange, Wanted
from app.mapping.template import Template
from app.scim.comparison import fold
from app.scim.path import AttributePath

Text: TypeAlias = Template | Expression


@dataclass(frozen=True, slots=True)
class Table:
    """A text for each of the texts that something else makes, compared without case; ``rows`` have folded keys."""

    of: Text
    rows: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class GeneratedNumber:
    """A number that no other entry has."""

    attribute: str
    numbers: NumberRange


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """A text that no other entry has."""

    attribute: str
    of: Text
    suffix: str = ""
    max_length: int | None = None


Makes: TypeAlias = Text | Table | GeneratedNumber | GeneratedText


@dataclass(frozen=True, slots=True)
class Source:
    """One way to make values, and when it is taken."""

    makes: Makes
    when: Expression | None = None

    @property
    def paths(self) -> tuple[AttributePath, ...]:
        """The SCIM attributes that it looks at."""
        return (*paths_of(self.makes), *(self.when.paths if self.when else ()))

    @property
    def constant(self) -> str | None:
        """The text that it always makes, if there is one."""
        if isinstance(self.makes, Template) and self.makes.is_constant:
            return self.makes.text
        return None

    def is_certain(self, known: Collection[AttributePath]) -> bool:
        """Tell whether it makes something of every resource that has values for what is ``known``."""
        makes = self.makes.of if isinstance(self.makes, GeneratedText) else self.makes
        is_made = makes.text != "" if isinstance(makes, Template) else isinstance(makes, GeneratedNumber)
        return is_made and self.when is None and set(self.paths) <= set(known)

    @property
    def generates(self) -> bool:
        """Whether it makes a value that no other entry has."""
        return isinstance(self.makes, GeneratedNumber | GeneratedText)

    def texts(self, evaluation: Evaluation, *, place: str) -> tuple[str, ...]:
        """Return what it makes of a resource."""
        if not evaluation.holds(self.when, place=place):
            return ()
        return texts_of(self.makes, evaluation, place=place)


def first_made(sources: Iterable[Source], evaluation: Evaluation, *, place: str) -> tuple[str, ...]:
    """Return what the first source makes that makes anything."""
    made = (source.texts(evaluation, place=place) for source in sources)
    return next((texts for texts in made if texts), ())


def paths_of(makes: Makes) -> tuple[AttributePath, ...]:
    """Name the SCIM attributes that something is made of."""
    match makes:
        case Template():
            return tuple(part.path for part in makes.parts if not isinstance(part, str))
        case Expression():
            return makes.paths
        case Table(of=of) | GeneratedText(of=of):
            return paths_of(of)
        case GeneratedNumber():
            return ()
    assert_never(makes)


def texts_of(makes: Makes, evaluation: Evaluation, *, place: str) -> tuple[str, ...]:
    """Return what is made of a resource."""
    match makes:
        case Template():
            text = makes.fill(evaluation.resource)
            return (text,) if text else ()
        case Expression():
            return evaluation.texts(makes, place=place)
        case Table(of=of, rows=rows):
            keys = (fold(text) for text in texts_of(of, evaluation, place=place))
            return tuple(rows[key] for key in keys if key in rows)
        case GeneratedNumber(attribute=attribute, numbers=numbers):
            return _generated(Wanted(attribute, numbers), evaluation)
        case GeneratedText(attribute=attribute, of=of):
            texts = texts_of(of, evaluation, place=place)[:1]
            counted = (CountedText(text, makes.suffix, makes.max_length) for text in texts)
            return tuple(
                value for each in counted for value in _generated(Wanted(attribute, each), evaluation)
            )
    assert_never(makes)


def _generated(wanted: Wanted, evaluation: Evaluation) -> tuple[str, ...]:
    value = evaluation.generate(wanted)
    return () if value is None else (value,)
