"""Routes of the SCIM service: each has its guard, and no view is reached but through it.

What is allowed is decided for the route that matched, never by looking at the path again: spellings of a path that
no route is for are no endpoints, and none is redirected to one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from flask import Blueprint, Flask, Response
from werkzeug.routing import BaseConverter

View: TypeAlias = Callable[..., Response]
_NAMES: Final = str.maketrans("/<>:.", "_____")


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, who may come in, and the view that answers."""

    method: str
    path: str
    guard: Callable[[View], View]
    view: View


class ResourceIdConverter(BaseConverter):
    """One segment that can be an id: not empty, not a dot segment, and none of the protocol's own, ``.search``."""

    regex = r"[^/.][^/]*"


def init_app(app: Flask) -> None:
    """Make the converter known."""
    app.url_map.converters["resource_id"] = ResourceIdConverter


def register(blueprint: Blueprint, routes: Iterable[Route]) -> None:
    """Add routes, each behind its guard."""
    for route in routes:
        blueprint.add_url_rule(
            route.path,
            endpoint=f"{route.method}{route.path.translate(_NAMES)}",
            view_func=route.guard(route.view),
            methods=[route.method],
            # A slash at the end is harmless: it is the same route. Doubled ones are another path.
            strict_slashes=False,
            merge_slashes=False,
        )
