"""Fetching small things over verified TLS, within bounds: from others' servers nothing is taken on trust."""

from __future__ import annotations

import time

import httpx

from app.access.key_sets import MAX_BYTES, KeysUnavailable

TIMEOUT_SECONDS = 5.0
"""For each wait; the whole may take twice that."""


def fetch(url: str) -> bytes:
    """Fetch a document; raise KeysUnavailable. Redirects are not followed."""
    deadline = time.monotonic() + 2 * TIMEOUT_SECONDS
    content = bytearray()
    try:
        with httpx.stream("GET", url, timeout=TIMEOUT_SECONDS, follow_redirects=False) as answer:
            if answer.status_code != httpx.codes.OK:
                raise KeysUnavailable(f"the server answered {answer.status_code}")
            for part in answer.iter_bytes():
                content += part
                if len(content) > MAX_BYTES or time.monotonic() > deadline:
                    raise KeysUnavailable("the answer is too large or too slow")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise KeysUnavailable(f"the server cannot be reached: {type(error).__name__}") from error
    return bytes(content)
