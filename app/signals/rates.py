"""How many requests come, of which applications, and how many of them are refused or fail: within the last hour, or day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.access.applications import NoSuchApplication
from app.services import Services
from app.store.traffic import Course, Flow

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """How far back one looks, and in which steps."""

    length: timedelta
    step: timedelta


WINDOWS: Final = {
    "hour": Window(timedelta(hours=1), timedelta(minutes=2)),
    "day": Window(timedelta(days=1), timedelta(hours=1)),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """The requests of one application within a window; ``application`` is empty for those of nobody known."""

    application: str
    title: str
    window: Window
    course: Course

    @property
    def total(self) -> Flow:
        """Return all of them together."""
        return self.course.total

    @property
    def per_minute(self) -> float:
        """Return how many there were in a minute, on average."""
        return round(self.total.requests / (self.window.length / MINUTE), 1)

    @property
    def peak_per_minute(self) -> float:
        """Return how many there were in a minute of the busiest step, on average."""
        busiest = max(point.requests for point in self.course.points)
        return round(busiest / (self.window.step / MINUTE), 1)

    def as_json(self) -> dict[str, object]:
        """Return it for a machine."""
        return {
            "application": self.application or None,
            "requests": self.total.requests,
            "refused": self.total.refused,
            "failed": self.total.failed,
            "perMinute": self.per_minute,
            "peakPerMinute": self.peak_per_minute,
            "stepSeconds": int(self.window.step.total_seconds()),
            "steps": [
                {"requests": each.requests, "refused": each.refused, "failed": each.failed}
                for each in self.course.points
            ],
        }


def rates(services: Services, window: Window) -> list[Rate]:
    """Return the rates of all who have sent something."""
    courses = services.traffic.courses(window.length, window.step)
    return [Rate(each.application, _title(services, each.application), window, each) for each in courses]


def _title(services: Services, name: str) -> str:
    try:
        return services.applications.get(name).title if name else "Nobody known"
    except NoSuchApplication:
        return name
