"""Distinguished names (RFC 4514): parsed once, escaped always, compared without case or superfluous space."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, NoReturn, TypeVar

from app.directory.text import prepare

_SPECIAL = frozenset('",+;<>\\=')
# No question mark needs a backslash, but Samba writes one.
_ESCAPABLE = _SPECIAL | {" ", "#", "?"}
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*", re.ASCII)
_PLAIN = re.compile(r"[^,;+\\]+")
# What nearly all names begin with: one type and value, nothing escaped, no space at either end.
_PLAIN_RDN = re.compile(
    r"([A-Za-z][A-Za-z0-9-]*)=([^,;+\\# ](?:[^,;+\\]*[^,;+\\ ])?)(?:,(?=.)|\Z)", re.ASCII | re.DOTALL
)
_NOTHING_TO_ESCAPE = re.compile(
    r"""[^\x00- #\x7f",+;<>\\=](?:[^\x00-\x1f\x7f",+;<>\\=]*[^\x00- \x7f",+;<>\\=])?"""
)
# Names that read as they are written, and are compared by their lower case: ASCII, nothing escaped, no space but single ones.
_PLAIN_AVA = r"[A-Za-z][A-Za-z0-9-]*=[!$-*.-:?-Z\[\]^-~-]+(?: [!$-*.-:?-Z\[\]^-~-]+)*"
_PLAIN_NAME = re.compile(f"{_PLAIN_AVA}(?:,{_PLAIN_AVA})*")
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
_HEX_STRING = re.compile(r"#(?:[0-9A-Fa-f]{2})+")


Result = TypeVar("Result")


class InvalidDn(ValueError):
    """The text is not a distinguished name."""


class _once(Generic[Result]):  # noqa: N801 - it is used like a function
    """A property that is worked out once; without the lock that functools' own takes before Python 3.12."""

    def __init__(self, work: Callable[[Any], Result]) -> None:
        self._work = work

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, owner: Any, _kind: type) -> Result:
        found: Result = self._work(owner)
        owner.__dict__[self._name] = found
        return found


@dataclass(frozen=True, slots=True)
class Ava:
    """One attribute type and value of an RDN."""

    attribute: str
    value: str
    is_encoded: bool = False
    """Whether ``value`` is BER in hexadecimal after a ``#``, as servers write values of syntaxes they cannot show."""

    def __str__(self) -> str:
        """Write it as RFC 4514 does."""
        return f"{self.attribute}={self.value if self.is_encoded else escape(self.value)}"

    @property
    def key(self) -> tuple[str, str]:
        """What two equal ones have in common."""
        return self.attribute.lower(), prepare(self.value)


@dataclass(frozen=True)
class Rdn:
    """A relative distinguished name: mostly one type and value, rarely several."""

    avas: tuple[Ava, ...]

    @classmethod
    def of(cls, attribute: str, value: str) -> Rdn:
        """Name an entry by one attribute."""
        return cls((Ava(attribute, value),))

    def __str__(self) -> str:
        """Write it as RFC 4514 does."""
        return "+".join(str(ava) for ava in self.avas)

    @_once
    def key(self) -> frozenset[tuple[str, str]]:
        """What two equal ones have in common."""
        return frozenset(ava.key for ava in self.avas)

    @property
    def folded(self) -> str:
        """The same as text."""
        return "+".join(sorted(f"{attribute}={escape(value)}" for attribute, value in self.key))


@dataclass(frozen=True, eq=False)
class Dn:
    """A distinguished name, most specific RDN first. Equal names are equal values, however they are written."""

    rdns: tuple[Rdn, ...]

    @classmethod
    def parse(cls, text: str) -> Dn:
        """Read a name.

        Raises:
            InvalidDn: if the text is not one.
        """
        if _PLAIN_NAME.fullmatch(text):
            return _Told(text, is_plain=True)
        return cls(_read(text))

    @staticmethod
    def valued(value: bytes) -> Dn:
        """Read a name that is an attribute's value. One that stands in many entries, as a group's, is read once.

        Raises:
            InvalidDn: if the value is not one.
        """
        return _valued(value)

    @staticmethod
    def told(text: str) -> Dn:
        """Take a server's word for a name: it is read when something is asked of it, and raises InvalidDn then."""
        return _Told(text)

    @_once
    def text(self) -> str:
        """The name as it was told, or, where nobody told it, as RFC 4514 has it."""
        return str(self)

    @_once
    def _written(self) -> str:
        return ",".join(map(str, self.rdns))

    def __str__(self) -> str:
        """Write it as RFC 4514 does."""
        return self._written

    def __eq__(self, other: object) -> bool:
        """Compare without regard to case and superfluous space."""
        return isinstance(other, Dn) and self.key == other.key

    def __hash__(self) -> int:
        """Hash what is compared."""
        return hash(self.key)

    @_once
    def key(self) -> str:
        """What two equal names have in common: a name as well."""
        return ",".join(rdn.folded for rdn in self.rdns)

    @property
    def rdn(self) -> Rdn:
        """The most specific part."""
        return self.rdns[0]

    @property
    def parent(self) -> Dn:
        """The name of the entry above."""
        return Dn(self.rdns[1:])

    def below(self, rdn: Rdn) -> Dn:
        """Put ``rdn`` in front, wherever this name reads: ``self.below(rdn)`` is the child called ``rdn``."""
        return Dn((rdn, *self.rdns))

    def is_within(self, base: Dn) -> bool:
        """Tell whether this is ``base`` or stands anywhere below it."""
        name, top = self.key, base.key
        if not top or name == top:
            return True
        before = name.removesuffix(f",{top}")
        # The comma of a value has a backslash before it; two of them are a value's own backslash.
        return before != name and (len(before) - len(before.rstrip("\\"))) % 2 == 0


class _Told(Dn):
    """A name that nobody has looked at yet: at most of them nobody ever does. A plain one need not be read to be compared."""

    def __init__(self, text: str, *, is_plain: bool | None = None) -> None:
        self.__dict__["text"] = text
        if is_plain is not None:
            self.__dict__["_is_plain"] = is_plain

    def __eq__(self, other: object) -> bool:
        """Compare, without looking at names that are written alike."""
        if isinstance(other, _Told) and other.__dict__["text"] == self.__dict__["text"]:
            return True
        return super().__eq__(other)

    __hash__ = Dn.__hash__

    @_once
    def _is_plain(self) -> bool:
        return _PLAIN_NAME.fullmatch(self.text) is not None

    @_once
    def rdns(self) -> tuple[Rdn, ...]:
        return _read(self.text)

    @_once
    def key(self) -> str:
        return self.text.lower() if self._is_plain else Dn(self.rdns).key

    @_once
    def _written(self) -> str:
        return self.text if self._is_plain else str(Dn(self.rdns))


def escape(value: str) -> str:
    """Escape an attribute value for use in a name (RFC 4514 §2.4)."""
    if _NOTHING_TO_ESCAPE.fullmatch(value):
        return value
    escaped = "".join(_escape_character(character) for character in value)
    if escaped.startswith((" ", "#")):
        escaped = "\\" + escaped
    if len(value) > 1 and value.endswith(" "):
        escaped = escaped[:-1] + "\\ "
    return escaped


def _escape_character(character: str) -> str:
    if character in _SPECIAL:
        return "\\" + character
    if character < " " or character == "\x7f":
        return f"\\{ord(character):02X}"
    return character


class _Parser:
    """A reader of RFC 4514 text, one character of look-ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def rdns(self) -> tuple[Rdn, ...]:
        first = self._rdn()
        if self._at == len(self._text):
            return (first,)
        self._expect(",;")
        return (first, *_rest(self._text, self._at))

    def refuse(self) -> NoReturn:
        """Read up to the mistake, so that the error speaks of the whole text."""
        while True:
            self._rdn()
            self._expect(",;")

    def _rdn(self) -> Rdn:
        avas = [self._ava()]
        while self._peek() == "+":
            self._at += 1
            avas.append(self._ava())
        return Rdn(tuple(avas))

    def _ava(self) -> Ava:
        self._skip_spaces()
        matched = _ATTRIBUTE.match(self._text, self._at)
        if not matched:
            raise self._error("an attribute type")
        self._at = matched.end()
        self._skip_spaces()
        self._expect("=")
        self._skip_spaces()
        if self._peek() == "#":
            return Ava(matched.group(), self._encoded(), is_encoded=True)
        return Ava(matched.group(), self._value())

    def _encoded(self) -> str:
        matched = _HEX_STRING.match(self._text, self._at)
        if not matched:
            raise self._error("pairs of hexadecimal digits after #")
        self._at = matched.end()
        self._skip_spaces()
        return matched.group()

    def _value(self) -> str:
        collected = b""
        kept = 0
        while True:
            run = _PLAIN.match(self._text, self._at)
            plain = run.group() if run else ""
            self._at += len(plain)
            if plain.strip(" "):
                kept = len(collected) + len(plain.rstrip(" ").encode())
            collected += plain.encode()
            if self._peek() != "\\":
                return self._decode(collected[:kept])
            collected += self._escaped()
            kept = len(collected)

    def _escaped(self) -> bytes:
        self._at += 1
        pair = _HEX_PAIR.match(self._text, self._at)
        if pair:
            self._at = pair.end()
            return bytes.fromhex(pair.group())
        character = self._peek()
        if character not in _ESCAPABLE:
            # Two backslashes write one: "cn=EXAMPLE\\\\jo".
            raise self._error("a special character or two hexadecimal digits after the backslash")
        self._at += 1
        return character.encode()

    def _decode(self, value: bytes) -> str:
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise self._error("a value in UTF-8") from error

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _expect(self, characters: str) -> None:
        if self._peek() not in characters or not self._peek():
            raise self._error(f"one of {characters!r}")
        self._at += 1

    def _skip_spaces(self) -> None:
        while self._peek() == " ":
            self._at += 1

    def _error(self, expected: str) -> InvalidDn:
        return InvalidDn(f"{self._text!r} is not a distinguished name: expected {expected} at {self._at + 1}")


def _read(text: str) -> tuple[Rdn, ...]:
    plain = _PLAIN_RDN.match(text)
    if plain is None:
        return _Parser(text).rdns() if text.strip() else ()
    rdn = Rdn((Ava(plain[1], plain[2]),))
    return (rdn, *_rest(text, plain.end())) if plain.end() < len(text) else (rdn,)


def _rest(text: str, start: int) -> tuple[Rdn, ...]:
    try:
        return _above(text[start:])
    except InvalidDn:
        _Parser(text).refuse()


@lru_cache(maxsize=4096)
def _valued(value: bytes) -> Dn:
    try:
        return Dn.parse(value.decode())
    except UnicodeDecodeError as error:
        raise InvalidDn(f"{value!r} is not a distinguished name: it is not UTF-8") from error


@lru_cache(maxsize=1024)
def _above(text: str) -> tuple[Rdn, ...]:
    """Read the name of an entry above: many entries share it, so it is read once."""
    return _Parser(text).rdns()
