"""Versions as HTTP has them: entity tags, and the preconditions that name them (RFC 9110 §8.8.3, §13.1; RFC 7644 §3.14).

Whether a write still finds the version is the target's to hold; here is only which version that must be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.scim.errors import InvalidValue, PreconditionFailed

_LIST: Final = re.compile(
    r"[ \t]*,?[ \t]*(?P<weak>W/)?\"(?P<value>[\x21\x23-\x7e\x80-\xff]*)\"[ \t]*(?=,|\Z)"
)


@dataclass(frozen=True, slots=True)
class EntityTag:
    """One tag. Landbridge's own are strong; a weak one comes from a client or from something in between."""

    value: str
    is_weak: bool = False


@dataclass(frozen=True, slots=True)
class EntityTags:
    """What a precondition names: tags, or ``*`` for whatever there is."""

    tags: tuple[EntityTag, ...] = ()
    is_any: bool = False

    def match_strongly(self, version: str | None) -> bool:
        """Tell whether a version is meant, as If-Match compares: a weak tag means none."""
        return self.is_any or EntityTag(version or "") in self.tags

    def match_weakly(self, version: str | None) -> bool:
        """Tell whether a version is meant, as If-None-Match compares."""
        return self.is_any or any(tag.value == version for tag in self.tags)


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What a request says about the version that it is for. None where it says nothing."""

    match: EntityTags | None = None
    none_match: EntityTags | None = None

    def version_to_write(self, current: Callable[[], str | None]) -> str | None:
        """Return the only version that may be written to, or None for any.

        ``current`` reads the present one, which is needed only where more than one would do or is excluded.

        Raises:
            PreconditionFailed: if the present version is not one of those that are asked for.
        """
        if self.none_match is None:
            if self.match is None or self.match.is_any:
                return None
            if len(self.match.tags) == 1 and not self.match.tags[0].is_weak:
                return self.match.tags[0].value
        version = current()
        if self._is_changed(version) or (self.none_match and self.none_match.match_weakly(version)):
            raise PreconditionFailed.by("If-Match" if self.none_match is None else "If-None-Match")
        return version

    def is_known(self, version: str | None) -> bool:
        """Tell whether a reader has this version already (If-None-Match); raise PreconditionFailed by If-Match."""
        if self._is_changed(version):
            raise PreconditionFailed.by("If-Match")
        return self.none_match is not None and self.none_match.match_weakly(version)

    def _is_changed(self, version: str | None) -> bool:
        return self.match is not None and not self.match.match_strongly(version)


def parse_preconditions(
    if_match: str | None, if_none_match: str | None, *, name: str = "If-Match"
) -> Preconditions:
    """Read the two headers; ``name`` is where the first one stood. Raises InvalidValue."""
    return Preconditions(
        None if if_match is None else parse_entity_tags(if_match, name),
        None if if_none_match is None else parse_entity_tags(if_none_match, "If-None-Match"),
    )


def parse_entity_tags(text: str, name: str) -> EntityTags:
    """Read ``*`` or a list of entity tags; ``name`` is where they stood. Raises InvalidValue."""
    if text.strip() == "*":
        return EntityTags(is_any=True)
    tags: list[EntityTag] = []
    end = 0
    while found := _LIST.match(text, end):
        tags.append(EntityTag(found["value"], is_weak=found["weak"] is not None))
        end = found.end()
    if not tags or end != len(text):
        raise InvalidValue(f'{name} must be * or entity tags in double quotes, such as "20240101120000Z"')
    return EntityTags(tuple(tags))


def version_of_tag(tag: object) -> str | None:
    """Return the version within an entity tag of our own."""
    return tag[1:-1] if isinstance(tag, str) and tag[:1] == tag[-1:] == '"' else None
