"""A search tells which indexes it wants."""

from __future__ import annotations

from app.directory.filter_text import parse_filter
from app.directory.indexes import indexes_for


def test_every_kind() -> None:
    """Each attribute is named once for each way in which it is compared."""
    node = parse_filter("(&(a=1)(|(a=2)(b=x*))(!(c=*))(d>=1)(d<=2)(e:1.2.3:=4))")

    assert indexes_for(node) == [
        ("a", "equality"),
        ("b", "substring"),
        ("c", "presence"),
        ("d", "ordering"),
    ]
