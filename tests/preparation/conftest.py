"""Live directories to check maps against."""

from collections.abc import Iterator

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.mapping.documents import build_map
from app.mapping.model import SchemaMap
from app.preparation.live import Live, read_live
from app.store.document import Snapshot
from app.store.loading import load, parse
from app.testing.samba import SambaAdContainer
from app.testing.server import DirectoryServer
from app.testing.slapd import Slapd
from tests.provisioning.conftest import MAPS, RESOURCE_TYPES


def shipped() -> Snapshot:
    """Read the shipped documents of maps."""
    documents = load([MAPS]).documents
    return Snapshot(1, {document.identity: document for document in documents})


def map_of(text: str) -> SchemaMap:
    """Build the map of a text; it may extend the shipped ones."""
    (document,) = parse(f"kind: SchemaMap\nname: tested\n{text}", file="tested.yaml").documents
    return build_map(document, RESOURCE_TYPES, shipped())


def connected(server: DirectoryServer, *, as_administrator: bool = False) -> LdapDirectory:
    """Connect to a server as its service account, or as its administrator."""
    return LdapDirectory(settings_of(server, as_administrator=as_administrator))


def settings_of(server: DirectoryServer, *, as_administrator: bool = False) -> ConnectionSettings:
    """Say how a server is reached, by its service account or its administrator."""
    return ConnectionSettings(
        servers=(ServerAddress.parse(server.ldaps_uri),),
        bind_dn=Dn.parse(server.config_dn if as_administrator else server.bind_dn),
        bind_password=server.config_password if as_administrator else server.bind_password,
        tls=Tls(ca_file=str(server.ca_file)),
    )


@pytest.fixture(scope="session")
def openldap_live(slapd: Slapd) -> Iterator[Live]:
    """Read what OpenLDAP offers to maps, its indexes with it."""
    directory, administration = connected(slapd), connected(slapd, as_administrator=True)
    yield read_live(directory, OpenLdap(), Dn.parse(slapd.base_dn), administration=administration)
    directory.close()
    administration.close()


@pytest.fixture(scope="session")
def samba_live(samba_ad: SambaAdContainer) -> Iterator[Live]:
    """Read what Active Directory offers to maps."""
    directory = connected(samba_ad)
    yield read_live(directory, ActiveDirectory(), Dn.parse(samba_ad.base_dn))
    directory.close()
