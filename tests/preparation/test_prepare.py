"""A bare directory is prepared, lives, and is as it was when that is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.directory.dialects.openldap import OpenLdap
from app.directory.dn import Dn
from app.directory.ldap.client import LdapDirectory
from app.directory.ldif_text import parse_ldif
from app.directory.model import Add, Delete, Search, Values
from app.directory.plan import PlanFailed
from app.preparation.doctor import admitted, examine
from app.preparation.patient import Patient
from app.preparation.prepare_openldap import openldap_work
from app.preparation.work import Sides, Work, carry_out, undoing
from app.provisioning.domain import Domain
from app.testing.slapd import Slapd
from tests.preparation.broken import Break, replacing, running, without_line, without_overlay
from tests.preparation.conftest import map_of, settings_of
from tests.preparation.test_overlays import UNIQUE_GROUPS
from tests.preparation.test_shipped_maps import Ground, life_of_a_group, life_of_a_user
from tests.provisioning.conftest import shipped_map

MAPS = ("openldap-user-scim", "openldap-group")


def bare(text: str) -> str:
    """Leave the configuration with a database, and what any server has."""
    for edit in (
        *(without_overlay(name) for name in ("memberof", "refint", "ppolicy", "syncprov", "sssvlv")),
        *(
            without_line(f"olcModuleLoad: {name}")
            for name in ("memberof", "refint", "ppolicy", "syncprov", "sssvlv")
        ),
        without_line("olcLimits"),
        replacing("userPassword,pwdHistory", "userPassword"),
        without_line("olcDbIndex: uid"),
        without_line("olcDbIndex: member"),
        replacing('to * by dn.exact="${LDAP_BIND_DN}" write by self read by * none', "to * by * none"),
        replacing('by dn.exact="${LDAP_BIND_DN}" =w by anonymous auth', "by anonymous auth"),
    ):
        text = edit(text)
    return text


BARE = Break(config=bare, base=lambda text: text.split("dn: ou=People")[0])


@dataclass
class Bench:
    """A slapd, and who may do what to it."""

    slapd: Slapd
    patient: Patient
    sides: Sides

    def work(self) -> Work:
        """Say what is to be done now."""
        return openldap_work(admitted(self.patient, self.sides.data), self.sides.data)


@contextmanager
def bench(broken: Break, directory: Path, *, maps: tuple[str, ...] = MAPS, own: str = "") -> Iterator[Bench]:
    """Run a slapd, and connect to it."""
    with running(broken, directory) as slapd:
        service, administrator = (
            LdapDirectory(settings_of(slapd, as_administrator=each)) for each in (False, True)
        )
        all_maps = [*map(shipped_map, maps), *([map_of(own)] if own else [])]
        built = {each.resource_type.name: each for each in all_maps}
        domain = Domain("PRIMARY", service, OpenLdap(), Dn.parse(slapd.base_dn), built)
        patient = Patient(domain, settings_of(slapd), datetime.now(UTC), administrator, tries_writing=True)
        yield Bench(slapd, patient, Sides(administrator, administrator))
        service.close()
        administrator.close()


@pytest.mark.directory
def test_a_bare_directory(tmp_path: Path) -> None:
    """It is prepared, nothing is left to be done, and users and groups live in it with every attribute."""
    with bench(BARE, tmp_path) as ready:
        work = ready.work()
        carry_out(work, ready.sides)
        second = ready.work()
        found = examine(ready.patient)
        ground = Ground(ready.patient.domain.directory, OpenLdap(), ready.patient.domain.base, "")
        life_of_a_user(ground, shipped_map(MAPS[0]), {"nickName": "Babs", "active": False})
        life_of_a_group(ground, shipped_map(MAPS[0]), shipped_map(MAPS[1]))

    assert second.render() == ""
    assert [
        each.seen for each in found if each.severity in {"error", "warning"} and "map-" not in each.code.name
    ] == []
    assert not any(each.severity == "error" for each in found)
    assert not any(each.code.name == "map-no-index" for each in found)


@pytest.mark.directory
def test_taken_back(tmp_path: Path) -> None:
    """What can be taken back is; what stays is named beforehand."""
    with bench(BARE, tmp_path) as ready:
        before = ready.slapd.export()
        work = ready.work()
        carry_out(work, ready.sides)
        undo = work.render_undo()
        carry_out(undoing(parse_ldif(undo)), ready.sides)
        after = ready.slapd.export()
        again = ready.work()

    assert "stays: the schema of scimUser" in undo
    assert names_in(after) == names_in(before)
    assert {task.why for task in work.tasks} - {task.why for task in again.tasks} == {
        task.why for task in work.tasks if task.why.startswith(("the schema", "the modules"))
    }


@pytest.mark.directory
def test_what_is_deleted_of_the_configuration_comes_back(tmp_path: Path) -> None:
    """Where a later step fails, an overlay is there again as it was; no slapd crashes of being asked for it."""
    overlay = Dn.parse("olcOverlay={3}syncprov,olcDatabase={1}mdb,cn=config")
    with bench(Break(), tmp_path) as ready:
        [before] = ready.sides.search(Search(overlay, "base"))
        with pytest.raises(PlanFailed) as failed:
            carry_out(undoing([Delete(overlay), Delete(Dn.parse("cn=nowhere,cn=config"))]), ready.sides)
        [after] = ready.sides.search(Search(overlay, "base"))

    assert failed.value.undone
    assert after == before


@pytest.mark.directory
def test_a_prepared_directory(tmp_path: Path) -> None:
    """The demo's directory lacks next to nothing, and keeps what it has."""
    with bench(Break(), tmp_path, maps=("openldap-user", "openldap-group")) as ready:
        work = ready.work()
        carry_out(work, ready.sides)
        second = ready.work()

    assert [task.why.split(":")[0] for task in work.tasks] == [
        "the modules unique; slapd cannot unload a module",
        "the overlay unique",
        "indexes of displayName",
    ]
    assert not second


@pytest.mark.directory
def test_half_prepared(tmp_path: Path) -> None:
    """Overlays that look after less, a rule that lets the account read alone and a limit of time are what is mended."""
    half = Break(config=half_done)
    with bench(half, tmp_path, maps=("openldap-user", "openldap-group")) as ready:
        before = examine(ready.patient)
        work = ready.work()
        carry_out(work, ready.sides)
        second = ready.work()
        found = examine(ready.patient)

    wrong = {"no-refint", "no-write-right", "time-limit"}
    assert wrong <= {each.code.name for each in before}
    assert not wrong & {each.code.name for each in found}
    assert "refint looks after manager" in {task.why for task in work.tasks}
    assert not second


@pytest.mark.directory
def test_groups_of_another_class(tmp_path: Path) -> None:
    """Memberof is told of the class and the attribute that the map writes, and then shows whose member somebody is."""
    with bench(BARE, tmp_path, maps=("openldap-user",), own=UNIQUE_GROUPS) as ready:
        carry_out(ready.work(), ready.sides)
        second = ready.work()
        found = {each.code.name for each in examine(ready.patient)}
        base, directory = ready.patient.domain.base, ready.patient.domain.directory
        ann = Dn.parse(f"cn=ann,ou=People,{base}")
        group = Dn.parse(f"cn=all,ou=Groups,{base}")
        names: Values = (b"ann",)
        directory.execute(Add(ann, {"objectClass": (b"inetOrgPerson",), "cn": names, "sn": names}))
        members = (str(ann).encode(),)
        directory.execute(
            Add(group, {"objectClass": (b"groupOfUniqueNames",), "cn": (b"all",), "uniqueMember": members})
        )
        [entry] = directory.search(Search(ann, "base", attributes=("memberOf",), size_limit=1))

    assert not second
    assert "no-memberof" not in found
    assert entry.text("memberOf") == str(group)


def half_done(text: str) -> str:
    """Leave a little out of the demo's configuration."""
    for edit in (
        replacing('to * by dn.exact="${LDAP_BIND_DN}" write', 'to * by dn.exact="${LDAP_BIND_DN}" read'),
        replacing("time=unlimited size=unlimited", "time=10 size=unlimited"),
        without_line("olcRefintAttribute: manager"),
    ):
        text = edit(text)
    return text


@pytest.mark.directory
def test_without_an_administrator(tmp_path: Path) -> None:
    """What needs none is planned; who is missing is said."""
    with bench(BARE, tmp_path) as ready:
        patient = replace(ready.patient, administration=None)
        work = openldap_work(admitted(patient, ready.sides.data), ready.sides.data)

    assert [task.why for task in work.tasks][:1] == ["a container: ou=People,dc=example,dc=org"]
    assert "--admin-dn" in work.advice[0]


@pytest.mark.directory
def test_site_policy(tmp_path: Path) -> None:
    """A policy overlay without a default gets one."""
    broken = Break(
        config=without_line("olcPPolicyDefault"),
        base=lambda text: text.split("dn: cn=default")[0] + service(text),
    )
    with bench(broken, tmp_path, maps=("openldap-user",)) as ready:
        carry_out(ready.work(), ready.sides)
        second = ready.work()
        found = examine(ready.patient)

    assert not second
    assert not {"no-policy", "no-ppolicy"} & {each.code.name for each in found}


def service(text: str) -> str:
    """Return the service account's part of the first entries."""
    return "dn: ${LDAP_BIND_DN}" + text.split("dn: ${LDAP_BIND_DN}")[1]


def names_in(ldif: str) -> list[str]:
    """Name the entries of LDIF."""
    return sorted(line for line in ldif.splitlines() if line.startswith("dn:"))
