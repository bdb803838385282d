"""Requests as Home shows them: numbers, and a bar for each step, drawn by nothing but rectangles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.signals.rates import Rate

HEIGHT = 28
WIDTH = 4
"""Of a bar and the gap behind it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A step: where its bar begins, how high it is, and how much of it are requests that were refused or failed."""

    x: int
    height: float
    bad: float
    text: str

    @property
    def top(self) -> float:
        """Return how far below the top it begins."""
        return HEIGHT - self.height


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars of one application, as high as its own busiest step."""

    rate: Rate
    bars: tuple[Bar, ...]

    @property
    def box(self) -> str:
        """Return the box that they are drawn in."""
        return f"0 0 {WIDTH * len(self.rate.course.points) - 1} {HEIGHT}"

    @property
    def text(self) -> str:
        """Say what the picture shows."""
        return f"Requests of {self.rate.title}: at most {self.rate.peak_per_minute:g} a minute"


def chart(rate: Rate) -> Chart:
    """Draw a rate."""
    return Chart(rate, tuple(_bars(rate)))


def _bars(rate: Rate) -> Iterator[Bar]:
    points = rate.course.points
    scale = HEIGHT / max(1, *(point.requests for point in points))
    for number, point in enumerate(points):
        bad = point.refused + point.failed
        if point.requests:
            ago = (len(points) - number) * rate.window.step
            text = f"{_ago(int(ago.total_seconds()))}: {point.requests} requests, {point.refused} refused, {point.failed} failed"
            yield Bar(number * WIDTH, round(max(1, point.requests * scale), 1), round(bad * scale, 1), text)


def _ago(seconds: int) -> str:
    return f"{seconds // 3600} h ago" if seconds > 3600 else f"{seconds // 60} min ago"  # noqa: PLR2004 - an hour
