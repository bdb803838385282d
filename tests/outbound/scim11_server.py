"""A SCIM 1.1 service, by draft-scim-api-01 and draft-scim-core-schema-01 (the specification's last word on 1.1).

Nobody keeps one that a test could install: what is left speaks 2.0. So this one is written here, from the text and not
from our connector, shares nothing with it, and is strict: another version's URNs, filters and media types are refused.
It runs as a process: ``python -m tests.outbound.scim11_server PORT``.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from app.testing.slapd import free_ports

CORE = "urn:scim:schemas:core:1.0"
ENTERPRISE = "urn:scim:schemas:extension:enterprise:1.0"
NAME, PASSWORD = "provisioner", "the old system's password"
READY_SECONDS = 20
KEYS = {"/Users": "userName", "/Groups": "displayName"}
KNOWN = {
    "/Users": {
        "schemas", "id", "externalId", "meta", "userName", "name", "displayName", "nickName", "profileUrl", "title",
        "userType", "preferredLanguage", "locale", "timezone", "active", "password", "emails", "phoneNumbers", "ims",
        "photos", "addresses", "groups", "entitlements", "roles", "x509Certificates", ENTERPRISE,
    },
    "/Groups": {"schemas", "id", "externalId", "meta", "displayName", "members"},
}  # fmt: skip
CONFIG = {
    "schemas": [CORE],
    "patch": {"supported": False},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": 200},
    "changePassword": {"supported": True},
    "sort": {"supported": True},
    "etag": {"supported": True},
    "xmlDataFormat": {"supported": False},
    "authenticationSchemes": [{"name": "HTTP Basic", "type": "httpbasic", "description": "Basic"}],
}
TERM = re.compile(r'\s*(\w[\w.]*)\s+(?:(pr)|(eq|co|sw|gt|ge|lt|le)\s+("(?:[^"\\]|\\.)*"|true|false|\d+))\s*')
"""§3.2.2.1: there is no ne, no ew, no not, and no filter within brackets."""


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


class Store:
    """All resources, by endpoint and id, with their versions."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, dict[str, Any]]] = {endpoint: {} for endpoint in KEYS}
        self._numbers = itertools.count(1)

    def create(self, endpoint: str, sent: Any) -> dict[str, Any]:
        """§3.1."""
        resource = self._checked(endpoint, sent, own="")
        return self._put(endpoint, f"u-{next(self._numbers)}", resource)

    def replace(self, endpoint: str, own: str, sent: Any, version: str | None) -> dict[str, Any]:
        """§3.3.1: what the client leaves out is gone, but for the password, which it cannot know."""
        before = self.read(endpoint, own)
        if version is not None and version != before["meta"]["version"]:
            raise Refused(412, "the resource has another version")
        password = {"password": before["password"]} if "password" in before else {}
        return self._put(endpoint, own, {**password, **self._checked(endpoint, sent, own=own)})

    def delete(self, endpoint: str, own: str) -> None:
        """§3.4."""
        self.read(endpoint, own)
        del self._kept[endpoint][own]

    def read(self, endpoint: str, own: str) -> dict[str, Any]:
        """§3.2.1."""
        try:
            return self._kept[endpoint][own]
        except KeyError:
            raise Refused(404, f"Resource {own} not found") from None

    def list(self, endpoint: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """§3.2.2."""
        found = [each for each in self._kept[endpoint].values() if _fits(each, asked.get("filter", ""))]
        if "sortBy" in asked:
            found.sort(key=lambda each: str(each.get(asked["sortBy"], "")).lower())
            found = found[::-1] if asked.get("sortOrder") == "descending" else found
        start, count = max(1, int(asked.get("startIndex", 1))), int(asked.get("count", 200))
        page = found[start - 1 : start - 1 + count]
        shown = [_shown(each) for each in page]
        return {
            "schemas": [CORE],
            "totalResults": len(found),
            "itemsPerPage": len(page),
            "startIndex": start,
            "Resources": shown,
        }

    def _put(self, endpoint: str, own: str, resource: dict[str, Any]) -> dict[str, Any]:
        meta = {"version": f'W/"{next(self._numbers)}"', "location": f"{endpoint}/{own}"}
        self._kept[endpoint][own] = {**resource, "id": own, "meta": meta}
        return self._kept[endpoint][own]

    def _checked(self, endpoint: str, sent: Any, *, own: str) -> dict[str, Any]:
        if not isinstance(sent, dict):
            raise Refused(400, "Request is unparseable")
        schemas = sent.get("schemas")
        if not isinstance(schemas, list) or not set(schemas) <= {CORE, ENTERPRISE} or CORE not in schemas:
            raise Refused(400, f"schemas must be those of 1.1, not {schemas}")
        if (ENTERPRISE in sent) != (ENTERPRISE in schemas):
            raise Refused(400, "schemas must name the extensions that are there")
        if unknown := sent.keys() - KNOWN[endpoint]:
            raise Refused(400, f"unknown attributes: {', '.join(sorted(unknown))}")
        if "value" in sent.get(ENTERPRISE, {}).get("manager", {}):
            raise Refused(400, "a manager has a managerId")
        key = KEYS[endpoint]
        if not sent.get(key):
            raise Refused(400, f"{key} is required")
        for other in self._kept[endpoint].values():
            if other["id"] != own and other[key].lower() == sent[key].lower():
                raise Refused(409, f"{key} {sent[key]} is taken")
        return {name: value for name, value in sent.items() if name not in {"id", "meta"}}


def _fits(resource: Mapping[str, Any], text: str) -> bool:
    if not text:
        return True
    terms = re.split(r"\s+and\s+", text)
    return all(_term_fits(resource, term) for term in terms)


def _term_fits(resource: Mapping[str, Any], term: str) -> bool:
    found = TERM.fullmatch(term)
    if found is None:
        raise Refused(400, f"the filter {term} is none of SCIM 1.1")
    path, present, operator, literal = found.groups()
    value: Any = resource
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if present or value is None:
        return value is not None
    wanted = json.loads(literal)
    mine, theirs = str(value).lower(), str(wanted).lower()
    return {"eq": mine == theirs, "co": theirs in mine, "sw": mine.startswith(theirs)}.get(
        operator, mine > theirs
    )


def _shown(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "password"}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    store = Store()

    def answer(self) -> None:
        """Do it, and answer in JSON."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            status, document = self._done(body)
        except Refused as refusal:
            errors = [{"description": str(refusal), "code": str(refusal.status)}]
            status, document = refusal.status, {"Errors": errors}
        self._reply(status, document)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

    def _done(self, body: bytes) -> tuple[int, dict[str, Any] | None]:
        expected = b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            raise Refused(401, "Authorization failure")
        url = urlsplit(self.path)
        endpoint, own = (f"/{url.path.split('/')[1]}", unquote("/".join(url.path.split("/")[2:])))
        if url.path == "/ServiceProviderConfigs" and self.command == "GET":
            return 200, CONFIG
        if endpoint not in KEYS:
            raise Refused(404, f"Specified resource; e.g., {endpoint} does not exist")
        sent = self._sent(body)
        version = self.headers.get("If-Match")
        match self.command, bool(own):
            case "GET", False:
                return 200, self.store.list(endpoint, dict(parse_qsl(url.query)))
            case "POST", False:
                return 201, _shown(self.store.create(endpoint, sent))
            case "GET", True:
                return 200, _shown(self.store.read(endpoint, own))
            case "PUT", True:
                return 200, _shown(self.store.replace(endpoint, own, sent, version))
            case "DELETE", True:
                self.store.delete(endpoint, own)
                return 200, None
            case _:
                raise Refused(501, f"{self.command} is not supported")

    def _sent(self, body: bytes) -> Any:
        if not body:
            return None
        if self.headers.get_content_type() != "application/json":
            raise Refused(415, "application/json is the one media type there is")
        try:
            return json.loads(body)
        except ValueError:
            raise Refused(400, "Request is unparseable") from None

    def _reply(self, status: int, document: Mapping[str, Any] | None) -> None:
        content = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def scim11_server() -> Iterator[str]:
    """Run one on loopback, without resources; yield its base URL."""
    [port] = free_ports(1)
    root = Path(__file__).parents[2]
    running = subprocess.Popen([sys.executable, "-m", "tests.outbound.scim11_server", str(port)], cwd=root)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                with closing(create_connection(("127.0.0.1", port), timeout=1)):
                    break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(10)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
