"""Read configuration documents from YAML files, and report all that is wrong with them by file and line.

What a document may say is left to its kind, putting documents in force to ``documents``.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from app.store.document import ENVELOPE, Document, Marks, Problem
from app.store.yaml_text import Content, YamlError, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_FILE_BYTES = 1_000_000
SETTINGS_FILE = "landbridge.yaml"
_SEPARATOR = re.compile(r"^---(?=[ \t]|$)", re.MULTILINE)
_LEAD = re.compile(r"(?:---)?(?:\s|#.*)*")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The documents that could be read, and what is wrong with the others."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()


def load(paths: Iterable[Path]) -> Loaded:
    """Read files, and all YAML files below directories. The settings file is not a document and is left out."""
    return _join(_load_file(path) for root in paths for path in _files(root))


def parse(text: str, *, file: str) -> Loaded:
    """Read the documents in a text. ``file`` is what problems call it."""
    return _join(_parse_part(part, line, file) for part, line in _parts(text))


def read_stream(stream: BinaryIO, *, file: str) -> Loaded:
    """Read the documents in a stream of UTF-8."""
    content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        return _failed(f"is larger than {MAX_FILE_BYTES} bytes", file)
    try:
        return parse(content.decode("utf-8-sig"), file=file)
    except UnicodeDecodeError as error:
        return _failed("is not UTF-8 text", file, line=content.count(b"\n", 0, error.start) + 1)


def _files(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        yield root
        return
    for path in sorted(root.rglob("*.y*ml")):
        is_hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if (
            path.suffix in {".yaml", ".yml"}
            and path.is_file()
            and not is_hidden
            and path.name != SETTINGS_FILE
        ):
            yield path


def _load_file(path: Path) -> Loaded:
    try:
        with path.open("rb") as file:
            return read_stream(file, file=str(path))
    except OSError as error:
        return _failed(f"cannot be read: {error.strerror}", str(path))


def _failed(message: str, file: str, *, line: int = 0) -> Loaded:
    return Loaded(problems=(Problem(message, file=file, line=line),))


def _join(loads: Iterable[Loaded]) -> Loaded:
    """Put what was read together; of two documents with one kind and name, neither is believed."""
    parts = list(loads)
    documents = [document for part in parts for document in part.documents]
    problems = [problem for part in parts for problem in part.problems]
    seen = Counter(document.identity for document in documents)
    twice = [document for document in documents if seen[document.identity] > 1]
    problems += [document.problem(("name",), "another document has this kind and name") for document in twice]
    return Loaded(tuple(d for d in documents if seen[d.identity] == 1), tuple(problems))


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """Cut a text at its ``---`` lines, so that a broken document does not hide the ones after it."""
    begin = 0
    ends = [match.start() for match in _SEPARATOR.finditer(text)]
    for end in [*ends, len(text)]:
        part = text[begin:end]
        line = text.count("\n", 0, begin) + 1
        if _LEAD.fullmatch(part) is None:
            yield part, line
        begin = end


def _parse_part(text: str, first_line: int, file: str) -> Loaded:
    try:
        content = read(text, first_line=first_line)
    except YamlError as error:
        return _failed(error.message, file, line=error.line)
    if not isinstance(content.value, dict):
        return _failed("is not a document: it has no keys", file, line=first_line)
    return _document(content, Marks(file, _first_line(text, first_line), content.lines), _source(text))


def _first_line(text: str, first_line: int) -> int:
    """Find the line of a document's first key, past comments."""
    begin = _LEAD.match(text)
    return first_line + text.count("\n", 0, begin.end() if begin else 0)


def _source(text: str) -> str:
    return text.removeprefix("---").strip() + "\n"


def _document(content: Content, marks: Marks, source: str) -> Loaded:
    value: dict[str, Any] = content.value
    document = Document(
        kind=str(value.get("kind", "")),
        name=str(value.get("name", "")),
        description=str(value.get("description") or ""),
        body={key: item for key, item in value.items() if key not in ENVELOPE},
        source=source,
        marks=marks,
    )
    problems = [
        *(_at_line(document.problem(key, message), line) for key, message, line in content.problems),
        *_envelope_problems(document, value),
    ]
    return Loaded(problems=tuple(problems)) if problems else Loaded((document,))


def _at_line(problem: Problem, line: int) -> Problem:
    return Problem(
        problem.message, file=problem.file, line=line, kind=problem.kind, name=problem.name, key=problem.key
    )


def _envelope_problems(document: Document, value: dict[str, Any]) -> Iterator[Problem]:
    for key in ENVELOPE:
        if key in value and not isinstance(value[key], str):
            yield document.problem((key,), "is not text")
    for key in ("kind", "name"):
        if key not in value:
            yield document.problem((), f"has no {key}")
    if isinstance(value.get("name"), str):
        yield from document.name_problems()
