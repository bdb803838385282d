"""Asking others' servers small things over verified TLS, within bounds: nothing is taken on trust."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from app.access.key_sets import MAX_BYTES, KeysUnavailable

TIMEOUT_SECONDS = 5.0
"""For each wait; the whole may take twice that."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    content: bytes

    @property
    def is_good(self) -> bool:
        """Whether it answered what was asked for."""
        return self.status == httpx.codes.OK


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    url: str
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def fetch(url: str, ca_file: str | None = None) -> bytes:
    """Fetch a document; raise KeysUnavailable. Redirects are not followed.

    ``ca_file`` holds the authorities to trust, in the place of those that the machine trusts.
    """
    answer = _ask(_Question("GET", url), ca_file)
    if not answer.is_good:
        raise KeysUnavailable(f"the server answered {answer.status}")
    return answer.content


def post(url: str, body: str, *, headers: Mapping[str, str], ca_file: str | None = None) -> Answer:
    """Send a form; raise KeysUnavailable where no answer comes."""
    form = {**headers, "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return _ask(_Question("POST", url, body, form), ca_file)


def _ask(question: _Question, ca_file: str | None) -> Answer:
    try:
        return _read(question, ssl.create_default_context(cafile=ca_file))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise KeysUnavailable(f"the server cannot be reached: {type(error).__name__}") from error
    except OSError as error:
        raise KeysUnavailable(f"the CA file {ca_file} cannot be used") from error


def _read(question: _Question, trust: ssl.SSLContext) -> Answer:
    deadline = time.monotonic() + 2 * TIMEOUT_SECONDS
    content = bytearray()
    with httpx.stream(
        question.method,
        question.url,
        content=question.body,
        headers=question.headers,
        timeout=TIMEOUT_SECONDS,
        follow_redirects=False,
        verify=trust,
    ) as answer:
        for part in answer.iter_bytes():
            content += part
            if len(content) > MAX_BYTES or time.monotonic() > deadline:
                raise KeysUnavailable("the answer is too large or too slow")
        return Answer(answer.status_code, bytes(content))
