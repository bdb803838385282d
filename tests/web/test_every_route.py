"""Every route of the whole service, by every method and in every spelling: who reaches what is behind it.

Whether a view was reached is not told from the answer: the interpreter itself is asked which functions ran.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from inspect import unwrap
from types import CodeType, FrameType
from typing import Any

import pytest
from flask import Flask, has_request_context, request
from werkzeug.routing import IntegerConverter, Rule

from app.access.scopes import ALL_SCOPES
from app.web.scim.responses import PREFIXES
from tests.outbound.bridges import application, proxy_bridge
from tests.web.scim.bridge import HOST, Bridge
from tests.web.scim.test_methods import _NEEDS, METHODS, NOBODY, _paths

SCIM = tuple(PREFIXES.values())
OVERRIDES = ("X-HTTP-Method-Override", "X-Method-Override")
REWRITES = ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix")
OPEN = {
    "/",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/.well-known/oauth-authorization-server",
    # These ask for credentials themselves, and for nobody's scope.
    "/oauth2/token",
    "/oauth2/revoke",
    "/oauth2/introspect",
    "/console/login",
    "/console/login/<provider>",
    "/console/login/<provider>/answer",
    "/console/static/<path:filename>",
    *(
        prefix + path
        for prefix in SCIM
        for path in ("/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/<name>", "/openapi.json")
    ),
}
"""What strangers reach. Whoever adds a route without a guard has to write it here."""
MACHINE_ONLY = {"/metrics"}
"""What is open to the machine itself, as the tests' client is."""
WITHOUT_SCOPE = {"/Me", "/Schemas", "/Schemas/<urn>"}
"""What a token is good for that has no scope but that of its owner's own account."""
ROOT_SEARCH = "/.search"
"""Asks for the scope to list some type, and shows those that may be listed."""


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Give the whole service; no view gets so far as to need a directory."""
    with proxy_bridge(tmp_path_factory.mktemp("routes"), application()) as made:
        yield made


Reached = set[tuple[str, str]]


@contextmanager
def watching(app: Flask) -> Iterator[Reached]:
    """Note the method and the rule of each request that reaches the view behind all guards."""
    views: set[CodeType] = set()
    for view in app.view_functions.values():
        innermost: Any = unwrap(view)
        views.add(getattr(innermost, "__func__", innermost).__code__)
    reached: Reached = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code in views and has_request_context() and request.url_rule:
            reached.add((request.method, request.url_rule.rule))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield reached
    finally:
        sys.setprofile(before)


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """Return the method, the rule and a path of each route there is."""
    with app.test_request_context():
        return [
            (method, rule.rule, app.url_for(rule.endpoint, **_arguments(rule)))
            for rule in app.url_map.iter_rules()
            for method in sorted(rule.methods or ())
            if method not in {"OPTIONS", "HEAD"}
        ]


def _arguments(rule: Rule) -> dict[str, Any]:
    converters = rule._converters  # noqa: SLF001 - werkzeug does not tell them otherwise
    return {name: 1 if isinstance(converters[name], IntegerConverter) else NOBODY for name in rule.arguments}


def spellings(path: str) -> Iterator[str]:
    """Spell a path in ways that something in front of us, or the framework, may take for it."""
    prefix = next((each for each in SCIM if path.startswith(f"{each}/")), "")
    if prefix:
        yield from (prefix + spelt for spelt in _paths(path.removeprefix(prefix)))
        return
    yield from (path, path + "/", f"/{path}", path + "%2f", path + "%00", path + ";a=b", path.upper())
    for opened in ("/healthz", "/console/static"):
        yield f"{opened}/..{path}"
        yield f"{opened}/%2e%2e{path}"


def ask(bridge: Bridge, method: str, path: str, headers: Mapping[str, str] | None = None) -> int:
    """Send a request, with a body where there may be one."""
    body: dict[str, Any] = {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}
    sent = dict(headers or {})
    if bridge.authorization:
        sent["Authorization"] = bridge.authorization
    return bridge.http.open(path, method=method, base_url=HOST, headers=sent, **body).status_code


def test_the_watching_watches(bridge: Bridge) -> None:
    """What is reached is seen, so that the other tests here mean something."""
    with watching(bridge.app) as reached:
        ask(bridge, "GET", "/scim2/Users")
        ask(bridge, "GET", "/scim/v2/Me")
        ask(bridge.stranger(), "GET", "/healthz")
        ask(bridge.stranger(), "GET", "/admin/audit")
        ask(bridge.stranger(), "GET", "/console/users")

    assert reached == {("GET", "/scim2/Users"), ("GET", "/scim/v2/Me"), ("GET", "/healthz")}


def test_strangers_reach_what_is_open(bridge: Bridge) -> None:
    """By no method and in no spelling of any path anything else: SCIM on both bases, Admin API, console, OAuth."""
    stranger = bridge.stranger()
    with watching(bridge.app) as reached:
        for method, _, path in routes(bridge.app):
            for spelt in spellings(path):
                ask(stranger, method, spelt)

    assert {rule for _, rule in reached} - MACHINE_ONLY <= OPEN


@pytest.mark.parametrize("method", [each for each in METHODS if each != "OPTIONS"])
def test_strangers_reach_no_more_by_another_method(bridge: Bridge, method: str) -> None:
    """Whatever the method is called, in whichever letters."""
    stranger = bridge.stranger()
    with watching(bridge.app) as reached:
        for path in dict.fromkeys(path for _, _, path in routes(bridge.app)):
            ask(stranger, method, path)
            ask(stranger, method, path + "/")

    assert {rule for _, rule in reached} - MACHINE_ONLY <= OPEN


@pytest.mark.parametrize("header", [*OVERRIDES, *REWRITES])
def test_headers_change_neither_method_nor_path(bridge: Bridge, header: str) -> None:
    """A request is what its first line says; a stranger's and one without the scope alike."""
    say: Callable[[str, str], str] = (
        (lambda method, _: method) if header in OVERRIDES else (lambda _, path: path)
    )
    limited = bridge.with_scopes("internal_user_mgt_list")
    with watching(bridge.app) as reached:
        for method, _, path in routes(bridge.app):
            ask(bridge.stranger(), "GET", "/healthz", {header: say(method, path)})
            ask(limited, "GET", "/scim2/Users", {header: say(method, path)})

    assert reached == {("GET", "/healthz"), ("GET", "/scim2/Users")}


def test_a_token_without_scopes_reaches_its_owners_own(bridge: Bridge) -> None:
    """Neither is it one for the Admin API or the console. Its spellings are in test_methods."""
    client = bridge.with_scopes("internal_login")
    with watching(bridge.app) as reached:
        for method, _, path in routes(bridge.app):
            ask(client, method, path)

    own = {prefix + path for prefix in SCIM for path in WITHOUT_SCOPE}
    assert {rule for _, rule in reached} - MACHINE_ONLY - OPEN == own
    assert {method for method, rule in reached if rule.endswith("/Me")} == {"GET", "PUT", "PATCH"}


def _rule_of(endpoint: str) -> str:
    return endpoint.replace(NOBODY, "<resource_id:resource_id>")


def test_the_table_of_scopes_has_every_route(bridge: Bridge) -> None:
    """A SCIM route that the table does not name, and that is not open to all who are known, fails here."""
    found = {
        (method, rule.removeprefix(prefix))
        for method, rule, _ in routes(bridge.app)
        for prefix in SCIM
        if rule.startswith(f"{prefix}/") and rule not in OPEN
    }
    named = {(method, _rule_of(endpoint)) for method, endpoint in _NEEDS if method != "HEAD"}
    named.add(("POST", ROOT_SEARCH))

    assert {(method, rule) for method, rule in found if rule not in WITHOUT_SCOPE - {"/Me"}} == named


@pytest.mark.parametrize("missing", sorted(set(_NEEDS.values())))
def test_nothing_is_reached_without_its_scope(bridge: Bridge, missing: str) -> None:
    """Whoever has all scopes but one reaches nothing that asks for it, on both bases. Spellings are in test_methods."""
    client = bridge.with_scopes(*sorted(ALL_SCOPES - {missing}))
    places = [place for place, scope in _NEEDS.items() if scope == missing]
    with watching(bridge.app) as reached:
        for method, path in places:
            for prefix in SCIM:
                ask(client, method, prefix + path)
                ask(client, method, prefix + path + "/")

    assert reached == set()
