"""Errors carry what the client is told."""

from __future__ import annotations

from app.scim.errors import InvalidFilter, ServiceUnavailable, TooManyRequests


def test_column() -> None:
    """A filter's error tells the column, where it is known."""
    assert InvalidFilter("expected a value", column=7).detail == "expected a value (column 7)"
    assert InvalidFilter("expected a value").detail == "expected a value"


def test_retry_after() -> None:
    """A refusal for now tells when to come back."""
    assert TooManyRequests("slow down", retry_after_seconds=3).retry_after_seconds == 3
    assert ServiceUnavailable("later").retry_after_seconds == 5
