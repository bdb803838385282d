"""What a map is held to: the examples that are kept beside it, and which SCIM attributes it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from app.access.administrators import Role
from app.mapping.documents import build_map
from app.mapping.language import InvalidMap
from app.preparation.coverage import Fate, coverage
from app.preparation.examples import Tried, try_examples
from app.provisioning.accounts import DIALECTS
from app.store.document import Document, Lookup
from app.web.console.drafts import Draft
from app.web.console.guard import needs
from app.web.current import services

MAP: Final = "SchemaMap"
EXAMPLES: Final = "MapExamples"
FATES: Final[Mapping[Fate, tuple[str, str]]] = {
    "lost": ("Lost", "bad"),
    "changed": ("Changed", "bad"),
    "refused": ("Refused", "warn"),
    "beside": ("Kept beside", "good"),
    "kept": ("Kept", "good"),
}
"""What the page calls each fate, and its colour; the worst stand first."""
blueprint = Blueprint("map_proof", __name__)


@blueprint.get("/maps/<name>/examples")
@needs(Role.VIEWER)
def examples(name: str) -> ResponseReturnValue:
    """Try the examples of a map as it is in force."""
    found = _map(name)
    current = services().documents.current()
    kept = examples_of(found.name, current)
    return render_template(
        "console/map_examples.html", name=name, documents=kept, tried=tried_of(found.name, current)
    )


@blueprint.get("/maps/<name>/coverage")
@needs(Role.VIEWER)
def covered(name: str) -> ResponseReturnValue:
    """Show what becomes of each SCIM attribute that a client may send."""
    document = _map(name)
    product = request.args.get("product", "") or _product_of(name)
    if product not in DIALECTS:
        abort(404)
    try:
        schema_map = build_map(document, services().resource_types, services().documents.current())
    except InvalidMap as error:
        return render_template("console/map_coverage.html", name=name, problem=str(error))
    order = list(FATES)
    places = sorted(coverage(schema_map, DIALECTS[product]()), key=lambda each: order.index(each.fate))
    return render_template(
        "console/map_coverage.html",
        name=name,
        problem="",
        places=places,
        kept=sum(each.is_kept for each in places),
        fates=FATES,
        product=product,
        products=list(DIALECTS),
    )


def examples_of(name: str, lookup: Lookup) -> list[Document]:
    """Return the documents with examples of a map."""
    return [each for each in lookup.list(EXAMPLES) if each.body["map"] == name]


def tried_of(name: str, lookup: Lookup) -> list[Tried]:
    """Try all examples of a map, as it is in ``lookup``."""
    types = services().resource_types
    return [tried for each in examples_of(name, lookup) for tried in try_examples(each, lookup, types)]


def tried_with(draft: Draft) -> list[Tried]:
    """Try the examples of a map that somebody is writing, or those that he is writing of a map."""
    if not draft.is_good or draft.document is None:
        return []
    document = draft.document
    if document.kind == EXAMPLES:
        return list(try_examples(document, draft.lookup, services().resource_types))
    return tried_of(document.name, draft.lookup) if document.kind == MAP else []


def _product_of(name: str) -> str:
    """Return the product of a user store that uses the map."""
    using = services().map_checks.using(name)
    products = (str(services().documents.get("Domain", each).body.get("product", "")) for each in using)
    return next((each for each in products if each in DIALECTS), next(iter(DIALECTS)))


def _map(name: str) -> Document:
    return services().documents.current().get(MAP, name) or abort(404)
