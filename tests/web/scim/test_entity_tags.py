"""Reading preconditions, and what they say about versions."""

import pytest

from app.scim.errors import InvalidValue, PreconditionFailed
from app.web.scim.entity_tags import (
    EntityTag,
    EntityTags,
    Preconditions,
    parse_entity_tags,
    parse_preconditions,
)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        pytest.param('"a"', EntityTags((EntityTag("a"),)), id="one"),
        pytest.param('W/"a"', EntityTags((EntityTag("a", is_weak=True),)), id="weak"),
        pytest.param(
            ' "a" ,W/"b", "" ',
            EntityTags((EntityTag("a"), EntityTag("b", is_weak=True), EntityTag(""))),
            id="several",
        ),
        pytest.param('"a,b"', EntityTags((EntityTag("a,b"),)), id="comma within"),
        pytest.param(" * ", EntityTags(is_any=True), id="any"),
    ],
)
def test_entity_tags_are_read(text: str, tags: EntityTags) -> None:
    """RFC 9110 §8.8.3 and §13.1.1."""
    assert parse_entity_tags(text, "If-Match") == tags


@pytest.mark.parametrize("text", ["", "a", '"a', 'w/"a"', '"a" "b"', '"a", b', '"a\tb"', '*, "a"', "'a'"])
def test_what_is_no_entity_tag_is_refused(text: str) -> None:
    """A precondition that cannot be read must not be passed over."""
    with pytest.raises(InvalidValue, match="If-Match"):
        parse_entity_tags(text, "If-Match")


@pytest.mark.parametrize(
    ("if_match", "if_none_match", "version"),
    [
        pytest.param(None, None, None, id="nothing"),
        pytest.param("*", None, None, id="any"),
        pytest.param('"x"', None, "x", id="one"),
        pytest.param('"a", "now"', None, "now", id="one of several"),
        pytest.param(None, '"old"', "now", id="no longer the old one"),
        pytest.param("*", '"old"', "now", id="any but the old one"),
    ],
)
def test_a_write_is_for_a_version(
    if_match: str | None, if_none_match: str | None, version: str | None
) -> None:
    """The target is told the only version that it may write to."""
    assert parse_preconditions(if_match, if_none_match).version_to_write(lambda: "now") == version


@pytest.mark.parametrize(
    ("if_match", "if_none_match"),
    [
        pytest.param('W/"now"', None, id="weak"),
        pytest.param('"a", W/"now"', None, id="several, weak"),
        pytest.param('"a", "b"', None, id="others"),
        pytest.param(None, "*", id="only if there is none"),
        pytest.param(None, 'W/"now"', id="weakly the same"),
        pytest.param('"now"', '"now"', id="contradiction"),
    ],
)
def test_a_write_is_refused(if_match: str | None, if_none_match: str | None) -> None:
    """RFC 9110 §13.1.1: a weak tag never matches a write."""
    with pytest.raises(PreconditionFailed):
        parse_preconditions(if_match, if_none_match).version_to_write(lambda: "now")


def test_one_strong_tag_costs_no_look() -> None:
    """The target itself holds the write to the version."""
    asked = Preconditions(EntityTags((EntityTag("x"),)))

    assert asked.version_to_write(lambda: pytest.fail("the resource was read")) == "x"


@pytest.mark.parametrize(
    ("if_match", "if_none_match", "is_known"),
    [
        pytest.param(None, None, False, id="nothing"),
        pytest.param(None, '"now"', True, id="the same"),
        pytest.param(None, 'W/"now"', True, id="weakly the same"),
        pytest.param(None, "*", True, id="any"),
        pytest.param(None, '"old"', False, id="another"),
        pytest.param('"now"', '"old"', False, id="If-Match holds"),
    ],
)
def test_a_reader_may_know_the_version(
    if_match: str | None, if_none_match: str | None, *, is_known: bool
) -> None:
    """If-None-Match compares weakly."""
    assert parse_preconditions(if_match, if_none_match).is_known("now") is is_known


def test_a_reader_may_insist_on_a_version() -> None:
    """If-Match holds for reads too."""
    with pytest.raises(PreconditionFailed):
        parse_preconditions('"old"', None).is_known("now")
