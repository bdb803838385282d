"""The part of a Domain document that says how its directory is reached: read, checked, documented."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from marshmallow import Schema, fields

from app.directory.connection import ConnectionSettings, Discovery, Patience, ServerAddress, Tls
from app.directory.dn import Dn
from app.provisioning.connection import ConnectionSchema
from app.provisioning.domain import read_settings
from app.store.documents import InvalidDocuments
from tests.provisioning.test_configuration import DOMAIN_TEXT, Bench, parsed
from tests.provisioning.test_configuration import bench as bench_fixture

bench = bench_fixture

FULL = """
kind: Domain
name: FULL
product: openldap
base: dc=example,dc=org
maps: {User: openldap-user}
servers:
  - ldaps://a.example.org
  - {url: ldaps://b.example.org, use: write}
  - {url: {env: REPLICA}, priority: 0, use: read}
bind: {method: gssapi, keytab: /etc/landbridge.keytab}
tls:
  start_tls: true
  ca_file: /ca.pem
  minimum_version: "1.3"
  certificate: /client.pem
  key: /client.key
limits: {connections: 3, wait_seconds: 1, idle_seconds: 2, lifetime_seconds: 3, connect_seconds: 4,
         operation_seconds: 5, search_seconds: 6, page_size: 7}
patience: {failures: 1, silent_seconds: 2, retry_seconds: 3, longest_retry_seconds: 4}
referrals: follow
read_own_writes_seconds: 5
"""


def test_everything(bench: Bench) -> None:
    """Every key arrives where it is used; servers without a priority are tried in their order."""
    bench.environ["REPLICA"] = "ldaps://c.example.org"

    settings, _ = read_settings(parsed(FULL)[0], bench.resolve)

    assert settings == ConnectionSettings(
        servers=(
            ServerAddress("ldaps", "a.example.org", 636, 0),
            ServerAddress("ldaps", "b.example.org", 636, 1, "write"),
            ServerAddress("ldaps", "c.example.org", 636, 0, "read"),
        ),
        bind_dn=Dn(()),
        bind_password="",
        bind_method="gssapi",
        keytab="/etc/landbridge.keytab",
        tls=Tls(True, "/ca.pem", True, "1.3", "/client.pem", "/client.key"),
        pool_size=3,
        wait_seconds=1,
        idle_seconds=2,
        lifetime_seconds=3,
        connect_seconds=4,
        operation_seconds=5,
        search_seconds=6,
        page_size=7,
        patience=Patience(1, 2, 3, 4),
        follow_referrals=True,
        read_own_writes_seconds=5,
    )


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"ldaps://ldap.example.org"', '{url: "http://x"}', "'http://x' is not an LDAP server's URL"),
        ('"ldaps://ldap.example.org"', '{url: "ldaps://x", use: both}', "use"),
        ('"ldaps://ldap.example.org"', '{url: "ldaps://x", use: read}', "are all for read"),
        ('"ldaps://ldap.example.org"', "{priority: 1}", "is one of {env: …}, {file: …}"),
        ('{dn: "cn=landbridge,dc=example,dc=org", password: {env: PASSWORD}}', "{}", "required for a simple"),
        (
            '{dn: "cn=landbridge,dc=example,dc=org", password: {env: PASSWORD}}',
            "{method: external, password: {env: PASSWORD}}",
            "is not used by external",
        ),
        (
            '{dn: "cn=landbridge,dc=example,dc=org", password: {env: PASSWORD}}',
            "{method: external, keytab: /k}",
            "used by gssapi alone",
        ),
        ("maps:", "tls: {key: /k}\nmaps:", "of no use without a certificate"),
        ("maps:", 'tls: {minimum_version: "1.1"}\nmaps:', "minimum_version"),
        ("maps:", "referrals: chase\nmaps:", "referrals"),
        ("maps:", "dns: {domain: ad.example}\nmaps:", "one of the two"),
        ('servers: ["ldaps://ldap.example.org"]', "", "one of the two"),
        ('servers: ["ldaps://ldap.example.org"]', "dns: {domain: a b}", "is no name of DNS"),
        (
            'servers: ["ldaps://ldap.example.org"]',
            "dns: {domain: ad.example, nameserver: '1.2'}",
            "is no address",
        ),
    ],
)
def test_mistakes(bench: Bench, old: str, new: str, complaint: str) -> None:
    """A mistake is told by its key, and the document is refused."""
    with pytest.raises(InvalidDocuments) as caught:
        bench.apply(DOMAIN_TEXT.replace(old, new))

    assert complaint in str(caught.value)


def test_every_key_is_documented() -> None:
    """Who operates Landbridge finds every key in its guide."""
    guide = Path("docs/operations.md").read_text()

    assert [key for key in _keys(ConnectionSchema()) if f"`{key}`" not in guide] == []


def _keys(schema: Schema, prefix: str = "") -> Iterator[str]:
    for name, field in schema.fields.items():
        yield prefix + name
        if isinstance(field, fields.Nested):
            yield from _keys(field.schema, f"{prefix}{name}.")


@pytest.mark.parametrize(
    ("nameserver", "expected"),
    [
        pytest.param("", None, id="the machine's"),
        pytest.param(", nameserver: 10.0.0.1", ("10.0.0.1", 53), id="address"),
        pytest.param(", nameserver: '10.0.0.1:5353'", ("10.0.0.1", 5353), id="port"),
        pytest.param(", nameserver: '::1'", ("::1", 53), id="IPv6"),
        pytest.param(", nameserver: '[::1]:5353'", ("::1", 5353), id="IPv6 with a port"),
    ],
)
def test_servers_by_dns(bench: Bench, nameserver: str, expected: tuple[str, int] | None) -> None:
    """Servers may be found by DNS."""
    dns = f"dns: {{domain: ad.example, site: Berlin{nameserver}}}"
    [document, *_] = parsed(DOMAIN_TEXT.replace('servers: ["ldaps://ldap.example.org"]', dns))
    bench.apply(DOMAIN_TEXT.replace('servers: ["ldaps://ldap.example.org"]', dns))

    settings, _ = read_settings(document, str)

    assert settings.servers == ()
    assert settings.discovery == Discovery("ad.example", "Berlin", nameserver=expected)
