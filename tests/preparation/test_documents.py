"""The documentation lists every code, in its words."""

from pathlib import Path

from app.preparation.map_codes import MAP_CODES


def test_map_codes() -> None:
    """Every code of a map's findings is explained."""
    text = Path("docs/map-checks.md").read_text(encoding="utf-8")

    rows = [f"| `{code.name}` | {code.severity} | {code.why} |" for code in MAP_CODES.values()]
    assert [row for row in rows if row not in text] == []
