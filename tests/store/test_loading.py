"""Documents from YAML files, with the line of everything that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.document import Document
from app.store.loading import Loaded, load, parse
from tests.store.fakes import DOMAIN

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "kind: Domain\nname: PRIMARY\n"


def _problems(text: str) -> list[str]:
    return [str(problem) for problem in parse(text, file="d.yaml").problems]


def _body(text: str) -> Any:
    [document] = parse(HEAD + text, file="d.yaml").documents
    return document.body


def test_a_document_has_an_envelope_and_a_body() -> None:
    """Kind, name and description are the envelope, all other keys the body."""
    loaded = parse(f"{HEAD}description: ours\nurl: ldap://a\nbind: {{dn: cn=a}}\n", file="d.yaml")

    expected = Document("Domain", "PRIMARY", {"url": "ldap://a", "bind": {"dn": "cn=a"}}, description="ours")
    assert loaded == Loaded((expected,))


def test_a_file_holds_several_documents() -> None:
    """Documents are parted by ---; each keeps its own text, comments included."""
    loaded = parse("# first\nkind: A\nname: a\n---\nkind: B\nname: b # here\n---\n# nothing\n", file="d.yaml")

    assert [document.source for document in loaded.documents] == [
        "# first\nkind: A\nname: a\n",
        "kind: B\nname: b # here\n",
    ]


def test_a_problem_names_file_line_document_and_key() -> None:
    """A wrong value is found at its line, in whichever document of the file."""
    text = f"kind: A\nname: a\n---\n# comment\n{HEAD}url: ldap://a\nbind:\n  dn: [1]\n  extra: 1\n"
    document = parse(text, file="config/d.yaml").documents[1]

    problems = [str(problem) for problem in DOMAIN.problems(document)]

    assert problems == [
        "config/d.yaml:9: Domain PRIMARY: bind.dn: Not a valid string.",
        "config/d.yaml:10: Domain PRIMARY: bind.extra: Unknown field.",
    ]


def test_what_is_missing_is_reported_where_it_belongs() -> None:
    """A missing key has the line of what it should stand in."""
    [document] = parse(f"# top\n\n{HEAD}bind:\n  password: {{env: P}}\n", file="d.yaml").documents

    assert [str(problem) for problem in DOMAIN.problems(document)] == [
        "d.yaml:3: Domain PRIMARY: url: Missing data for required field.",
        "d.yaml:5: Domain PRIMARY: bind.dn: Missing data for required field.",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("name: x\n", "d.yaml:1: x: has no kind", id="no kind"),
        pytest.param("kind: A\n", "d.yaml:1: A: has no name", id="no name"),
        pytest.param("kind: 7\nname: a\n", "d.yaml:1: 7 a: kind: is not text", id="kind is a number"),
        pytest.param("kind: A\nname: 12\n", "d.yaml:2: A 12: name: is not text", id="name is a number"),
        pytest.param("- a\n", "d.yaml:1: is not a document: it has no keys", id="a list"),
        pytest.param("just words\n", "d.yaml:1: is not a document: it has no keys", id="a text"),
        pytest.param(
            f"{HEAD}a: 1\na: 2\n", "d.yaml:4: Domain PRIMARY: a: stands here twice", id="duplicate key"
        ),
        pytest.param(
            f"{HEAD}a:\n  b: 1\n  c: 2\n  b: 3\n",
            "d.yaml:6: Domain PRIMARY: a.b: stands here twice",
            id="duplicate key further in",
        ),
        pytest.param(f"{HEAD}a:\n\tb: 1\n", "d.yaml:4: a tab stands where YAML wants spaces", id="tab"),
        pytest.param(
            f"{HEAD}a: !!python/object/apply:os.system [ls]\n",
            "d.yaml:3: Domain PRIMARY: a: has a tag; tags are not used here",
            id="python tag",
        ),
        pytest.param(
            f"{HEAD}a: !secret x\n",
            "d.yaml:3: Domain PRIMARY: a: has a tag; tags are not used here",
            id="own tag",
        ),
        pytest.param(
            f"{HEAD}a: !!int x\n", "d.yaml:3: Domain PRIMARY: a: is not what its tag says", id="wrong tag"
        ),
        pytest.param(
            f"{HEAD}a: {{7: x}}\n",
            "d.yaml:3: Domain PRIMARY: a: holds a key that is not text; put quotes round it",
            id="number as key",
        ),
        pytest.param(f"{HEAD}a: \x01\n", "d.yaml:3: holds a control character", id="control character"),
        pytest.param(f"{HEAD}a: *b\n", "d.yaml:3: found undefined alias 'b'", id="undefined alias"),
    ],
)
def test_bad_text_is_told_with_its_line(text: str, problem: str) -> None:
    """What is wrong with a file's text is told with the line."""
    assert _problems(text) == [problem]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b", "a\nb", "", " a", "a ", "-a", "a" * 101, "a\0b", "a:b"]
)
def test_a_name_is_harmless(name: str) -> None:
    """A name can stand in a path, a URL and a log."""
    document = (
        Document("Domain", name, {}).render().replace("kind: Domain\n", f"kind: Domain\nname: {name!r}\n")
    )

    assert parse(document, file="d.yaml").documents == ()


@pytest.mark.parametrize("name", ["PRIMARY", "hr-app", "HR app 2", "Zürich", "a.b@c", "x"])
def test_a_name_may_be_a_usual_one(name: str) -> None:
    """Letters of any script, digits, spaces and some signs make a name."""
    [document] = parse(f"kind: A\nname: '{name}'\n", file="d.yaml").documents

    assert document.name == name


def test_a_broken_document_does_not_hide_the_others() -> None:
    """Each document of a file is read by itself."""
    loaded = parse("kind: A\nname: [\n---\nkind: B\nname: b\n---\nkind: C\n", file="d.yaml")

    assert [document.name for document in loaded.documents] == ["b"]
    assert [problem.line for problem in loaded.problems] == [3, 7]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[pytest.param(word, word, id=word) for word in ("yes", "no", "on", "off", "NO", "y")],
        pytest.param("true", True, id="true"),
        pytest.param("False", False, id="False"),
        pytest.param("0123", "0123", id="leading zero"),
        pytest.param("12:30:45", "12:30:45", id="sexagesimal"),
        pytest.param("2026-01-01", "2026-01-01", id="date"),
        pytest.param("1_000", "1_000", id="underscore"),
        pytest.param("-5", -5, id="negative"),
        pytest.param("0x1F", 31, id="hexadecimal"),
        pytest.param("1.5", 1.5, id="float"),
        pytest.param(".nan", ".nan", id="not a number"),
        pytest.param("9" * 5000, "9" * 5000, id="huge number"),
        pytest.param("~", None, id="null"),
        pytest.param("'true'", "true", id="quoted"),
        pytest.param("=", "=", id="equals sign"),
    ],
)
def test_words_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    """Only true and false are booleans; what looks like a date or an octal number is text."""
    read = _body(f"a: {text}\n")["a"]

    assert (read, type(read)) == (value, type(value))


def test_aliases_are_read() -> None:
    """An alias repeats what its anchor holds."""
    assert _body("a: &x {b: 1}\nc: *x\n") == {"a": {"b": 1}, "c": {"b": 1}}


def test_a_merge_key_is_an_ordinary_key() -> None:
    """YAML 1.2 has no merge key; the kind's schema will refuse it."""
    assert _body("a: &x {b: 1}\nc:\n  <<: *x\n")["c"] == {"<<": {"b": 1}}


def test_aliases_cannot_blow_up() -> None:
    """A billion laughs end after some thousand values."""
    layers = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))

    assert _problems(f"{HEAD}a0: &a0 [x]\n{layers}")[0].endswith(
        "holds more than 50000 values, aliases counted"
    )


def test_an_alias_to_itself_is_refused() -> None:
    """A value that contains itself is not JSON."""
    assert _problems(f"{HEAD}a: &a [*a]\n") == ["d.yaml:3: refers to itself"]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(opening: str) -> None:
    """No text makes us run out of stack."""
    [problem] = _problems(HEAD + "a:\n  " + opening * 5000)

    assert problem.endswith("nested more than 32 levels deep")


def test_files_are_found_below_directories(tmp_path: Path) -> None:
    """YAML files count, whatever the depth; settings, hidden and other files do not."""
    for name in (
        "landbridge.yaml",
        "a.yaml",
        "x/b.yml",
        ".hidden.yaml",
        ".git/c.yaml",
        "notes.txt",
        "x/y/d.yaml",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"kind: A\nname: {path.stem.strip('.')}\n")

    assert [document.name for document in load([tmp_path]).documents] == ["a", "b", "d"]


def test_one_name_in_two_files_is_reported_for_both(tmp_path: Path) -> None:
    """Of two documents with one kind and name neither is believed."""
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(HEAD)

    loaded = load([tmp_path])

    assert loaded.documents == ()
    assert [(problem.file, problem.line) for problem in loaded.problems] == [
        (str(tmp_path / "a.yaml"), 2),
        (str(tmp_path / "b.yaml"), 2),
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"kind: A\nname: \xff\n", ":2: is not UTF-8 text", id="not UTF-8"),
        pytest.param(b"#" * 1_000_001, ": is larger than 1000000 bytes", id="too large"),
    ],
)
def test_a_file_that_is_no_text_is_reported(tmp_path: Path, content: bytes, problem: str) -> None:
    """Bytes that are not a reasonable text are refused before they are read as YAML."""
    path = tmp_path / "a.yaml"
    path.write_bytes(content)

    assert [str(p) for p in load([path]).problems] == [f"{path}{problem}"]


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    """What cannot be opened is a problem like any other."""
    path = tmp_path / "none.yaml"

    assert [str(problem) for problem in load([path]).problems] == [
        f"{path}: cannot be read: No such file or directory"
    ]


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    """Files from Windows editors are read."""
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + HEAD.encode())

    assert [document.name for document in load([tmp_path]).documents] == ["PRIMARY"]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=8,
)


@given(
    body=st.dictionaries(st.from_regex(r"[a-z]{1,8}x", fullmatch=True), json_values, max_size=4),
    note=st.text(),
)
def test_a_rendered_document_reads_the_same(body: dict[str, Any], note: str) -> None:
    """What is written out can be read in again, whatever the values."""
    document = Document("Domain", "PRIMARY", body, description=note)

    assert parse(document.render(), file="d.yaml") == Loaded((document,))
