"""What the documentation lists is what there is."""

from pathlib import Path

from app.preparation.doctor_codes import DOCTOR_CODES
from app.preparation.examples import try_examples
from app.preparation.map_codes import MAP_CODES
from app.preparation.map_table import tables
from app.store.document import Snapshot
from app.store.loading import parse
from tests.preparation.conftest import shipped
from tests.provisioning.conftest import RESOURCE_TYPES, shipped_map

SHIPPED_MAPS = Path("docs/shipped-maps.md")


def test_map_codes() -> None:
    """Every code of a map's findings is explained."""
    text = Path("docs/map-checks.md").read_text(encoding="utf-8")

    rows = [f"| `{code.name}` | {code.severity} | {code.why} |" for code in MAP_CODES.values()]
    assert [row for row in rows if row not in text] == []


def test_doctor_codes() -> None:
    """Every code of the doctor's is explained, and every one of the maps that it checks."""
    text = Path("docs/preparing-a-directory.md").read_text(encoding="utf-8")

    codes = {**DOCTOR_CODES, **MAP_CODES}
    rows = [f"| `{code.name}` | {code.severity} | {code.why} |" for code in codes.values()]
    assert [row for row in rows if row not in text] == []
    assert text.count("\n| `") == len(codes)


def test_table_of_shipped_maps() -> None:
    """The table is that of the maps: write what `landbridge map table` tells between the two marks."""
    maps = [shipped_map(document.name) for document in shipped().list("SchemaMap")]

    text = SHIPPED_MAPS.read_text(encoding="utf-8")

    table = text.split("<!-- table -->\n")[1].split("<!-- end of the table -->")[0]
    assert table == tables(maps)


def test_examples_of_the_documentation() -> None:
    """The examples that explain examples are true."""
    text = SHIPPED_MAPS.read_text(encoding="utf-8")
    (document,) = parse(text.split("```yaml\n")[1].split("```")[0], file="docs").documents

    tried = list(try_examples(document, Snapshot(1, shipped().documents), RESOURCE_TYPES))

    assert [each.problem for each in tried] == ["", ""]
