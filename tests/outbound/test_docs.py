"""docs/outbound.md says what connectors' documents may say."""

import re
from pathlib import Path

import pytest

from app.outbound.connectors.command import CommandSettings
from app.outbound.connectors.file import FileSettings
from app.outbound.connectors.scim2.settings import AuthenticationSchema, Scim2Settings
from app.outbound.connectors.webhook import WebhookSettings
from app.outbound.document import ConnectorSchema, LimitsSchema, ScopeSchema
from app.store.loading import parse
from tests.web.scim.bridge import Bridge

TEXT = Path("docs/outbound.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_valid(shared_proxy: Bridge, example: str) -> None:
    """Every document in the text can be applied."""
    loaded = parse(example, file="docs/outbound.md")

    assert [*loaded.problems] == []
    assert shared_proxy.services.documents.problems(loaded.documents) == ()


def test_every_key_is_told() -> None:
    """No key is left out."""
    schemas = (
        ConnectorSchema(),
        LimitsSchema(),
        ScopeSchema(),
        Scim2Settings(),
        AuthenticationSchema(),
        WebhookSettings(),
        FileSettings(),
        CommandSettings(),
    )
    keys = {key for schema in schemas for key in schema.fields}

    assert {key for key in keys if f"`{key}`" not in TEXT} == set()
