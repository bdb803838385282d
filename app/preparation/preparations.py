"""Examining and preparing the directories of domains: what commands, the admin API and the console call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from app.directory.connection import BindMethod, ConnectionSettings, ServerAddress
from app.directory.dn import Dn
from app.directory.errors import DirectoryError
from app.directory.ldif_text import parse_ldif
from app.directory.port import Directory
from app.preparation.census import earlier_census
from app.preparation.doctor import admitted, examination
from app.preparation.finding import Finding
from app.preparation.handed_over import ASSUMED, Unseen, assumed, files_of, unseen
from app.preparation.pace import BRISK, GENTLE, Pace
from app.preparation.patient import Admitted, Patient
from app.preparation.prepare_active_directory import active_directory_work
from app.preparation.prepare_openldap import openldap_work
from app.preparation.products import MICROSOFT
from app.preparation.work import Sides, Work, carry_out, undoing
from app.provisioning.configuration import Configurations
from app.provisioning.domain import Domain, InvalidDomain
from app.store.checkups import Checkups
from app.store.documents import Documents


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who prepares a directory. ``url`` is where, if that is not the domain's own first server."""

    dn: str = ""
    password: str = field(default="", repr=False)
    url: str = ""

    @property
    def method(self) -> BindMethod:
        """How he binds: without a name as whom the system knows him."""
        return "simple" if self.dn else "external"


@dataclass(frozen=True, slots=True)
class Administrators:
    """Who may see and change the configuration, and who the entries, if that is somebody else."""

    configuration: Administrator | None = None
    data: Administrator | None = None


NOBODY = Administrators()


@runtime_checkable
class _Closable(Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Preparations:
    """Looks at directories, and prepares them."""

    documents: Documents
    configurations: Configurations
    clock: Callable[[], datetime]
    checkups: Checkups | None = None
    """Where it is kept what was found."""

    def examine(
        self,
        name: str,
        administrators: Administrators = NOBODY,
        *,
        tries_writing: bool = False,
        pace: Pace = BRISK,
    ) -> list[Finding]:
        """Look at a domain's directory; raise InvalidDomain, ValueError."""
        return self._examined(name, administrators, tries_writing=tries_writing, pace=pace)

    def look_in(self, name: str) -> list[Finding]:
        """Do so in passing, beside requests: gently, and not through all entries each time; raise the same."""
        return self._examined(name, pace=GENTLE, is_thorough=False)

    def _examined(
        self,
        name: str,
        administrators: Administrators = NOBODY,
        *,
        tries_writing: bool = False,
        pace: Pace,
        is_thorough: bool = True,
    ) -> list[Finding]:
        generation = self.documents.generation()
        kept = self._kept_census(name)
        earlier = None if is_thorough else earlier_census(kept, self.clock(), generation)
        with self._connected(name, administrators) as (patient, _):
            found = examination(replace(patient, tries_writing=tries_writing, pace=pace, earlier=earlier))
        if self.checkups is not None:
            census = found.census.kept(self.clock(), generation) if found.census else kept
            self.checkups.note(name, [finding.as_json() for finding in found.findings], census)
        return found.findings

    def _kept_census(self, name: str) -> Mapping[str, Any] | None:
        checkup = self.checkups.all().get(name) if self.checkups else None
        return checkup.census if checkup else None

    def work(
        self, name: str, administrators: Administrators = NOBODY, *, extends_schema: bool = False
    ) -> Work:
        """Say what is to be done to a domain's directory; raise InvalidDomain, ValueError, DirectoryError."""
        with self._connected(name, administrators) as (patient, sides):
            return _work(patient, sides, extends_schema=extends_schema)

    def files(
        self, name: str, administrators: Administrators = NOBODY, *, extends_schema: bool = False
    ) -> dict[str, str]:
        """Write the work down for somebody else to do, who alone may look at the server; raise what ``work`` does."""
        with self._connected(name, administrators) as (patient, sides):
            found, data = _seen(patient, sides)
            if not found.is_openldap or found.config is not None:
                return dict(files_of(_work(patient, sides, extends_schema=extends_schema)))
            work = openldap_work(assumed(found), data)
            return dict(files_of(replace(work, advice=(*work.advice, ASSUMED)), is_assumed=True))

    def apply(self, name: str, work: Work, administrators: Administrators = NOBODY) -> None:
        """Carry work out, all of it or, as far as it can be taken back, nothing.

        Raises:
            PlanFailed: if a step failed; it says what is left of those before it.
        """
        with self._connected(name, administrators) as (_, sides):
            carry_out(work, sides)

    def undo(self, name: str, ldif: str, administrators: Administrators = NOBODY) -> Work:
        """Take back what was written down when work was carried out; raise InvalidLdif, PlanFailed."""
        work = undoing(parse_ldif(ldif))
        self.apply(name, work, administrators)
        return work

    @contextmanager
    def _connected(self, name: str, administrators: Administrators) -> Iterator[tuple[Patient, Sides]]:
        settings = self.configurations.settings_of(self.documents.get("Domain", name))
        domain = self._domain(name)
        own = self.configurations.connect(settings)
        opened = [own]
        try:
            sides = self._sides(settings, own, administrators, opened)
            has_one = administrators.configuration is not None
            patient = Patient(
                replace(domain, directory=own),
                settings,
                self.clock(),
                sides.configuration if has_one else None,
            )
            yield patient, sides
        finally:
            for each in opened:
                if isinstance(each, _Closable):
                    each.close()

    def _domain(self, name: str) -> Domain:
        configuration = self.configurations.current()
        if name not in configuration.domains:
            raise InvalidDomain(configuration.broken.get(name, f"there is no domain {name}"))
        return configuration.domains[name]

    def _sides(
        self,
        settings: ConnectionSettings,
        own: Directory,
        administrators: Administrators,
        opened: list[Directory],
    ) -> Sides:
        made: dict[Administrator, Directory] = {}
        for each in (administrators.configuration, administrators.data):
            if each is not None and each not in made:
                made[each] = self.configurations.connect(_as(each, settings))
                opened.append(made[each])
        configuration = made[administrators.configuration] if administrators.configuration else own
        data = made[administrators.data] if administrators.data else configuration
        return Sides(configuration, data)


def _as(administrator: Administrator, settings: ConnectionSettings) -> ConnectionSettings:
    servers: Sequence[ServerAddress] = settings.servers
    if administrator.url:
        servers = (ServerAddress.parse(administrator.url),)
    return replace(
        settings,
        servers=tuple(servers),
        bind_dn=Dn.parse(administrator.dn),
        bind_password=administrator.password,
        bind_method=administrator.method,
        replica=None,
    )


def _seen(patient: Patient, sides: Sides) -> tuple[Admitted, Directory]:
    try:
        return admitted(patient, sides), sides.data
    except DirectoryError:
        if patient.domain.dialect.name != "openldap":
            raise
        return unseen(patient), Unseen()


def _work(patient: Patient, sides: Sides, *, extends_schema: bool) -> Work:
    found = admitted(patient, sides)
    if found.is_openldap:
        return openldap_work(found, sides.data)
    if found.domain.dialect.name in MICROSOFT:
        return active_directory_work(found, sides.data, extends_schema=extends_schema)
    return Work(
        advice=("Only OpenLDAP and Active Directory are prepared: the doctor says what else there is to do.",)
    )
