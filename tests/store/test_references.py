"""References to values that documents do not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from marshmallow import Schema, ValidationError

from app.store.references import Reference, SecretReference, TextOrReference, UnresolvedReference, resolve

if TYPE_CHECKING:
    from pathlib import Path


class _Schema(Schema):
    secret = SecretReference()
    text = TextOrReference()


def _load(**values: Any) -> Any:
    return _Schema().load(values)


def _resolve(reference: str | Reference, **environ: str) -> str:
    return resolve(reference, environ=environ, stored={"kept": "s3"}.get)


@pytest.mark.parametrize("source", ["env", "file", "stored"])
def test_a_secret_is_a_reference(source: str) -> None:
    """A secret is referred to in three ways."""
    loaded = _load(secret={source: "x"})

    assert loaded == {"secret": Reference(source, "x")}  # type: ignore[arg-type]  # the parameter is a str
    assert _Schema().dump(loaded) == {"secret": {source: "x"}}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("hunter2", id="plain"),
        pytest.param({}, id="empty"),
        pytest.param({"env": "A", "file": "b"}, id="two ways"),
        pytest.param({"vault": "x"}, id="unknown way"),
        pytest.param({"env": ""}, id="no name"),
        pytest.param({"env": 7}, id="a number"),
        pytest.param({"file": "a\0b"}, id="NUL"),
        pytest.param(["hunter2"], id="a list"),
    ],
)
def test_anything_else_is_refused_without_repeating_it(value: object) -> None:
    """A wrong reference is refused; what stood there is not in the message."""
    with pytest.raises(ValidationError) as caught:
        _load(secret=value)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", ["ldap://a", {"env": "URL"}, {"file": "/run/url"}])
def test_a_text_may_be_a_reference(value: str | dict[str, str]) -> None:
    """A value that is no secret stands there, or is referred to."""
    assert _Schema().dump(_load(text=value)) == {"text": value}


@pytest.mark.parametrize("value", [{"stored": "x"}, 7, None])
def test_a_text_is_not_a_stored_secret(value: object) -> None:
    """What is shown to everyone is not kept among the secrets."""
    with pytest.raises(ValidationError):
        _load(text=value)


def test_a_plain_text_is_its_own_value() -> None:
    """There is nothing to fetch."""
    assert _resolve("ldap://a") == "ldap://a"


def test_an_environment_variable_is_fetched() -> None:
    """{env: NAME} is the variable's value."""
    assert _resolve(Reference("env", "A"), A="1") == "1"


def test_a_stored_secret_is_fetched() -> None:
    """{stored: NAME} is looked up."""
    assert _resolve(Reference("stored", "kept")) == "s3"


@pytest.mark.parametrize("content", ["pä ss", "pä ss\n", "pä ss\r\n"])
def test_a_file_is_read_without_its_line_end(tmp_path: Path, content: str) -> None:
    """{file: path} is the file's content; the line end of an editor is not part of a password."""
    path = tmp_path / "secret"
    path.write_bytes(content.encode())

    assert _resolve(Reference("file", str(path))) == "pä ss"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        pytest.param(Reference("env", "NONE"), "the environment variable NONE is not set", id="env"),
        pytest.param(Reference("stored", "none"), "there is no stored secret none", id="stored"),
        pytest.param(
            Reference("file", "/no/such"), "the file /no/such cannot be read: No such file", id="file"
        ),
    ],
)
def test_what_is_missing_is_named(reference: Reference, message: str) -> None:
    """The error says where a value was expected."""
    with pytest.raises(UnresolvedReference, match=message):
        _resolve(reference, OTHER="hunter2")


@pytest.mark.parametrize("content", [b"hunter2\xff", b"hunter2" * 10_000])
def test_a_file_that_is_no_secret_is_not_shown(tmp_path: Path, content: bytes) -> None:
    """A binary or huge file is refused without its content."""
    path = tmp_path / "secret"
    path.write_bytes(content)

    with pytest.raises(UnresolvedReference) as caught:
        _resolve(Reference("file", str(path)))

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
