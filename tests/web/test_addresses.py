"""Where a request comes from, and who is believed about it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from app.web.addresses import is_local, remote_address
from tests.web.oauth.conftest import site as site_fixture

if TYPE_CHECKING:
    from tests.web.oauth.fakes import Site

site = site_fixture
PROXY = "10.0.0.1"


def _seen(site: Site, peer: str, forwarded: str = "", *trusted: str) -> tuple[str, bool]:
    site.access.settings = replace(
        site.access.settings, trusted_proxies=tuple(ip_network(text) for text in trusted)
    )
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with site.http.application.test_request_context(environ_base={"REMOTE_ADDR": peer}, headers=headers):
        return remote_address(), is_local()


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        pytest.param("192.0.2.1", "", (), "192.0.2.1", id="direct"),
        pytest.param("192.0.2.1", "127.0.0.1", (), "192.0.2.1", id="nobody-is-trusted"),
        pytest.param("192.0.2.1", "127.0.0.1", (PROXY,), "192.0.2.1", id="another-is-trusted"),
        pytest.param(PROXY, "192.0.2.1", (PROXY,), "192.0.2.1", id="proxy"),
        pytest.param(PROXY, "127.0.0.1, 192.0.2.1", (PROXY,), "192.0.2.1", id="client-claims-more"),
        pytest.param(PROXY, "192.0.2.1, 10.0.0.2", ("10.0.0.0/8",), "192.0.2.1", id="two-proxies"),
        pytest.param(PROXY, "10.0.0.3, 10.0.0.2", ("10.0.0.0/8",), "10.0.0.3", id="only-proxies"),
        pytest.param(PROXY, "192.0.2.1, unknown", (PROXY,), PROXY, id="no-address"),
        pytest.param(PROXY, "", (PROXY,), PROXY, id="proxy-itself"),
        pytest.param("::1", "2001:db8::1", ("::1",), "2001:db8::1", id="ipv6"),
        pytest.param("::ffff:192.0.2.1", "", (), "192.0.2.1", id="mapped"),
        pytest.param("::ffff:10.0.0.1", "::ffff:192.0.2.1", (PROXY,), "192.0.2.1", id="mapped-proxy"),
    ],
)
def test_address(site: Site, peer: str, forwarded: str, trusted: tuple[str, ...], address: str) -> None:
    """A claim counts as far as each hop, from the right, is a trusted proxy."""
    assert _seen(site, peer, forwarded, *trusted)[0] == address


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "is_here"),
    [
        pytest.param("127.0.0.1", "", (), True, id="loopback"),
        pytest.param("::1", "", (), True, id="ipv6-loopback"),
        pytest.param("::ffff:127.0.0.1", "", (), True, id="mapped-loopback"),
        pytest.param("::ffff:192.0.2.1", "", (), False, id="mapped-elsewhere"),
        pytest.param("192.0.2.1", "", (), False, id="elsewhere"),
        pytest.param("", "", (), False, id="unknown"),
        pytest.param("127.0.0.1", "192.0.2.1", (), False, id="through-an-unknown-proxy"),
        pytest.param("127.0.0.1", "127.0.0.1", (), False, id="claimed-through-an-unknown-proxy"),
        pytest.param(
            "::ffff:127.0.0.1", "127.0.0.1", (), False, id="claimed-through-an-unknown-mapped-proxy"
        ),
        pytest.param("127.0.0.1", "192.0.2.1", ("127.0.0.1",), False, id="through-a-proxy"),
    ],
)
def test_local(site: Site, peer: str, forwarded: str, trusted: tuple[str, ...], is_here: bool) -> None:  # noqa: FBT001 - an expectation
    """What a proxy on this machine passes on does not come from it."""
    assert _seen(site, peer, forwarded, *trusted)[1] is is_here
