"""HTTP to one other system: trust, credentials, limits, and what became of each request.

What requests mean is left to the connectors.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from app.network.http import transport
from app.outbound.errors import Busy, Misconfigured, OutcomeUnknown, Unreachable
from app.scim.errors import ScimError, ServiceUnavailable
from app.scim.messages import parse_error
from app.scim.schema import Value

MAX_ANSWER_BYTES: Final = 32 * 1_048_576
MAX_REDIRECTS: Final = 3
PATIENCE: Final = 4
"""How many time limits an answer may take in all: each part of it may take one."""
SLOWEST_BYTES: Final = 10_000
"""And how much has to come in each further second."""
RETRY_AFTER_SECONDS: Final = 5
MAX_RETRY_AFTER_SECONDS: Final = 86_400
_NOTHING_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Access:
    """How a system is reached. ``ca_file`` is None for the authorities that the machine trusts."""

    url: str
    ca_file: str | None = None
    verify: bool = True
    timeout_seconds: float = 15.0
    proxy: str | None = None
    credentials: httpx.Auth | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that has been read whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the request was carried out."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110 §15.3


class Http:
    """A client of one system. Safe to share between threads."""

    def __init__(self, access: Access) -> None:
        self._base = access.url.rstrip("/")
        self._seconds = access.timeout_seconds
        self._client = httpx.Client(
            transport=transport(_trust(access), proxy=access.proxy),
            auth=access.credentials,
            timeout=access.timeout_seconds,
            # Variables of the environment are for programs that somebody starts by hand.
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": "Landbridge"},
        )

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Send a request and read the answer, whatever its status.

        Raises:
            Unreachable: if nothing was sent.
            OutcomeUnknown: if it was sent, and no answer came.
            Misconfigured: if the system sends us elsewhere, or answers more than can be.
        """
        request = self._client.build_request(
            method, self._base + path, params=parameters, headers=headers, content=content
        )
        for _ in range(MAX_REDIRECTS):
            answer = self._send(request)
            elsewhere = _redirection(request, answer)
            if elsewhere is None:
                return answer
            request = self._client.build_request(method, elsewhere, headers=headers, content=content)
        raise Misconfigured("it redirects again and again")

    def _send(self, request: httpx.Request) -> Answer:
        try:
            response = self._client.send(request, stream=True)
            try:
                return Answer(response.status_code, response.headers, self._content(response))
            finally:
                response.close()
        except _NOTHING_SENT as error:
            raise Unreachable(f"it cannot be reached ({_name(error)})") from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise OutcomeUnknown(f"no answer came ({_name(error)})") from error

    def _content(self, response: httpx.Response) -> bytes:
        parts: list[bytes] = []
        size = 0
        deadline = time.monotonic() + PATIENCE * self._seconds
        for part in response.iter_bytes():
            size += len(part)
            if size > MAX_ANSWER_BYTES:
                raise Misconfigured(f"its answer has more than {MAX_ANSWER_BYTES} bytes")
            if time.monotonic() > deadline + size / SLOWEST_BYTES:
                raise httpx.ReadTimeout("")
            parts.append(part)
        return b"".join(parts)


def retry_after_seconds(answer: Answer, *, now: datetime | None = None) -> int:
    """Read when to come back (RFC 9110 §10.2.3): seconds, or a date."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return min(int(text[:9]), MAX_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return RETRY_AFTER_SECONDS
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(1, round(seconds)), MAX_RETRY_AFTER_SECONDS)


def refusal(answer: Answer, said: Value) -> ScimError:
    """Read an answer that is none of success; ``said`` is its body."""
    seconds = retry_after_seconds(answer)
    error = parse_error(answer.status, said, retry_after_seconds=seconds)
    if isinstance(error, ServiceUnavailable) and answer.headers.get("Retry-After"):
        return Busy(error.detail, retry_after_seconds=seconds)
    return error


class HeaderCredentials(httpx.Auth):
    """A header that never changes."""

    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers[self._name] = self._value
        yield request


def _trust(access: Access) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=access.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(f"the CA file {access.ca_file} cannot be used") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not access.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _redirection(request: httpx.Request, answer: Answer) -> httpx.URL | None:
    """Return where else the system wants the request; raise Misconfigured where that is not itself."""
    if answer.status not in {301, 302, 303, 307, 308}:
        return None
    try:
        target = request.url.join(answer.headers.get("Location", ""))
    except httpx.InvalidURL as error:
        raise Misconfigured("it redirects to no URL") from error
    keeps_method = answer.status in {307, 308} or request.method == "GET"
    if _origin(target) != _origin(request.url) or not keeps_method:
        # Credentials and people's data go to whom the connector names, and to nobody else.
        raise Misconfigured(f"it redirects to {target.scheme}://{target.host}; set the connector's URL")
    return target


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"https": 443, "http": 80}.get(url.scheme)


def _name(error: Exception) -> str:
    """Name what happened. A message could hold a URL with what was asked for in it."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "its certificate is not trusted"
    return type(error).__name__
