"""dateTime values are instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.scim.instant import parse_instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        pytest.param("2008-01-23T04:56:22Z", datetime(2008, 1, 23, 4, 56, 22, tzinfo=UTC), id="UTC"),
        pytest.param(
            "2008-01-23T04:56:22", datetime(2008, 1, 23, 4, 56, 22, tzinfo=UTC), id="without a zone"
        ),
        pytest.param(
            "2008-01-23T06:56:22.5+02:00", datetime(2008, 1, 23, 4, 56, 22, 500000, tzinfo=UTC), id="offset"
        ),
        pytest.param(
            "2008-01-23T04:56:22.123456789Z", datetime(2008, 1, 23, 4, 56, 22, 123456, tzinfo=UTC), id="ns"
        ),
        pytest.param(
            "0001-01-01T00:00:00+14:00",
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
            id="before all",
        ),
    ],
)
def test_parse(text: str, instant: datetime) -> None:
    """Offsets and fractions of a second count."""
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2008-01-23",
        "2008-01-23 04:56:22Z",
        "2008-13-23T04:56:22Z",
        "2008-01-23T25:00:00Z",
        "2008-01-23T04:56:22+15:00",
        "2008-01-23T04:56:22Z\n",
        "٢٠٠٨-01-23T04:56:22Z",
    ],
)
def test_refused(text: str) -> None:
    """What is not an xsd:dateTime is refused."""
    with pytest.raises(ValueError, match=r".+"):
        parse_instant(text)
