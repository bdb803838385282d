"""Products are known by their roots."""

import pytest

from app.directory.dn import Dn
from app.directory.model import Entry
from app.preparation.detection import Root


@pytest.mark.parametrize(
    ("attributes", "told", "product"),
    [
        pytest.param({"objectClass": [b"top", b"OpenLDAProotDSE"]}, "OpenLDAP", "openldap", id="openldap"),
        pytest.param(
            {"structuralObjectClass": [b"OpenLDAProotDSE"]}, "OpenLDAP", "openldap", id="hidden-class"
        ),
        pytest.param(
            {"supportedCapabilities": [b"1.2.840.113556.1.4.800"]},
            "Active Directory",
            "active-directory",
            id="ad",
        ),
        pytest.param(
            {"supportedCapabilities": [b"1.2.840.113556.1.4.1851"]},
            "Active Directory Lightweight Directory Services",
            "ad-lds",
            id="ad-lds",
        ),
        pytest.param(
            {
                "supportedCapabilities": [b"1.2.840.113556.1.4.800"],
                "vendorName": [b"Samba Team (https://samba.org)"],
            },
            "Samba Active Directory",
            "active-directory",
            id="samba",
        ),
        pytest.param(
            {"vendorName": [b"389 Project"], "vendorVersion": [b"389-Directory/2.3.1"]},
            "389 Directory Server 389-Directory/2.3.1",
            "389ds",
            id="389ds",
        ),
        pytest.param(
            {"vendorName": [b"Example"]},
            "Example, treated as openldap: none of those that are known",
            "openldap",
            id="other",
        ),
        pytest.param(
            {},
            "A directory that does not name its product, treated as openldap: none of those that are known",
            "openldap",
            id="silent",
        ),
    ],
)
def test_products(attributes: dict[str, list[bytes]], told: str, product: str) -> None:
    """Each is told by its own sign, and what nobody knows is treated as what is most like LDAP."""
    detected = Root(Entry.of(Dn(()), attributes)).detect()

    assert (str(detected), detected.product) == (told, product)


def test_contexts() -> None:
    """The default comes first, each once, and what is no name is left out."""
    root = Entry.of(
        Dn(()),
        {"namingContexts": [b"cn=configuration,dc=a", b"dc=a", b"?"], "defaultNamingContext": [b"dc=a"]},
    )

    assert [str(each) for each in Root(root).contexts] == ["dc=a", "cn=configuration,dc=a"]
