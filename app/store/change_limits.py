"""How much may be changed before somebody is asked: the key ``guard`` of domains and applications.

guard:
  answer: 429                 # 403 by default
  window_minutes: 60
  deletes: {per_request: 10, per_window: 50, percent: 5}
  disables: {per_window: 50}
  removals: {per_request: 200, percent: 50}
  renames: {per_window: 20}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Literal, TypeAlias, get_args

from marshmallow import Schema, fields, validate

Kind: TypeAlias = Literal["deletes", "disables", "removals", "renames"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WINDOW_MINUTES = 60
LONGEST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of one kind of change. What is None is not limited."""

    per_request: int | None = None
    per_window: int | None = None
    percent: float | None = None
    """Of the resources that there are, within the window; of removals, of the group's members, in one request."""


@dataclass(frozen=True, slots=True)
class ChangeLimits:
    """All limits of a domain or an application, and how a change beyond them is answered."""

    limits: Mapping[Kind, Limit] = field(default_factory=dict)
    window: timedelta = timedelta(minutes=WINDOW_MINUTES)
    status: HTTPStatus = HTTPStatus.FORBIDDEN


UNLIMITED = ChangeLimits()
_NUMBER = validate.Range(min=0)


class LimitSchema(Schema):
    """The limit of one kind of change."""

    per_request = fields.Integer(
        strict=True, validate=_NUMBER, metadata={"description": "How many one request may make."}
    )
    per_window = fields.Integer(
        strict=True, validate=_NUMBER, metadata={"description": "How many may be made within the window."}
    )
    percent = fields.Float(
        validate=validate.Range(min=0, max=100),
        metadata={"description": "How many of all there are, of removals of a group's members."},
    )


class ChangeLimitsSchema(Schema):
    """The key ``guard``."""

    answer = fields.Integer(
        strict=True,
        validate=validate.OneOf((403, 429)),
        metadata={"description": "The status of the answer to a change that is held; 403 by default."},
    )
    window_minutes = fields.Integer(
        strict=True,
        validate=validate.Range(1, LONGEST_MINUTES),
        metadata={"description": "How long changes count together; 60 by default."},
    )
    deletes = fields.Nested(LimitSchema, metadata={"description": "Resources that are deleted."})
    disables = fields.Nested(LimitSchema, metadata={"description": "Users that are disabled."})
    removals = fields.Nested(LimitSchema, metadata={"description": "Members that leave groups."})
    renames = fields.Nested(LimitSchema, metadata={"description": "Entries that get another name."})


def read_limits(keys: Mapping[str, Any] | None) -> ChangeLimits:
    """Make the limits of a valid document."""
    if not keys:
        return UNLIMITED
    return ChangeLimits(
        {kind: Limit(**keys[kind]) for kind in KINDS if kind in keys},
        timedelta(minutes=keys.get("window_minutes", WINDOW_MINUTES)),
        HTTPStatus(keys.get("answer", HTTPStatus.FORBIDDEN)),
    )
