"""The JSON Schema of the map language is printed as it is shipped."""

from __future__ import annotations

from click.testing import CliRunner

from app.cli.map_schema import show_schema
from tests.scim.samples import ROOT


def test_schema() -> None:
    """What is printed is the shipped file."""
    result = CliRunner().invoke(show_schema)

    assert result.exit_code == 0
    assert result.output == (ROOT / "config" / "schema-map.schema.json").read_text()
