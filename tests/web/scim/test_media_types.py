"""Which media types are taken and given."""

import pytest

from app.scim.errors import NotAcceptable, UnsupportedMediaType
from app.web.scim.media_types import JSON, SCIM, check_sent, choose


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        pytest.param([], SCIM, id="nothing said"),
        pytest.param([(SCIM, 1)], SCIM, id="SCIM"),
        pytest.param([("Application/SCIM+JSON; charset=utf-8", 1)], SCIM, id="parameters and case"),
        pytest.param([(JSON, 1)], JSON, id="JSON"),
        pytest.param([(JSON, 1), (SCIM, 1)], SCIM, id="both"),
        pytest.param([(JSON, 1), (SCIM, 0.5)], JSON, id="preferred"),
        pytest.param([("*/*", 0.1)], SCIM, id="anything"),
        pytest.param([("application/*", 1), ("text/html", 1)], SCIM, id="range"),
        pytest.param([(SCIM, 0), ("*/*", 1)], JSON, id="one excluded"),
    ],
)
def test_the_answer_has_an_accepted_type(accepted: list[tuple[str, float]], chosen: str) -> None:
    """RFC 9110 §12.5.1, and SCIM's own type where both would do."""
    assert choose(accepted) == chosen


@pytest.mark.parametrize("accepted", [[("text/html", 1.0)], [("*/*", 0.0)], [(SCIM, 0.0), (JSON, 0.0)]])
def test_who_accepts_no_json_is_refused(accepted: list[tuple[str, float]]) -> None:
    """There is nothing else to give."""
    with pytest.raises(NotAcceptable):
        choose(accepted)


@pytest.mark.parametrize(
    ("media_type", "charset", "encoding"),
    [(SCIM, "utf-8", None), (JSON, None, "identity"), ("", None, None), (JSON, "US-ASCII", None)],
)
def test_json_is_taken(media_type: str, charset: str | None, encoding: str | None) -> None:
    """Also where nothing is said about it."""
    check_sent(media_type, charset, encoding=encoding)


@pytest.mark.parametrize(
    ("media_type", "charset", "encoding"),
    [("text/xml", None, None), (JSON, "utf-16", None), (SCIM, None, "gzip")],
)
def test_other_bodies_are_refused(media_type: str, charset: str | None, encoding: str | None) -> None:
    """Nothing is guessed."""
    with pytest.raises(UnsupportedMediaType):
        check_sent(media_type, charset, encoding=encoding)
