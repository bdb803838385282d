"""Which directory attributes are needed for what is wanted, whoever asks and however often."""

from __future__ import annotations

from functools import partial

from app.mapping.model import MAX_NEEDED
from app.scim.path import AttributePath
from tests.provisioning.conftest import shipped_map


def _is(wanted: str, path: AttributePath) -> bool:
    return str(path) == wanted


def test_many_questions() -> None:
    """More questions than are remembered are answered as the first one was."""
    schema_map = shipped_map("openldap-user")

    answers = {
        schema_map.directory_attributes(partial(_is, "userName" if number % 2 else "title"))
        for number in range(MAX_NEEDED * 2 + 1)
    }

    assert answers == {("uid",), ("title",)}
