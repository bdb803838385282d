"""The shipped maps live on real directories: created, read, found, changed and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import pytest

from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.base import Dialect
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.filters import Present
from app.directory.model import Search
from app.directory.port import Directory
from app.mapping.model import SchemaMap
from app.preparation.coverage import coverage
from app.preparation.doctor import admitted
from app.preparation.finding import has_errors
from app.preparation.live import read_live
from app.preparation.map_check import check_map
from app.preparation.patient import Patient
from app.preparation.prepare_active_directory import active_directory_work
from app.preparation.work import carry_out
from app.provisioning.domain import Domain
from app.provisioning.domain_target import Behaviour, DomainTarget
from app.provisioning.search import Paging
from app.provisioning.target import Query
from app.scim.codec import ResourceCodec
from app.scim.errors import NotFound, UniquenessConflict
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.patch_operations import parse_patch
from app.scim.resource import Resource
from app.scim.schema import Value
from app.store.allocations import Allocations
from app.store.snapshots import Snapshots
from app.testing.samba import SambaAdContainer
from app.testing.slapd import Slapd
from tests.preparation.conftest import connected, settings_of
from tests.provisioning.conftest import shipped_map, store
from tests.scim.samples import ENTERPRISE
from tests.store.fakes import FrozenClock

SCHEMAS = Path("ldap_schemas")
EVERYTHING: dict[str, Value] = {
    "externalId": "701984",
    "name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara"},
    "nickName": "Babs",
    "locale": "en-US",
    "emails": [{"value": "b@example.com", "type": "work"}, {"value": "babs@jensen.org", "type": "home"}],
    "ims": [{"value": "babs", "type": "aim"}],
    "photos": [
        {"value": "https://photos.example.com/F", "type": "photo", "display": "Front"},
        {"value": "https://photos.example.com/O", "type": "other"},
    ],
    "addresses": [
        {"type": "home", "locality": "Hollywood", "country": "US"},
        {"type": "other", "formatted": "1 $treet\nHollywood"},
        {"locality": "Anywhere"},
    ],
    "roles": [{"value": "guide", "type": "season"}, {"value": "lead", "display": "Lead guide"}],
    "entitlements": [{"value": "parking", "type": "lot"}],
    ENTERPRISE: {"costCenter": "4130", "division": "Theme Park"},
}


@dataclass
class Ground:
    """A prepared directory."""

    directory: Directory
    dialect: Dialect
    base: Dn
    certificate: str

    @property
    def everything(self) -> dict[str, Value]:
        """All that a client may send, with a certificate that is one."""
        return {**EVERYTHING, "x509Certificates": [{"value": self.certificate}]}

    def target(self, schema_map: SchemaMap, **others: SchemaMap) -> DomainTarget:
        """Return the target of a map."""
        maps = {schema_map.resource_type.name: schema_map, **others}
        domain = Domain("PRIMARY", self.directory, self.dialect, self.base, maps)
        paging = Paging(Snapshots(store(), clock=FrozenClock(), random_hex=token_hex), b"key", "tests")
        return DomainTarget(
            domain,
            schema_map,
            lambda _done: None,
            behaviour=Behaviour(paging, Allocations(store(), clock=FrozenClock())),
        )


@pytest.fixture(scope="module")
def openldap_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Give OpenLDAP with the shipped schema."""
    with Slapd(tmp_path_factory.mktemp("slapd"), durable=False) as server:
        server.modify((SCHEMAS / "openldap" / "scim.ldif").read_text())
        directory = connected(server)
        yield Ground(directory, OpenLdap(), Dn.parse(server.base_dn), der(server.ca_file))
        directory.close()


@pytest.fixture(scope="module")
def samba_ground(samba_ad: SambaAdContainer) -> Iterator[Ground]:
    """Give Active Directory with the shipped schema."""
    extend_schema(samba_ad)
    directory = connected(samba_ad)
    yield Ground(directory, ActiveDirectory(), Dn.parse(samba_ad.base_dn), der(samba_ad.ca_file))
    directory.close()


def der(certificate: Path) -> str:
    """Return what stands in a PEM file, which is DER in base64."""
    lines = certificate.read_text().strip().splitlines()
    return "".join(lines[1 : lines.index("-----END CERTIFICATE-----")])


def extend_schema(samba_ad: SambaAdContainer) -> None:
    """Have the schema extended by a plan, unless it is there: in Active Directory it stays."""
    administrator = connected(samba_ad, as_administrator=True)
    base = Dn.parse(samba_ad.base_dn)
    domain = Domain("AD", administrator, ActiveDirectory(), base, {"User": shipped_map("ad-user-scim")})
    patient = Patient(domain, settings_of(samba_ad), datetime.now(UTC))
    work = active_directory_work(admitted(patient, administrator), administrator, extends_schema=True)
    carry_out(work, administrator)
    again = active_directory_work(admitted(patient, administrator), administrator, extends_schema=True)
    administrator.close()

    assert not again


def life_of_a_user(ground: Ground, schema_map: SchemaMap, attributes: dict[str, Value]) -> Resource:
    """Create a user, read it, find it, change it and delete it; return it as it was read."""
    target = ground.target(schema_map)
    sent = ResourceCodec(schema_map.resource_type).load({"userName": f"u{token_hex(4)}", **attributes})
    created = target.create(sent)
    user_id = str(created.attributes["id"])
    try:
        condition = resolve(parse(f'userName eq "{sent.attributes["userName"]}"'), schema_map.resource_type)
        operations: Value = [{"op": "replace", "path": "title", "value": "Chief"}]
        changes = parse_patch({"Operations": operations}, schema_map.resource_type)

        read = target.read(user_id)
        found = target.search(Query(filter=condition)).resources
        changed = target.patch(user_id, changes)

        assert [each.attributes["id"] for each in found] == [user_id]
        assert changed.attributes["title"] == "Chief"
    finally:
        target.delete(user_id)
    with pytest.raises(NotFound):
        target.read(user_id)
    return read


def life_of_a_group(ground: Ground, user_map: SchemaMap, group_map: SchemaMap) -> None:
    """Create a group with a member, find it by that, take the member out, and delete both."""
    users = ground.target(user_map)
    groups = ground.target(group_map, User=user_map)
    user = users.create(ResourceCodec(user_map.resource_type).load({"userName": f"u{token_hex(4)}"}))
    user_id = str(user.attributes["id"])
    member: Value = [{"value": user_id}]
    codec = ResourceCodec(group_map.resource_type)
    created = groups.create(codec.load({"displayName": f"g{token_hex(4)}", "members": member}))
    group_id = str(created.attributes["id"])
    condition = resolve(parse(f'members eq "{user_id}"'), group_map.resource_type)
    operations: Value = [{"op": "remove", "path": f'members[value eq "{user_id}"]'}]

    found = groups.search(Query(filter=condition)).resources
    groups.patch(group_id, parse_patch({"Operations": operations}, group_map.resource_type))
    left = groups.read(group_id)
    groups.delete(group_id)
    users.delete(user_id)

    assert [each.attributes["id"] for each in found] == [group_id]
    assert "members" not in left.attributes


def kept_of(attributes: dict[str, Value], read: Resource) -> dict[str, Value]:
    """Return what came back of what was sent, marks of the first values left out."""
    document = ResourceCodec(read.type).dump(read)
    return {name: _unmarked(document.get(name)) for name in attributes}


def _unmarked(value: Value) -> Value:
    if not isinstance(value, list):
        return value
    return [
        {k: v for k, v in each.items() if k != "primary"} if isinstance(each, dict) else each
        for each in value
    ]


@pytest.mark.directory
@pytest.mark.parametrize(
    "name", ["openldap-user", "openldap-user-scim", "openldap-user-by-name", "openldap-user-posix"]
)
def test_users_on_openldap(openldap_ground: Ground, name: str) -> None:
    """A user lives by each map."""
    life_of_a_user(
        openldap_ground, shipped_map(name), {"name": {"familyName": "Doe", "givenName": token_hex(4)}}
    )


@pytest.mark.directory
def test_every_attribute_on_openldap(openldap_ground: Ground) -> None:
    """With the auxiliary class all that a client sends comes back."""
    sent = openldap_ground.everything

    read = life_of_a_user(openldap_ground, shipped_map("openldap-user-scim"), sent)

    assert kept_of(sent, read) == sent


@pytest.mark.directory
@pytest.mark.parametrize("name", ["openldap-group", "openldap-group-unique", "openldap-group-posix"])
def test_groups_on_openldap(openldap_ground: Ground, name: str) -> None:
    """A group lives by each map."""
    life_of_a_group(openldap_ground, shipped_map("openldap-user"), shipped_map(name))


@pytest.mark.container
@pytest.mark.parametrize("name", ["ad-user", "ad-user-scim"])
def test_users_on_active_directory(samba_ground: Ground, name: str) -> None:
    """A user lives by each map."""
    life_of_a_user(samba_ground, shipped_map(name), {"name": {"familyName": "Doe"}})


@pytest.mark.container
def test_principal_names_on_active_directory(samba_ground: Ground) -> None:
    """Who is called by an address gets an account's name made of it, which nobody else has, and keeps it."""
    schema_map = shipped_map("ad-user-principal")
    target, codec = samba_ground.target(schema_map), ResourceCodec(schema_map.resource_type)
    sent = [f"maximiliane.von-und-zu{more}@example.org" for more in ("", "-and-more", "+test")]
    made = [str(target.create(codec.load({"userName": name})).attributes["id"]) for name in sent]
    renaming: Value = [{"op": "replace", "path": "userName", "value": "max@example.org"}]
    try:
        with pytest.raises(UniquenessConflict, match="userName"):
            target.create(codec.load({"userName": sent[0].upper()}))
        target.patch(made[0], parse_patch({"Operations": renaming}, schema_map.resource_type))

        people = Search(
            samba_ground.base,
            filter=Present("userPrincipalName"),
            attributes=("cn", "sAMAccountName", "userPrincipalName"),
        )
        found = {entry.text("userPrincipalName"): entry for entry in samba_ground.directory.search(people)}
        names = [found[name] for name in ("max@example.org", *sent[1:])]
        accounts = [entry.text("sAMAccountName") for entry in names]
        assert accounts == ["maximiliane.von-und-", "maximiliane.von-und2", "maximiliane.von-und3"]
        assert names[0].text("cn") == "max@example.org"
    finally:
        for each in made:
            target.delete(each)
    life_of_a_user(samba_ground, schema_map, {"userName": f"u{token_hex(4)}@example.org"})


@pytest.mark.container
def test_every_attribute_on_active_directory(samba_ground: Ground) -> None:
    """With the auxiliary class all that a client sends comes back."""
    sent = samba_ground.everything

    read = life_of_a_user(samba_ground, shipped_map("ad-user-scim"), sent)

    assert kept_of(sent, read) == sent


@pytest.mark.container
def test_groups_on_active_directory(samba_ground: Ground) -> None:
    """A group lives by its map."""
    life_of_a_group(samba_ground, shipped_map("ad-user"), shipped_map("ad-group"))


@pytest.mark.directory
@pytest.mark.parametrize(
    "name", ["openldap-user-scim", "openldap-user-posix", "openldap-group-unique", "openldap-group-posix"]
)
def test_maps_fit_openldap(openldap_ground: Ground, name: str) -> None:
    """What is shipped for OpenLDAP with the schema has no errors in it."""
    live = read_live(openldap_ground.directory, openldap_ground.dialect, openldap_ground.base)

    assert not has_errors(check_map(shipped_map(name), live))


@pytest.mark.container
@pytest.mark.parametrize("name", ["ad-user-scim", "ad-user-principal"])
def test_map_fits_active_directory(samba_ground: Ground, name: str) -> None:
    """What is shipped for Active Directory, with the schema or without it, has no errors in it."""
    live = read_live(samba_ground.directory, samba_ground.dialect, samba_ground.base)

    assert not has_errors(check_map(shipped_map(name), live))


@pytest.mark.parametrize(
    ("name", "dialect"), [("openldap-user-scim", OpenLdap()), ("ad-user-scim", ActiveDirectory())]
)
def test_nothing_is_lost(name: str, dialect: Dialect) -> None:
    """With the auxiliary class every attribute of a user has a place, extensions, types and displays among them."""
    lost = [each.place for each in coverage(shipped_map(name), dialect) if not each.is_kept]

    # A password until now is asked for, and kept by nobody.
    assert [place for place in lost if not place.endswith(":currentPassword")] == []
