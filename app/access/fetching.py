"""Fetching small things over verified TLS, within bounds: from others' servers nothing is taken on trust."""

from __future__ import annotations

import ssl
import time

import httpx

from app.access.key_sets import MAX_BYTES, KeysUnavailable

TIMEOUT_SECONDS = 5.0
"""For each wait; the whole may take twice that."""


def fetch(url: str, ca_file: str | None = None) -> bytes:
    """Fetch a document; raise KeysUnavailable. Redirects are not followed.

    ``ca_file`` holds the authorities to trust, in the place of those that the machine trusts.
    """
    deadline = time.monotonic() + 2 * TIMEOUT_SECONDS
    content = bytearray()
    try:
        trust = ssl.create_default_context(cafile=ca_file)
        with httpx.stream(
            "GET", url, timeout=TIMEOUT_SECONDS, follow_redirects=False, verify=trust
        ) as answer:
            if answer.status_code != httpx.codes.OK:
                raise KeysUnavailable(f"the server answered {answer.status_code}")
            for part in answer.iter_bytes():
                content += part
                if len(content) > MAX_BYTES or time.monotonic() > deadline:
                    raise KeysUnavailable("the answer is too large or too slow")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise KeysUnavailable(f"the server cannot be reached: {type(error).__name__}") from error
    except OSError as error:
        raise KeysUnavailable(f"the CA file {ca_file} cannot be used") from error
    return bytes(content)
