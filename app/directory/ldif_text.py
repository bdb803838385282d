"""Reading LDIF (RFC 2849): content records and change records, as operations."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.directory.dialects.vocabulary import KEPT_ATTRIBUTES
from app.directory.dn import Dn, InvalidDn, Rdn
from app.directory.model import RELAX, Add, Change, Delete, Modify, Operation, Rename, Values

_CHANGES = frozenset({"add", "delete", "replace"})
_LINE = re.compile(r"(?P<name>[^:]+):(?P<kind>[:<]?)[ ]*(?P<text>.*)\Z", re.DOTALL)


class InvalidLdif(ValueError):
    """A text is no LDIF that is read here. ``line`` counts from 1."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    value: bytes
    number: int

    @property
    def text(self) -> str:
        try:
            return self.value.decode()
        except UnicodeDecodeError as error:
            raise InvalidLdif("is not UTF-8", line=self.number) from error

    @property
    def is_separator(self) -> bool:
        return self.name == "-"


def parse_ldif(text: str) -> list[Operation]:
    """Read records in their order; one without a change type is an entry to add.

    Raises:
        InvalidLdif: if it is none, or refers to other files.
    """
    return [_operation(record) for record in _records(text)]


def _records(text: str) -> Iterator[list[_Line]]:
    record: list[_Line] = []
    for number, line in _unfolded(text):
        if line.startswith("#"):
            continue
        if not line:
            if record:
                yield record
            record = []
        elif record or not line.lower().startswith("version:"):
            record.append(_read(line, number))
    if record:
        yield record


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Put folded lines together, each with the number of its first one; an empty line ends a record."""
    number, whole = 0, ""
    for at, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line.startswith(" ") and number:
            whole += line[1:]
            continue
        if number:
            yield number, whole
        number, whole = at, line
    yield number, whole


def _read(line: str, number: int) -> _Line:
    if line == "-":
        return _Line("-", b"", number)
    found = _LINE.match(line)
    if found is None:
        raise InvalidLdif("has no name and value", line=number)
    name, kind, value = found.group("name", "kind", "text")
    if kind == "<":
        raise InvalidLdif("takes its value from elsewhere, which is not read", line=number)
    if kind == "":
        return _Line(name, value.encode(), number)
    try:
        return _Line(name, base64.b64decode(value.strip(), validate=True), number)
    except binascii.Error as error:
        raise InvalidLdif("is not base64", line=number) from error


def _operation(record: Sequence[_Line]) -> Operation:
    first, rest = record[0], list(record[1:])
    if first.name.lower() != "dn":
        raise InvalidLdif("a record begins with dn", line=first.number)
    dn = _dn(first)
    relaxed = False
    while rest and rest[0].name.lower() == "control":
        relaxed |= rest.pop(0).text.startswith(RELAX)
    kind = rest.pop(0).text.lower() if rest and rest[0].name.lower() == "changetype" else "add"
    match kind:
        case "add":
            attributes = _attributes(rest)
            kept = {name: attributes.pop(name) for name in KEPT_ATTRIBUTES if relaxed and name in attributes}
            return Add(dn, attributes, kept)
        case "modify":
            return Modify(dn, tuple(_changes(rest)))
        case "delete":
            return Delete(dn)
        case "modrdn" | "moddn":
            return _rename(dn, rest, line=first.number)
        case _:
            raise InvalidLdif(f"there is no change type {kind}", line=first.number)


def _dn(line: _Line) -> Dn:
    try:
        return Dn.parse(line.text)
    except InvalidDn as error:
        raise InvalidLdif(str(error), line=line.number) from error


def _attributes(lines: Sequence[_Line]) -> dict[str, Values]:
    spelled: dict[str, str] = {}
    found: dict[str, Values] = {}
    for line in lines:
        if line.is_separator:
            raise InvalidLdif("a - where an attribute should be", line=line.number)
        name = spelled.setdefault(line.name.lower(), line.name)
        found[name] = (*found.get(name, ()), line.value)
    return found


def _changes(lines: Sequence[_Line]) -> Iterator[Change]:
    part: list[_Line] = []
    for line in (*lines, _Line("-", b"", 0)):
        if not line.is_separator:
            part.append(line)
        elif part:
            yield _change(part)
            part = []


def _change(part: Sequence[_Line]) -> Change:
    first = part[0]
    attribute, kind = first.text, first.name.lower()
    stray = [line for line in part[1:] if line.name.lower() != attribute.lower()]
    if stray:
        raise InvalidLdif(f"is not a value of {attribute}", line=stray[0].number)
    values = tuple(line.value for line in part[1:])
    match kind:
        case "add" | "delete" | "replace":
            return Change(kind, attribute, values)
        case _:
            raise InvalidLdif(f"{first.name} is none of {', '.join(sorted(_CHANGES))}", line=first.number)


def _rename(dn: Dn, lines: Sequence[_Line], *, line: int) -> Rename:
    by_name = {each.name.lower(): each for each in lines}
    if "newrdn" not in by_name:
        raise InvalidLdif("has no newrdn", line=line)
    rdns = _dn(by_name["newrdn"]).rdns
    if len(rdns) != 1:
        raise InvalidLdif("is not one RDN", line=by_name["newrdn"].number)
    above = by_name.get("newsuperior")
    keeps_old = "deleteoldrdn" in by_name and by_name["deleteoldrdn"].text == "0"
    rdn: Rdn = rdns[0]
    return Rename(dn, rdn, None if above is None else _dn(above), keeps_old=keeps_old)
