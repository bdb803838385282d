"""The doctor: looks at a domain's directory, changes nothing, and says what keeps it from being provisioned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.directory.dn import Dn
from app.directory.errors import DirectoryError, InsecureConnection, Unavailable
from app.directory.filters import Everything
from app.directory.model import Entry, Search
from app.directory.port import Directory
from app.preparation import doctor_codes as codes
from app.preparation import map_codes
from app.preparation.census import Census
from app.preparation.checks.clock import check_clock
from app.preparation.checks.earlier import earlier_holds
from app.preparation.checks.features import check_features
from app.preparation.checks.kept import check_kept
from app.preparation.checks.people import take_census, told
from app.preparation.checks.tree import check_tree
from app.preparation.finding import Finding, by_severity
from app.preparation.live import Live, NoSchema, read_live
from app.preparation.map_check import check_map
from app.preparation.openldap_config import read_config
from app.preparation.patient import Admitted, Patient
from app.preparation.tls_probe import check_servers

_ROOT = (
    "subschemaSubentry",
    "domainFunctionality",
    "configurationNamingContext",
    "defaultNamingContext",
    "dsServiceName",
    "vendorName",
    "vendorVersion",
)


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found, the worst first."""

    findings: list[Finding]
    census: Census | None
    """None where the directory could not be asked."""


def examine(patient: Patient) -> list[Finding]:
    """Look at a domain's directory; the worst first."""
    return examination(patient).findings


def examination(patient: Patient) -> Examination:
    """Look at a domain's directory, and count its entries, unless those that were counted before will do."""
    found = list(check_servers(patient.settings, now=patient.now))
    is_told = bool(found)
    census = None
    try:
        inside = admitted(patient, patient.domain.directory)
        census = _census(inside)
        # What was found before an error stays.
        found.extend(_examined(inside, census))
    except DirectoryError as error:
        if not (isinstance(error, Unavailable) and is_told):
            found.append(_refused(error, patient))
    return Examination(by_severity(found), census)


def _census(found: Admitted) -> Census:
    earlier = found.patient.earlier
    return earlier if earlier is not None and earlier_holds(found, earlier) else take_census(found)


def admitted(patient: Patient, asked: Directory) -> Admitted:
    """Read what a directory says of itself, ``asked`` as somebody who may bind already.

    Raises:
        DirectoryError: if it cannot be asked.
    """
    domain = patient.domain
    search = Search(Dn(()), "base", Everything(), attributes=_ROOT, size_limit=1)
    root = next(iter(asked.search(search)), Entry(Dn(()), {}))
    live: Live | None
    try:
        live = read_live(asked, domain.dialect, domain.base, administration=patient.administration)
    except NoSchema:
        live = None
    config = None
    if domain.dialect.name == "openldap":
        config = read_config(patient.administration or domain.directory, domain.base)
    return Admitted(patient, root, live, config)


def _examined(found: Admitted, census: Census) -> Iterator[Finding]:
    yield from check_clock(found)
    yield from check_tree(found)
    yield from check_features(found, census)
    yield from check_kept(found, census)
    if found.live is None:
        fix = "Let the service account read the schema."
        yield Finding(map_codes.NOT_READABLE, "The directory shows no schema.", fix)
    else:
        for schema_map in found.domain.maps.values():
            yield from check_map(schema_map, found.live)
    yield from told(census, found.domain.base)


def _refused(error: DirectoryError, patient: Patient) -> Finding:
    if isinstance(error, InsecureConnection):
        return Finding(codes.NO_TLS, f"{error}.", "Write ldaps://, or tls.start_tls: true.", ("servers",))
    if isinstance(error, Unavailable):
        fix = "See to it that the server runs and answers."
        return Finding(codes.UNREACHABLE, f"{error}.", fix, ("servers",))
    fix = f"Correct bind.dn and bind.password, or make the account: landbridge prepare {patient.domain.name}."
    return Finding(codes.BIND_REFUSED, f"{error}.", fix, ("bind",))
