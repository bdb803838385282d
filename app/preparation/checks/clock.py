"""The directory's clock against ours: where a server tells the time, or by what it writes down of a new entry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.filters import Everything
from app.directory.model import Search
from app.mapping.transforms import generalized_time_to_scim
from app.preparation import doctor_codes as codes
from app.preparation.finding import Finding
from app.preparation.patient import Admitted

_TOLERANCE = timedelta(minutes=5)
_CLOCKS = (
    ("", "currentTime"),  # MS-ADTS §3.1.1.3.2.4
    ("cn=monitor", "currentTime"),  # 389 Directory Server
    ("cn=Current,cn=Time,cn=Monitor", "monitorTimestamp"),  # slapd-monitor(5)
)


def check_clock(admitted: Admitted) -> Iterator[Finding]:
    """Ask the server for the time, as an administrator where there is one: OpenLDAP's monitor is seldom for everybody."""
    yield from clock_finding(admitted, next(filter(None, _told(admitted)), None))


def _told(admitted: Admitted) -> Iterator[bytes | None]:
    directory = admitted.patient.administration or admitted.domain.directory
    for name, attribute in _CLOCKS:
        search = Search(Dn.parse(name), "base", Everything(), attributes=(attribute,), size_limit=1)
        try:
            for entry in directory.search(search):
                yield entry.first(attribute)
        except DirectoryError:
            continue


def clock_finding(admitted: Admitted, told: bytes | None) -> Iterator[Finding]:
    """Compare the directory's clock with ours."""
    if told is None:
        return
    time = datetime.fromisoformat(str(generalized_time_to_scim(told)))
    if abs(time - admitted.patient.now) > _TOLERANCE:
        seen = f"The directory's clock says {time:%Y-%m-%d %H:%M:%S}Z."
        yield Finding(codes.CLOCK, seen, "Have both machines ask the same time servers (NTP).")
