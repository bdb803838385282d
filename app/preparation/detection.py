"""Which product a directory is, by what its root tells of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.directory.dn import Dn, InvalidDn
from app.directory.filters import Everything
from app.directory.model import Entry, Search
from app.directory.port import Directory
from app.preparation.live import texts

ROOT = (
    "objectClass",
    "structuralObjectClass",
    "vendorName",
    "vendorVersion",
    "supportedCapabilities",
    "supportedLDAPVersion",
    "namingContexts",
    "defaultNamingContext",
    "domainFunctionality",
)
_ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"  # MS-ADTS §3.1.1.3.4.3.1
_AD_LDS = "1.2.840.113556.1.4.1851"


@dataclass(frozen=True, slots=True)
class Detected:
    """A product: its name for people, and as whose directory Landbridge treats it."""

    title: str
    product: str
    is_certain: bool = True

    def __str__(self) -> str:
        """Say it in a sentence."""
        doubt = "" if self.is_certain else f", treated as {self.product}: none of those that are known"
        return f"{self.title}{doubt}"


@dataclass(frozen=True, slots=True)
class Root:
    """The root of a directory, as far as it shows itself."""

    entry: Entry

    @property
    def contexts(self) -> tuple[Dn, ...]:
        """What could be a base, the likeliest first."""
        default = [self.entry.text("defaultNamingContext")]
        named = [text for text in (*default, *texts(self.entry, "namingContexts")) if text]
        return tuple(dict.fromkeys(_names(named)))

    def detect(self) -> Detected:
        """Tell the product."""
        for is_it, detected in _PRODUCTS:
            if is_it(self.entry):
                return detected(self.entry)
        vendor = self.entry.text("vendorName")
        return Detected(vendor or "A directory that does not name its product", "openldap", is_certain=False)


def read_root(directory: Directory) -> Root:
    """Read a directory's root; raise DirectoryError."""
    search = Search(Dn(()), "base", Everything(), attributes=ROOT, size_limit=1)
    return Root(next(iter(directory.search(search)), Entry(Dn(()), {})))


def _names(named: list[str]) -> Iterator[Dn]:
    for text in named:
        try:
            yield Dn.parse(text)
        except InvalidDn:
            continue


def _has(attribute: str, wanted: str) -> Callable[[Entry], bool]:
    return lambda entry: wanted.lower() in {text.lower() for text in texts(entry, attribute)}


def _vendor(wanted: str) -> Callable[[Entry], bool]:
    return lambda entry: wanted.lower() in (entry.text("vendorName") or "").lower()


def _is(title: str, product: str) -> Callable[[Entry], Detected]:
    return lambda entry: Detected(" ".join(filter(None, (title, entry.text("vendorVersion")))), product)


_PRODUCTS: tuple[tuple[Callable[[Entry], bool], Callable[[Entry], Detected]], ...] = (
    (_vendor("Samba Team"), _is("Samba Active Directory", "active-directory")),
    (
        _has("supportedCapabilities", _AD_LDS),
        _is("Active Directory Lightweight Directory Services", "ad-lds"),
    ),
    (_has("supportedCapabilities", _ACTIVE_DIRECTORY), _is("Active Directory", "active-directory")),
    (_vendor("389 Project"), _is("389 Directory Server", "389ds")),
    (_has("objectClass", "OpenLDAProotDSE"), _is("OpenLDAP", "openldap")),
    (_has("structuralObjectClass", "OpenLDAProotDSE"), _is("OpenLDAP", "openldap")),
)
