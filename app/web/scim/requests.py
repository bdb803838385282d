"""What a SCIM request says: its body, its query, its preconditions, and where it goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from app.access.application import PARTIAL, Application
from app.access.callers import Caller
from app.provisioning.guard import Sentry
from app.provisioning.routing import Destination, Router
from app.provisioning.target import Target, nothing
from app.scim.errors import PayloadTooLarge
from app.scim.json_text import parse_json
from app.scim.path import AttributePath
from app.scim.projection import Projection
from app.scim.query import Query, query_from_body, query_from_parameters
from app.scim.resource import Resource, is_complex
from app.scim.schema import ResourceType, Value
from app.web.auth import caller
from app.web.current import current_request, header, notes, services
from app.web.recording import recorder
from app.web.scim import media_types
from app.web.scim.entity_tags import Preconditions, parse_preconditions, version_of_tag
from app.web.scim.references import with_ids

MAX_BODY_BYTES = 16 * 1_048_576
"""A group of 100,000 members, sent whole, is half of it."""
_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})
_EVERYTHING = Query()
_PROJECTION = frozenset({"attributes", "excludedattributes"})


def target(resource_type: ResourceType) -> Target:
    """Find where the caller's requests for a type go."""
    return _target(resource_type, destination())


def callers_target(resource_type: ResourceType) -> Target:
    """Find where the callers themselves are: users sign in at the application's first domain."""
    return _target(resource_type, replace(destination(), others=(), only=None))


def _target(resource_type: ResourceType, where: Destination) -> Target:
    known = caller()
    record = recorder(known.subject, known.application.name)
    return router().target(resource_type.name, where, record=record, sentry=_sentry(known))


def router() -> Router:
    """Return the router of this request: one, so that a change of maps reaches none of its operations, or all."""
    noted = notes()
    if "router" not in noted:
        noted.router = services().router.pinned()
    found: Router = noted.router
    return found


def _sentry(known: Caller) -> Sentry:
    """Return the guard of this request: one, however many operations it has."""
    noted = notes()
    if "sentry" not in noted:
        store, application = services(), known.application
        noted.sentry = Sentry(
            store.held_changes, store.populations, known.subject, application.name, application.guard
        )
    sentry: Sentry = noted.sentry
    return sentry


def destination() -> Destination:
    """Say where the caller's requests go."""
    return destination_of(caller().application)


def destination_of(application: Application) -> Destination:
    """Say where an application's requests go."""
    return Destination(
        application.name,
        application.provisioning.domain,
        application.provisioning.proxy_mode,
        application.client,
        application.provisioning.connectors,
        others=application.provisioning.others,
        tolerates_outages=application.provisioning.unreachable == PARTIAL,
        only=_parameters().get("domain"),
    )


def body(*, max_bytes: int = MAX_BODY_BYTES) -> Value:
    """Read the JSON body.

    Raises:
        UnsupportedMediaType: if it is announced as something else.
        InvalidSyntax: if it is not JSON.
        PayloadTooLarge: if it has more bytes.
    """
    sent = current_request()
    charset = sent.mimetype_params.get("charset")
    media_types.check_sent(sent.mimetype, charset, encoding=sent.headers.get("Content-Encoding"))
    # One more than allowed: a body in chunks is cut off there without a word.
    sent.max_content_length = max_bytes + 1
    text = sent.get_data(cache=False)
    if len(text) > max_bytes:
        raise PayloadTooLarge(f"the body may have {max_bytes} bytes; send less at once")
    return with_ids(parse_json(text))


def query() -> Query:
    """Read what a list request asks for in its URL."""
    return query_from_parameters(_parameters())


def search_request() -> Query:
    """Read what a search asks for in its body."""
    return query_from_body(body())


def projection(resource_type: ResourceType, *, written: Iterable[AttributePath] = ()) -> Projection:
    """Read which attributes the answer shall have; ``written`` are those that the request sets."""
    parameters = _projection_parameters()
    asked = query_from_parameters(parameters) if parameters else _EVERYTHING
    return Projection.parse(
        resource_type,
        attributes=asked.attributes,
        excluded_attributes=asked.excluded_attributes,
        written=written,
    )


def wants_content() -> bool:
    """Tell whether a change is answered by the resource: the request says what of it, or the client always wants it."""
    return any(_projection_parameters().values()) or caller().application.client.shows_patched_groups


def preconditions() -> Preconditions:
    """Read If-Match and If-None-Match."""
    return parse_preconditions(header("HTTP_IF_MATCH"), header("HTTP_IF_NONE_MATCH"))


def version_to_write(goal: Target, resource_id: str, asked: Preconditions | None = None) -> str | None:
    """Return the only version of a resource that may be written to, or None for any; raise PreconditionFailed."""
    return (asked or preconditions()).version_to_write(
        lambda: version_of(goal.read(resource_id, wants=nothing))
    )


def version_of(resource: Resource) -> str | None:
    """Return a resource's version as the directory knows it."""
    meta = resource.attributes.get("meta")
    return version_of_tag(meta.get("version")) if is_complex(meta) else None


def _parameters() -> Mapping[str, str]:
    asked = current_request()
    return asked.args.to_dict() if asked.environ.get("QUERY_STRING") else _NO_PARAMETERS


def _projection_parameters() -> dict[str, str]:
    return {name: value for name, value in _parameters().items() if name.lower() in _PROJECTION}
