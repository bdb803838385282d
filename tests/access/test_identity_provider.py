"""The guide to identity providers holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from marshmallow import Schema

from app.access.identity_provider import IDENTITY_PROVIDER, KIND, IdentityProviderSchema, read
from app.store.loading import parse
from app.web.console.samples import skeleton_of

GUIDE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
EXAMPLES = [text for text in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) if f"kind: {KIND}" in text]


@pytest.mark.parametrize("text", [*EXAMPLES, skeleton_of(KIND)])
def test_examples_are_documents(text: str) -> None:
    """What the guide and the editor begin with can be put in force."""
    [document] = parse(text, file="guide").documents
    problems = IDENTITY_PROVIDER.schema().validate(dict(document.body))

    assert problems == {}
    assert read(document).roles


def test_every_key_is_in_the_guide() -> None:
    """No key is a secret of the code."""
    schema: Schema = IdentityProviderSchema()

    assert len(EXAMPLES) == 2
    assert all(f"| `{name}` |" in GUIDE or f"| `{name}`" in GUIDE for name in schema.fields)
